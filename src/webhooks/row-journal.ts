// Rows on their way to disk that nobody waits for: collected while a write runs, written again after a failure, the last one of a key only.
// Knows no webhook.

import type { Batches } from '../ota/ports/store.ts'

interface Entry {
  /** null: the row is deleted. */
  readonly value: string | null
  /** Called once the row is on disk. */
  readonly written: (() => void) | undefined
}

export interface RowJournal {
  put(key: string, value: string, written?: () => void): void
  remove(key: string): void
  /** Tries what has failed again, when it is time. */
  tick(): void
  /** Tries once more, whatever failed before; resolves when that is done. */
  settled(): Promise<void>
}

const atOnce = 1000
const againMs = 1000

export const createRowJournal = (batches: Pick<Batches, 'commit'>, now: () => number): RowJournal => {
  const entries = new Map<string, Entry>()
  let running: Promise<void> | undefined
  let notBefore = 0

  const take = (): readonly (readonly [string, Entry])[] => {
    const taken: (readonly [string, Entry])[] = []
    for (const each of entries) {
      if (taken.length === atOnce) break
      taken.push(each)
    }
    return taken
  }

  const write = async (): Promise<void> => {
    const taken = take()
    await batches.commit(taken.map(([key, { value }]) => (value === null ? { type: 'del', key } : { type: 'put', key, value })))
    for (const [key, entry] of taken) {
      // It may have changed meanwhile.
      if (entries.get(key) === entry) entries.delete(key)
      entry.written?.()
    }
  }

  const run = async (): Promise<void> => {
    await Promise.resolve()
    try {
      while (entries.size > 0) await write()
    } catch {
      // The store says what is wrong.
      notBefore = now() + againMs
    }
    running = undefined
  }

  const start = (): void => {
    if (entries.size > 0 && now() >= notBefore) running ??= run()
  }

  const set = (key: string, entry: Entry): void => {
    entries.set(key, entry)
    start()
  }

  return {
    put: (key, value, written) => set(key, { value, written }),
    remove: (key) => set(key, { value: null, written: undefined }),
    tick: start,
    async settled() {
      await running
      if (entries.size > 0) running ??= run()
      await running
    },
  }
}
