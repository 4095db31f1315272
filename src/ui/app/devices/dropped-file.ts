// Files that are dropped anywhere on the page while a view is shown. Knows no view.

import { useEffect, useRef } from 'preact/hooks'

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true

/** Anything else may be an image, which the page takes. While it is dragged, only the type is known. */
const isList = ({ type, name = '' }: { readonly type: string; readonly name?: string }): boolean =>
  /^text\/|excel/.test(type) || /\.(?:csv|tsv|txt)$/i.test(name)

/** Calls with the first of the files, if it may be a list. */
export const useDroppedFile = (onFile: (file: File) => void): void => {
  const latest = useRef(onFile)
  latest.current = onFile
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (hasFiles(event) && isList(event.dataTransfer?.items[0] ?? { type: '' })) event.preventDefault()
    }
    const drop = (event: DragEvent): void => {
      const file = event.dataTransfer?.files[0]
      if (!hasFiles(event) || file === undefined || !isList(file)) return
      event.preventDefault()
      latest.current(file)
    }
    addEventListener('dragover', over)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', over)
      removeEventListener('drop', drop)
    }
  }, [])
}
