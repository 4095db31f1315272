// The worker's requests to the core, and the core's clock. Knows neither grants nor HTTP.

import type { FromWorker, Granted, ToWorker } from './messages.ts'

export interface Asks {
  /** Rejects if the core fails or does not answer in time. */
  ask(task: number): Promise<Granted | undefined>
  answered(message: Extract<ToWorker, { type: 'answer' }>): void
  /** The core's clock by its last answer: milliseconds since the epoch. */
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
          if (message === undefined || message.failed) reject(new Error(`the core did not answer what task ${task} may fetch`))
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
