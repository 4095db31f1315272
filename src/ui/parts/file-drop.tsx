// A firmware file that is dropped anywhere on the page is taken to the view of packages. A part or a view with a drop zone of its own takes a
// file first: it calls preventDefault on `dragover` and `drop`.

import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { onOtherPerson } from '../api/session.ts'
import { go, place } from '../router.ts'
import { text } from '../text/text.ts'
import { lacking } from './action.tsx'
import './file-drop.css'
import { notify } from './toast.tsx'

/** The file that is to become a package. It outlives a view, and is lost when the page is loaded again. */
export const chosenFile = signal<File | null>(null)
onOtherPerson(() => (chosenFile.value = null))

/** Shows the form for it. */
export const chooseFile = (file: File): void => {
  chosenFile.value = file
  if (place.peek().path !== '/firmware') go('/firmware')
}

const take = ({ dataTransfer }: DragEvent): void => {
  const files = dataTransfer?.files
  const file = files?.[0]
  if (file === undefined) return
  const why = lacking('operator')
  if (why !== undefined) {
    notify(text('drop.refused', { name: file.name, why }), true)
    return
  }
  if ((files?.length ?? 0) > 1) notify(text('drop.several', { name: file.name }))
  chooseFile(file)
}

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true
const isDialogOpen = (): boolean => document.querySelector('dialog[open]') !== null

/** Calls with whether a file is over the page that would be taken here. */
const watchDrops = (show: (isOver: boolean) => void): (() => void) => {
  const over = (event: DragEvent): void => {
    if (!hasFiles(event)) return
    const isTaken = event.defaultPrevented
    show(!isTaken && !isDialogOpen())
    // Otherwise the browser would leave the page and show the file.
    event.preventDefault()
    if (!isTaken && event.dataTransfer !== null) event.dataTransfer.dropEffect = isDialogOpen() ? 'none' : 'copy'
  }
  const drop = (event: DragEvent): void => {
    show(false)
    if (!hasFiles(event) || event.defaultPrevented) return
    event.preventDefault()
    if (!isDialogOpen()) take(event)
  }
  const leave = (event: DragEvent): void => {
    if (event.relatedTarget === null) show(false)
  }
  const end = (): void => {
    removeEventListener('dragover', over)
    removeEventListener('drop', drop)
  }
  // Behind those of views, whenever these were added: only so it is known whether one has taken the file.
  const begin = (): void => {
    end()
    addEventListener('dragover', over)
    addEventListener('drop', drop)
  }
  begin()
  addEventListener('dragenter', begin, true)
  addEventListener('dragleave', leave)
  return () => {
    end()
    removeEventListener('dragenter', begin, true)
    removeEventListener('dragleave', leave)
  }
}

/** Once in the page. */
export const FileDrop = () => {
  const [isOver, setOver] = useState(false)
  useEffect(() => watchDrops(setOver), [])
  if (!isOver) return null
  return (
    <div class="file-drop">
      <p>{lacking('operator') ?? text('drop.here')}</p>
    </div>
  )
}
