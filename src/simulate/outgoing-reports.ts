// The order in which a unit sends its progress reports. Knows no wire: it is given a function that sends a step.

import type { Traits } from './faults.ts'

export interface Progress {
  /** Reports a step, now or later; false if the connection died. */
  report(step: number): Promise<boolean>
  /** Sends the reports that were held back. */
  flush(): Promise<boolean>
}

/**
 * In order, none, or shuffled: the first at once, then groups of three, newest first, so that the server sees the step fall and
 * rise although the device only made progress.
 */
export const createProgress = (
  traits: Pick<Traits, 'reportsProgress' | 'shuffles'>,
  send: (step: number) => Promise<boolean>,
): Progress => {
  const held: number[] = []
  let first = true

  const flush = async (): Promise<boolean> => {
    while (held.length > 0) {
      const step = held.pop()
      if (step !== undefined && !(await send(step))) return false
    }
    return true
  }

  const report = async (step: number): Promise<boolean> => {
    if (!traits.reportsProgress) return true
    if (!traits.shuffles || first) {
      first = false
      return send(step)
    }
    held.push(step)
    return held.length < 3 || (await flush())
  }

  return { report, flush }
}
