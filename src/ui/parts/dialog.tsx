// Dialogs: one for forms, and the question before an act that destroys something, which names the thing and the number and begins on the safe
// button.

import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { text } from '../text/text.ts'
import './dialog.css'

export interface DialogFacts {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
  /** What it shows is gone when it closes: Escape does not close it. */
  readonly isHeld?: boolean
}

/** Modal while it is shown; Escape closes it. */
export const Dialog = ({ title, onClose, children, isHeld = false }: DialogFacts) => {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const before = document.activeElement
    const dialog = element.current
    dialog?.showModal()
    return () => {
      // While it is modal nothing outside of it takes the focus.
      dialog?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  const cancel = (event: Event): void => {
    event.preventDefault()
    if (!isHeld) onClose()
  }
  // Browsers let the second Escape close a dialog in any case, unless the key itself is taken.
  const take = (event: KeyboardEvent): void => {
    if (isHeld && event.key === 'Escape') event.preventDefault()
  }
  return (
    <dialog ref={element} aria-labelledby={id} onCancel={cancel} onKeyDown={take}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  )
}

export interface Question {
  readonly title: string
  /** What will happen, with the numbers. */
  readonly body: ComponentChildren
  /** The verb on the button that does it. */
  readonly action: string
  /** Must be typed first, such as the number of what is deleted. */
  readonly typed?: string
}

const asked = signal<{ readonly question: Question; readonly answer: (yes: boolean) => void } | null>(null)

/** Whether it should be done. */
export const ask = (question: Question): Promise<boolean> =>
  new Promise((resolve) => {
    asked.peek()?.answer(false)
    asked.value = {
      question,
      answer(yes) {
        asked.value = null
        resolve(yes)
      },
    }
  })

const Asking = ({ question, answer }: { readonly question: Question; readonly answer: (yes: boolean) => void }) => {
  const { title, body, action, typed } = question
  const [given, setGiven] = useState('')
  const safe = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => safe.current?.focus(), [])
  return (
    <Dialog title={title} onClose={() => answer(false)}>
      <div class="stack">{body}</div>
      {typed === undefined ? null : (
        <label class="stack">
          {text('dialog.type', { typed })}
          <input value={given} onInput={(event) => setGiven(event.currentTarget.value)} autocomplete="off" />
        </label>
      )}
      <div class="row end">
        <button type="button" ref={safe} onClick={() => answer(false)}>
          {text('action.keep')}
        </button>
        <button type="button" class="danger" disabled={typed !== undefined && given.trim() !== typed} onClick={() => answer(true)}>
          {action}
        </button>
      </div>
    </Dialog>
  )
}

/** Where `ask` asks: once in the page. What was asked of somebody is not asked of the next one. */
export const Questions = () => {
  useEffect(() => () => asked.peek()?.answer(false), [])
  return asked.value === null ? null : <Asking key={asked.value.question.title} {...asked.value} />
}
