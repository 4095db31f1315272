// Whether the store can be written, for monitors and people: logged once when it begins to fail and once when it works again, which is tried
// while nobody writes.

import { OtaError } from './errors.ts'
import type { Log } from './log.ts'
import type { Batches } from './ota/ports/store.ts'
import { type Sentence, sentence } from './sentences/sentence.ts'

const tryMs = 1000

export interface StoreHealth {
  /** Call after every write: with its failure, or undefined. */
  wrote(failure: unknown): void
  /** Why nothing can be stored now; null: it can. */
  failure(): OtaError | null
  /** Called when the store begins to fail, with what is said of it; must not throw. */
  onFailure(listener: (why: Sentence) => void): void
  /** Writes periodically while the store fails, to learn whether it still does. Returns a function that ends this. */
  watch(batches: Pick<Batches, 'commit'>): () => void
}

const reasonOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))

export const createStoreHealth = (directory: string, log: Log, now: () => number): StoreHealth => {
  const listeners: ((why: Sentence) => void)[] = []
  let failed: { readonly error: OtaError; readonly since: number } | null = null
  return {
    wrote(failure) {
      if (failure === undefined && failed !== null) {
        const seconds = Math.round((now() - failed.since) / 1000)
        failed = null
        log.info({ directory, seconds }, `the store can be written again, after ${seconds} s`)
      } else if (failure !== undefined && failed === null) {
        const why = reasonOf(failure)
        const said = sentence('store_failed', { directory, why })
        failed = { error: new OtaError('OTA_STORE_FAILED', said, { cause: failure }), since: now() }
        log.warn(
          { directory, why },
          `the store cannot be written: ${why}. Nothing is acknowledged until it can; free space or repair the disk`,
        )
        for (const listener of listeners) listener(said)
      }
    },
    failure: () => failed?.error ?? null,
    onFailure: (listener) => void listeners.push(listener),
    watch(batches) {
      let isTrying = false
      const attempt = async (): Promise<void> => {
        isTrying = true
        // Deletes a key that does not exist: written and synced like any commit.
        await batches.commit([{ type: 'del', key: 'probe' }]).catch(() => undefined)
        isTrying = false
      }
      const timer = setInterval(() => {
        if (failed !== null && !isTrying) void attempt()
      }, tryMs).unref()
      return () => clearInterval(timer)
    },
  }
}
