// The order in which a unit's progress reports leave it. Knows no wire: it is handed what sends a step.

import type { Traits } from './faults.ts'

export interface Progress {
  /** Tells of a step, now or later; false when the connection died. */
  report(step: number): Promise<boolean>
  /** Sends what was held back. */
  flush(): Promise<boolean>
}

/**
 * Straight, none, or shuffled: the first at once, then windows of three, newest first. So the server sees the step fall and
 * rise although the device only ever went on.
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
