// Runs jobs of which thousands may come at once in portions, so that each turn of the event loop has time for other work. Knows no sockets.

import { createFifo } from './sessions/fifo.ts'

/** Runs the job at once while this turn has room for it, otherwise in a later turn: in the order of the calls. It must not throw. */
export type Portions = (job: () => void) => void

/** Runs jobs when the call that is running has returned, those of one turn together. They must not throw. */
export const createAfterwards = (): ((job: () => void) => void) => {
  let waiting: (() => void)[] = []
  const run = (): void => {
    const due = waiting
    waiting = []
    for (const job of due) job()
  }
  return (job) => {
    waiting.push(job)
    if (waiting.length === 1) process.nextTick(run)
  }
}

/** `between` is called after each portion that has come, also in the middle of a turn: what was left for its end must not wait for all of them. */
export const createPortions = (perTurn: number, between: () => void): Portions => {
  const waiting = createFifo<() => void>()
  let ran = 0
  let came = 0
  let isTurnComing = false

  const run = (job: () => void): void => {
    ran += 1
    job()
  }

  const comeAgain = (): void => {
    if (isTurnComing) return
    isTurnComing = true
    setImmediate(turn)
  }

  const turn = (): void => {
    isTurnComing = false
    ran = 0
    came = 0
    for (let job = waiting.shift(); job !== undefined; job = ran < perTurn ? waiting.shift() : undefined) run(job)
    // Also after the last one: jobs that come in the rest of this turn count with those it ran.
    if (ran > 0) comeAgain()
  }

  return (job) => {
    comeAgain()
    came += 1
    if (waiting.length === 0 && ran < perTurn) run(job)
    else waiting.push(job)
    if (came % perTurn === 0) between()
  }
}
