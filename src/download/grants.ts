// Caches what the core granted to tasks, so that it is not asked for every range. Knows neither links nor how the core is reached.

import type { Granted } from './messages.ts'

export interface Grants {
  /** The task's current grant: if `forget` is called while an answer is pending, the core is asked again. Undefined: no such task. */
  get(task: number): Promise<Granted | undefined>
  /** The task's grant if it is here already. */
  known(task: number): Granted | undefined
  forget(task: number): void
}

interface Entry {
  readonly answer: Promise<Granted | undefined>
  /** The answer once it is there. */
  grant: Granted | undefined
  stale: boolean
}

/** Keeps the `limit` most recently used grants. Never keeps "no such task" or a failure. */
export const createGrants = (ask: (task: number) => Promise<Granted | undefined>, limit: number): Grants => {
  const entries = new Map<number, Entry>()

  const drop = (task: number, entry: Entry): void => {
    if (entries.get(task) === entry) entries.delete(task)
  }
  const request = (task: number): Entry => {
    const entry: Entry = { answer: ask(task), grant: undefined, stale: false }
    entry.answer.then(
      (grant) => {
        entry.grant = grant
        if (grant === undefined) drop(task, entry)
      },
      () => drop(task, entry),
    )
    return entry
  }
  const use = (task: number): Entry => {
    const entry = entries.get(task) ?? request(task)
    entries.delete(task)
    entries.set(task, entry)
    const [oldest] = entries.keys()
    if (entries.size > limit && oldest !== undefined) entries.delete(oldest)
    return entry
  }

  return {
    get: async (task) => {
      for (;;) {
        const entry = use(task)
        const grant = await entry.answer
        if (!entry.stale) return grant
      }
    },
    known: (task) => {
      const entry = entries.get(task)
      if (entry?.grant === undefined) return undefined
      // The order matters only where there is little room left.
      if (entries.size * 2 > limit) {
        entries.delete(task)
        entries.set(task, entry)
      }
      return entry.grant
    },
    forget: (task) => {
      const entry = entries.get(task)
      if (entry === undefined) return
      entry.stale = true
      entries.delete(task)
    },
  }
}
