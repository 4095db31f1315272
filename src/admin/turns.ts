// Long work in pieces, so that nothing else waits for it: when a piece has taken long enough, and the next turn. Knows no work.

import { setImmediate } from 'node:timers/promises'
import type { Turns } from '../ota/ports/store.ts'

/** One after another: of all that wait, one gets each turn of the event loop. */
export const createPauses = (): (() => Promise<void>) => {
  let last: Promise<void> = Promise.resolve()
  return () => {
    last = last.then(() => setImmediate())
    return last
  }
}

/** Pieces of `ms` milliseconds. `pause` lets other work run. */
export const createTurns = (ms: number, pause: () => Promise<void> = setImmediate): Turns => {
  let until = performance.now() + ms
  return {
    isDue: () => performance.now() >= until,
    async next() {
      await pause()
      until = performance.now() + ms
    },
  }
}
