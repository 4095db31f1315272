// When the page changes by itself: four times a second at most, whatever causes it. Knows no view.

import { batch } from '@preact/signals'

const paintMs = 250
let waiting: (() => void)[] = []
let last = Number.NEGATIVE_INFINITY

const paint = (): void => {
  last = performance.now()
  const all = waiting
  waiting = []
  batch(() => {
    for (const work of all) work()
  })
}

/** Changes what is shown: at once where nothing was changed just now, else together with all that is to change by then. */
export const paintSoon = (work: () => void): void => {
  waiting.push(work)
  if (waiting.length === 1) setTimeout(paint, Math.max(0, last + paintMs - performance.now()))
}
