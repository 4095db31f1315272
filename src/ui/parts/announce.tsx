// The one live region of the page: what a screen reader says of changes, at most a sentence in five seconds.

import { signal } from '@preact/signals'

const spoken = signal('')
const pauseMs = 5000
let next: string | null = null
let timer: ReturnType<typeof setTimeout> | undefined

const speak = (): void => {
  timer = undefined
  if (next === null) return
  spoken.value = next
  next = null
  timer = setTimeout(speak, pauseMs)
}

/** Of several sentences within five seconds the last one is said. */
export const announce = (sentence: string): void => {
  next = sentence
  if (timer === undefined) timer = setTimeout(speak, 0)
}

export const LiveRegion = () => (
  <div class="unseen" aria-live="polite">
    {spoken}
  </div>
)
