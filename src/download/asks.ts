// The worker's questions to the core and the core's clock. Knows neither what is asked for nor HTTP.

import type { FromWorker, Granted, ToWorker } from './messages.ts'

export interface Asks {
  /** Rejects when the core fails, or does not answer in time. */
  ask(task: number): Promise<Granted | undefined>
  answered(message: Extract<ToWorker, { type: 'answer' }>): void
  /** The core's clock as its last answer told it: milliseconds since the epoch. */
  readonly now: () => number
}

type Settle = (message: Extract<ToWorker, { type: 'answer' }> | undefined) => void

export const createAsks = (post: (message: FromWorker) => void, patienceMs: number): Asks => {
  const open = new Map<number, Settle>()
  let last = 0
  let ahead = 0
  return {
    ask: (task) =>
      new Promise((resolve, reject) => {
        last += 1
        const ask = last
        const settle: Settle = (message) => {
          clearTimeout(timer)
          open.delete(ask)
          if (message === undefined || message.failed) reject(new Error(`the core did not say what task ${task} may fetch`))
          else resolve(message.grant)
        }
        const timer = setTimeout(settle, patienceMs, undefined)
        open.set(ask, settle)
        post({ type: 'ask', ask, task })
      }),
    answered: (message) => {
      ahead = message.now - Date.now()
      open.get(message.ask)?.(message)
    },
    now: () => Date.now() + ahead,
  }
}
