// Work that is requested many times and done once, soon: each kind has its own queue of keys, processed one after another.

import { asOtaError } from '../errors.ts'
import type { Context } from './state/context.ts'

const perBreath = 500
/** After a failed write the work is done again this much later (ms). */
const retryMs = 5000

/** Makes functions that run `work` for each key soon, once however often it was requested meanwhile. A failure is logged as `what`. */
export const createSoon =
  (context: () => Context) =>
  <K extends string | number>(work: (context: Context, key: K) => Promise<void>, what: string): ((key: K) => void) => {
    const asked = new Set<K>()
    let running = false
    const failed = (key: K, error: unknown): void => {
      const { ports, clocks } = context()
      ports.log.error({ err: error, key }, what)
      if (asOtaError(error).code === 'OTA_STORE_FAILED') clocks.retries.set(() => ask(key), ports.now() + retryMs)
    }
    const run = async (): Promise<void> => {
      let done = 0
      // Keys that are requested while this runs are added to the end of the same set.
      for (const key of asked) {
        asked.delete(key)
        await work(context(), key).catch((error: unknown) => failed(key, error))
        // So thousands of keys do not block the event loop.
        done += 1
        if (done % perBreath === 0) await context().ports.breathe()
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
    return ask
  }
