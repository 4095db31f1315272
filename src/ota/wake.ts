// Work that is requested many times and done once, soon: each kind has its own queue of keys, processed in order.

import { asOtaError } from '../errors.ts'
import type { Context } from './state/context.ts'

const perBreath = 500
/** After a failed write the work is done again this much later (ms). */
const retryMs = 5000

/** Requests work for a key. */
export interface Soon<K> {
  (key: K): void
  /** Resolves when what is being worked on now is done: what one message has caused. */
  settled(): Promise<unknown>
}

export interface SoonOptions {
  /** How many keys are worked on at once. */
  readonly atOnce?: number
  /** Begins only when what these are working on is done, so that it finds all of it. */
  readonly after?: readonly Pick<Soon<never>, 'settled'>[]
}

/** Makes functions that run `work` for each key soon, once however often it was requested meanwhile. A failure is logged as `what`. */
export const createSoon =
  (context: () => Context) =>
  <K extends string | number>(
    work: (context: Context, key: K) => Promise<void>,
    what: string,
    { atOnce = 1, after = [] }: SoonOptions = {},
  ): Soon<K> => {
    const asked = new Set<K>()
    let running = false
    let current: Promise<unknown> = Promise.resolve()
    const failed = (key: K, error: unknown): void => {
      const { ports, clocks } = context()
      ports.log.error({ err: error, key }, what)
      if (asOtaError(error).code === 'OTA_STORE_FAILED') clocks.retries.set(() => ask(key), ports.now() + retryMs)
    }
    const workOn = (key: K): Promise<void> => work(context(), key).catch((error: unknown) => failed(key, error))
    /** The next keys, in the order in which they were requested. */
    const take = (): readonly K[] => {
      const keys: K[] = []
      for (const key of asked) {
        if (keys.push(key) >= atOnce) break
      }
      for (const key of keys) asked.delete(key)
      return keys
    }
    const run = async (): Promise<void> => {
      let done = 0
      while (asked.size > 0) {
        for (const other of after) await other.settled()
        const keys = take()
        current = Promise.all(keys.map(workOn))
        await current
        // So thousands of keys do not block the event loop.
        if (Math.floor((done + keys.length) / perBreath) > Math.floor(done / perBreath)) await context().ports.breathe()
        done += keys.length
      }
      running = false
    }
    const ask = (key: K): void => {
      if (context().clocks.stopping) return
      asked.add(key)
      if (running) return
      running = true
      void Promise.resolve().then(run)
    }
    return Object.assign(ask, { settled: () => current })
  }
