// Conditions to wait for, polled.

import { setTimeout as pause } from 'node:timers/promises'

/** Waits until `condition` holds; the test's own time-out is the bound. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await pause(2)
}

/** Waits until `probe` gives something that is neither false nor undefined; rejects with what it waited for after `ms`. */
export const waitFor = async <T>(what: string, probe: () => T | Promise<T>, ms = 10_000): Promise<Exclude<T, undefined | false>> => {
  const end = performance.now() + ms
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>
    if (performance.now() > end) throw new Error(`timed out after ${ms} ms: ${what}`)
    await pause(20)
  }
}
