// Group commit: while one group of operations is being written, further commits gather in the next.
// Knows neither what the operations mean nor where they go.

interface Group<O> {
  readonly ops: Map<string, O>
  /** A commit of the group must be synced to disk when it resolves, not only handed to the system. */
  durable: boolean
  readonly written: Promise<void>
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

export interface Groups<O> {
  /** The promise of the whole group: the same for all commits that are written together. */
  commit(ops: readonly O[], durable: boolean): Promise<void>
  /** Resolves when nothing is left to write; commits made after the call are refused. */
  close(): Promise<void>
}

const openGroup = <O>(): Group<O> => {
  let settle: Pick<Group<O>, 'resolve' | 'reject'> | undefined
  const written = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  if (settle === undefined) throw new Error('the executor of a promise did not run')
  return { ops: new Map(), durable: false, written, resolve: settle.resolve, reject: settle.reject }
}

/**
 * `write` writes all of a group or nothing. Keys are unique within a group: a later operation on the same key replaces the
 * earlier. A group that fails rejects with `failure(cause)`, and so do the commits that gathered meanwhile, which may build on it;
 * a commit after `close` rejects with `failure(undefined)`.
 */
export const createGroups = <O extends { readonly key: string }>(
  write: (ops: readonly O[], durable: boolean) => Promise<void>,
  failure: (cause: unknown) => Error,
): Groups<O> => {
  let gathering: Group<O> | undefined
  let running: Promise<void> | undefined
  let closed = false

  const take = (): Group<O> | undefined => {
    const group = gathering
    gathering = undefined
    return group
  }

  const run = async (): Promise<void> => {
    // One microtask, so that commits made in the same turn start as one group.
    await Promise.resolve()
    for (let group = take(); group !== undefined; group = take()) {
      try {
        await write([...group.ops.values()], group.durable)
        group.resolve()
      } catch (cause) {
        const error = failure(cause)
        group.reject(error)
        take()?.reject(error)
      }
    }
    running = undefined
  }

  /** Waits for earlier groups: a commit never fails while one that it may build on is still being written. */
  const refuse = async (): Promise<void> => {
    await running
    throw failure(undefined)
  }

  return {
    commit: (ops, durable) => {
      if (closed) return refuse()
      gathering ??= openGroup()
      for (const op of ops) gathering.ops.set(op.key, op)
      gathering.durable ||= durable
      running ??= run()
      return gathering.written
    },
    close: async () => {
      closed = true
      await running
    },
  }
}
