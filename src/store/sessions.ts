// MQTT sessions in the store's directory: as much of a `level` as aedes-persistence-level 9 uses, under a prefix of its own.
// Why not a sublevel: its writes would pass the group commit by, fail unseen and leave a log that loses OTA data.

export type SessionOp =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: string }

interface Range {
  readonly gte: string
  readonly lt: string
}

/** Operations that are written together, as `level`'s chained batch. */
interface SessionBatch {
  put(key: string, value: Buffer): SessionBatch
  del(key: string): SessionBatch
  write(): Promise<void>
}

/**
 * What aedes-persistence-level is given for its `db`. Values are binary. Operations of one call are atomic; they are with the
 * system when their promise resolves (they outlive the process), and on disk with the next OTA commit.
 */
export interface Sessions {
  get(key: string): Promise<Buffer | undefined>
  put(key: string, value: Buffer): Promise<void>
  del(key: string): Promise<void>
  clear(range: Range): Promise<void>
  batch(): SessionBatch
  batch(ops: readonly SessionOp[]): Promise<void>
  values(range: Range): AsyncIterable<Buffer>
  /** The broker's persistence closes what it was given; the directory closes with `Batches.close`. */
  close(): Promise<void>
}

/** The directory below: keys with their prefix. */
interface Directory {
  commit(ops: readonly SessionOp[]): Promise<void>
  get(key: string): Promise<Buffer | undefined>
  values(gte: string, lt: string): AsyncIterable<Buffer>
  keys(gte: string, lt: string): Promise<string[]>
}

/** As `level`'s sublevel `mqtt` has it, so that its tools find the sessions too. No key of OTA data begins with `!`. */
const prefix = '!mqtt!'

const prefixed = (op: SessionOp): SessionOp => ({ ...op, key: prefix + op.key })

const createBatch = (directory: Directory): SessionBatch => {
  const ops: SessionOp[] = []
  const batch: SessionBatch = {
    put: (key, value) => {
      ops.push({ type: 'put', key: prefix + key, value })
      return batch
    },
    del: (key) => {
      ops.push({ type: 'del', key: prefix + key })
      return batch
    },
    write: () => directory.commit(ops),
  }
  return batch
}

export const createSessions = (directory: Directory): Sessions => {
  function batch(): SessionBatch
  function batch(ops: readonly SessionOp[]): Promise<void>
  function batch(ops?: readonly SessionOp[]): SessionBatch | Promise<void> {
    return ops === undefined ? createBatch(directory) : directory.commit(ops.map(prefixed))
  }
  return {
    batch,
    get: (key) => directory.get(prefix + key),
    put: (key, value) => directory.commit([{ type: 'put', key: prefix + key, value }]),
    del: (key) => directory.commit([{ type: 'del', key: prefix + key }]),
    clear: async ({ gte, lt }) => {
      const keys = await directory.keys(prefix + gte, prefix + lt)
      await directory.commit(keys.map((key) => ({ type: 'del', key })))
    },
    values: ({ gte, lt }) => directory.values(prefix + gte, prefix + lt),
    close: () => Promise.resolve(),
  }
}
