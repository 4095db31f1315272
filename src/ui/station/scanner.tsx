// The one field of the screen, which always has the focus: what a scanner types ends here, wherever somebody has touched.

import type { Ref } from 'preact'
import { createBurst, type Ended } from './burst.ts'
import { unlockSound } from './sounds.ts'
import { type StationLanguage, say } from './words.ts'

export interface ScannerListener {
  readonly ended: (ended: Ended) => void
  readonly composing: () => void
}

/** Called with the field when it is there, and with null when it has gone. */
export type FieldRef = (field: HTMLInputElement | null) => void

/** The focus is back before a scanner can have typed its first character (ms). */
const backMs = 50

/** Line ends as some scanners send them: Ctrl-M and Ctrl-J. */
const isEnd = ({ key, ctrlKey }: KeyboardEvent): boolean => key === 'Enter' || key === 'Tab' || (ctrlKey && /^[mj]$/i.test(key))

const isComposing = ({ key, keyCode, isComposing: isIn }: KeyboardEvent): boolean => isIn || key === 'Process' || keyCode === 229

/** Follows the field from its mount to its end; gives what removes all of it. */
const follow = (field: HTMLInputElement, { ended, composing }: ScannerListener): (() => void) => {
  const burst = createBurst()
  const gone = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const settle = (what: Ended | null): void => {
    if (what === null) return
    field.value = ''
    ended(what)
  }
  const wait = (): void => {
    clearTimeout(timer)
    const quiet = burst.quiet()
    if (quiet !== null) timer = setTimeout(() => settle(burst.silent(performance.now())), quiet + 1)
  }
  const back = (): void => void setTimeout(() => field.focus({ preventScroll: true }), backMs)
  const composed = (): void => {
    burst.composed()
    composing()
    wait()
  }
  const on = <T extends Event>(target: EventTarget, name: string, act: (event: T) => void, capture = false): void =>
    target.addEventListener(name, act as (event: Event) => void, { signal: gone.signal, capture })

  on<InputEvent>(field, 'input', (event) => {
    burst.typed(field.value, event.timeStamp)
    wait()
  })
  on(field, 'compositionstart', composed)
  on<KeyboardEvent>(field, 'keydown', (event) => {
    if (isComposing(event)) return composed()
    if (!isEnd(event)) return
    event.preventDefault()
    clearTimeout(timer)
    settle(burst.end(event.timeStamp, event.key === 'Enter'))
  })
  on(field, 'blur', back)
  on(document, 'pointerup', back)
  on<KeyboardEvent>(
    document,
    'keydown',
    () => {
      unlockSound()
      // The character goes to what has the focus when this is done.
      if (document.activeElement !== field) field.focus({ preventScroll: true })
    },
    true,
  )
  on(document, 'pointerdown', unlockSound, true)
  on(globalThis, 'focus', back)
  field.focus({ preventScroll: true })
  return () => {
    clearTimeout(timer)
    gone.abort()
  }
}

export const createFieldRef = (listener: ScannerListener): FieldRef => {
  let leave: (() => void) | undefined
  return (field) => {
    leave?.()
    leave = field === null ? undefined : follow(field, listener)
  }
}

export const Scanner = ({ language, field }: { readonly language: StationLanguage; readonly field: Ref<HTMLInputElement> }) => (
  <input
    ref={field}
    class="scanner"
    type="text"
    inputMode="none"
    autocomplete="off"
    autocapitalize="off"
    spellcheck={false}
    aria-label={say(language, 'station.field')}
  />
)
