// Work that is requested many times and done once, soon: each kind has its own queue of keys, processed one after another.

import type { Context } from './state/context.ts'

const perBreath = 500

/** Makes functions that run `work` for each key soon, once however often it was requested meanwhile. A failure is logged as `what`. */
export const createSoon =
  (context: () => Context) =>
  <K extends string | number>(work: (context: Context, key: K) => Promise<void>, what: string): ((key: K) => void) => {
    const asked = new Set<K>()
    let running = false
    const run = async (): Promise<void> => {
      let done = 0
      // Keys that are requested while this runs are added to the end of the same set.
      for (const key of asked) {
        const { ports } = context()
        asked.delete(key)
        await work(context(), key).catch((error: unknown) => ports.log.error({ err: error, key }, what))
        // So thousands of keys do not block the event loop.
        done += 1
        if (done % perBreath === 0) await ports.breathe()
      }
      running = false
    }
    return (key) => {
      if (context().clocks.stopping) return
      asked.add(key)
      if (running) return
      running = true
      void Promise.resolve().then(run)
    }
  }
