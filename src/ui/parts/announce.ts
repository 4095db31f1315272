// The one live region of the page: what a screen reader says of changes, at most a sentence in five seconds.

const pauseMs = 5000
/** Until what has just come into the document is listened to. */
const settleMs = 100

/** Of each kind the newest one waits: a refusal is not lost where something else is said after it. */
const waiting: { urgent: string | null; other: string | null } = { urgent: null, other: null }
let region: HTMLElement | undefined
let timer: ReturnType<typeof setTimeout> | undefined

const createRegion = (): HTMLElement => {
  const element = document.createElement('div')
  element.className = 'unseen'
  element.setAttribute('aria-live', 'polite')
  return element
}

/** Nothing is heard of what is behind a modal dialog. */
const place = (): Element => [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body

const next = (): string | null => {
  const { urgent, other } = waiting
  if (urgent !== null) waiting.urgent = null
  else waiting.other = null
  return urgent ?? other
}

const speak = (): void => {
  timer = undefined
  const sentence = next()
  if (sentence === null) return
  region ??= createRegion()
  const own = region
  if (own.parentElement !== place()) place().append(own)
  // Emptied first: a sentence that is said twice is a change too.
  own.textContent = ''
  setTimeout(() => {
    own.textContent = sentence
  }, settleMs)
  timer = setTimeout(speak, pauseMs)
}

/** Of several sentences within five seconds the last one is said, and the last that is urgent before it. */
export const announce = (sentence: string, isUrgent = false): void => {
  waiting[isUrgent ? 'urgent' : 'other'] = sentence
  if (timer === undefined) timer = setTimeout(speak, 0)
}
