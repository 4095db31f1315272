// The store on disk: one LevelDB directory for OTA data and, under its own prefix, for MQTT sessions.
// The only file that knows `level`. All writes go through one group commit; knows no record and no packet.

import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Level } from 'level'
import { OtaError } from '../errors.ts'
import type { OpenSnapshot, RawRow } from '../ota/ports/snapshot.ts'
import { sentence } from '../sentences/sentence.ts'
import { type CommitCount, createCommitCount, readCommitCount } from './commit-count.ts'
import type { Disk, DiskRow, RowOp, WriteGate } from './disk.ts'
import { messageOf, nothingWritten, storeFailed, textOf, unreadable } from './disk.ts'
import { createGroups } from './group.ts'
import { commitsKey } from './keys.ts'
import { piecesOf } from './row-pieces.ts'
import type { SessionOp, SessionRows } from './session-store.ts'
import { createSessionRows } from './session-store.ts'
import { type SnapshotRange, takeSnapshot } from './snapshot.ts'
import { taskBytes } from './task-text.ts'

export interface OpenOptions {
  readonly gate?: WriteGate
  /** Refuse a directory without a database, rather than make one. */
  readonly mustExist?: boolean
  /** Called after every write: with its failure, or undefined if it is on disk. */
  readonly wrote?: (failure: unknown) => void
}

/** What the opening could not read. */
export interface OpeningLoss {
  /** Commits that were on disk once and are not in the store; 0 also where they were not counted. */
  readonly commits: number
  /** Bytes of its log that LevelDB dropped, as its own file LOG says. */
  readonly bytes: number
}

interface OpenLevel {
  readonly batches: Disk
  readonly sessions: SessionRows
  readonly openSnapshot: OpenSnapshot
  readonly loss: OpeningLoss
}

/** The open database, and whether its log can no longer be trusted. */
interface Handle {
  readonly db: Level
  readonly directory: string
  readonly count: CommitCount
  torn: boolean
  reopening: Promise<void> | undefined
  /** Groups written since the store was made. */
  commits: number
}

const binary = { valueEncoding: 'buffer' } as const

const settings = { writeBufferSize: 16 << 20, cacheSize: 32 << 20, maxFileSize: 8 << 20 }

/** Keys of sessions in an earlier layout that nothing reads any more. */
const formerSessions = { gte: '!mqtt!', lt: '!mqtt"' }

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''

const openFailure = (directory: string, thrown: unknown): OtaError => {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown
  if (codeOf(cause) === 'LEVEL_LOCKED') return new OtaError('OTA_STORE_LOCKED', sentence('store_locked', { directory }), { cause })
  const code = codeOf(cause) === 'LEVEL_CORRUPTION' ? 'store_damaged' : 'store_unopenable'
  return unreadable(sentence(code, { directory, why: messageOf(cause) }), cause)
}

/** Rejects if the disk cannot take a mebibyte; the database then stays open for reading. */
const probe = async (directory: string): Promise<void> => {
  const file = join(directory, 'probe.tmp')
  try {
    await writeFile(file, Buffer.alloc(1 << 20), { flush: true })
  } finally {
    await rm(file, { force: true })
  }
}

/**
 * LevelDB continues after a failed write, but what it appends to the torn log is lost when the log is next read, though it was
 * synced and acknowledged. Reopening reads the log up to the tear and starts a new one.
 */
const reopen = async (handle: Handle): Promise<void> => {
  await probe(handle.directory)
  await handle.db.close()
  await handle.db.open()
  handle.torn = false
}

const write = async (handle: Handle, ops: readonly (RowOp | SessionOp)[], durable: boolean): Promise<void> => {
  if (handle.torn) {
    handle.reopening = reopen(handle).finally(() => {
      handle.reopening = undefined
    })
    await handle.reopening.catch((cause: unknown) => {
      throw nothingWritten(cause)
    })
  }
  const batch = handle.db.batch()
  for (const op of ops) {
    if (op.type === 'del') batch.del(op.key)
    // The batch copies the bytes.
    else if ('task' in op) batch.put(op.key, taskBytes(op.task), binary)
    else if ('record' in op) batch.put(op.key, textOf(op))
    else if (typeof op.value === 'string') batch.put(op.key, op.value)
    else batch.put(op.key, Buffer.from(op.value.buffer, op.value.byteOffset, op.value.length), binary)
  }
  batch.put(commitsKey, String(handle.commits + 1))
  handle.torn = true
  await batch.write({ sync: durable })
  handle.torn = false
  handle.commits += 1
  if (durable) handle.count.note(handle.commits)
}

/** Runs a read, after any reopening in progress; a failure becomes OTA_STORE_FAILED. */
const reading = async <T>(handle: Handle, read: () => Promise<T>): Promise<T> => {
  await handle.reopening?.catch(() => undefined)
  try {
    return await read()
  } catch (cause) {
    throw storeFailed(handle.directory, cause)
  }
}

const highWaterMarkBytes = 8 << 20

const pieces = (handle: Handle, gte: string, lt: string, limit?: number): AsyncGenerator<DiskRow[]> =>
  piecesOf<string>(
    { open: () => handle.db.iterator({ gte, lt, highWaterMarkBytes }), reading: (read) => reading(handle, read), end: lt },
    limit,
  )

const binaryPieces = (handle: Handle, gte: string, lt: string): AsyncGenerator<[key: string, value: Buffer][]> =>
  piecesOf<Buffer>({
    open: () => handle.db.iterator<string, Buffer>({ gte, lt, highWaterMarkBytes, ...binary }),
    reading: (read) => reading(handle, read),
    end: lt,
  })

const range = async function* (handle: Handle, gte: string, lt: string, limit?: number): AsyncGenerator<DiskRow> {
  for await (const rows of pieces(handle, gte, lt, limit)) yield* rows
}

const snapshotsOf = ({ db }: Handle) => ({
  snapshot: () => db.snapshot(),
  texts: (range: SnapshotRange<ReturnType<Level['snapshot']>>) => db.iterator(range),
  binaries: (range: SnapshotRange<ReturnType<Level['snapshot']>>) => db.iterator<string, Buffer>({ ...range, ...binary }),
})

const openDatabase = async (directory: string, createIfMissing: boolean): Promise<Level> => {
  try {
    if (createIfMissing) await mkdir(directory, { recursive: true, mode: 0o700 })
    const db = new Level(directory, { ...settings, createIfMissing })
    await db.open()
    await db.clear(formerSessions)
    return db
  } catch (thrown) {
    throw openFailure(directory, thrown)
  }
}

/** What LevelDB wrote in its LOG about this opening. */
const droppedBytes = async (directory: string): Promise<number> => {
  const text = await readFile(join(directory, 'LOG'), 'latin1').catch(() => '')
  return [...text.matchAll(/: dropping (\d+) bytes;/g)].reduce((sum, [, bytes]) => sum + Number(bytes), 0)
}

const openHandle = async (directory: string, mustExist: boolean): Promise<{ readonly handle: Handle; readonly loss: OpeningLoss }> => {
  const db = await openDatabase(directory, !mustExist)
  const stored = Number((await db.get(commitsKey)) ?? 0)
  const commits = Number.isSafeInteger(stored) ? stored : 0
  const loss = { commits: Math.max(0, (await readCommitCount(directory)) - commits), bytes: await droppedBytes(directory) }
  const count = createCommitCount(directory)
  // Reported once.
  if (loss.commits > 0) count.note(commits)
  return { handle: { db, directory, count, torn: false, reopening: undefined, commits }, loss }
}

const createWriter =
  (handle: Handle, { gate, wrote }: OpenOptions) =>
  async (ops: readonly (RowOp | SessionOp)[], durable: boolean): Promise<void> => {
    try {
      await gate?.(ops)
      await write(handle, ops, durable)
    } catch (cause) {
      wrote?.(cause)
      throw cause
    }
    wrote?.(undefined)
  }

/**
 * Opens the directory, and creates it if it is missing: OTA_STORE_LOCKED if another process has it, OTA_STORE_UNREADABLE
 * if it cannot be opened. `batches` holds OTA data, `sessions` the MQTT sessions; they share the group commit, and
 * `batches.close()` closes both.
 */
export const openLevel = async (directory: string, options: OpenOptions = {}): Promise<OpenLevel> => {
  const { handle, loss } = await openHandle(directory, options.mustExist === true)
  const groups = createGroups(createWriter(handle, options), (cause) => storeFailed(directory, cause))
  const batches: Disk = {
    where: directory,
    commit: (ops) => groups.commit(ops, true),
    get: (key) => reading(handle, () => handle.db.get(key)),
    many: (keys) => reading(handle, () => handle.db.getMany([...keys])),
    peek: (key) => {
      try {
        return handle.db.getSync(key)
      } catch (cause) {
        throw storeFailed(directory, cause)
      }
    },
    range: (gte, lt, limit) => range(handle, gte, lt, limit),
    pieces: (gte, lt, limit) => pieces(handle, gte, lt, limit),
    keys: (gte, lt) => reading(handle, () => handle.db.keys({ gte, lt }).all()),
    close: async () => {
      await groups.close()
      await handle.count.close()
      await handle.db.close()
    },
  }
  const sessions = createSessionRows({
    commit: (ops, durable) => groups.commit(ops, durable),
    pieces: (gte, lt) => binaryPieces(handle, gte, lt),
  })
  return { batches, sessions, openSnapshot: () => takeSnapshot(snapshotsOf(handle), directory), loss }
}

/**
 * Whether another process has the directory open. LevelDB locks the file LOCK and never writes to it: a database elsewhere whose LOCK is a
 * link to it tries the same lock.
 */
export const isLockedElsewhere = async (directory: string): Promise<boolean> => {
  const lock = join(resolve(directory), 'LOCK')
  const scratch = await mkdtemp(join(tmpdir(), 'fogbell-lock-')).catch(() => null)
  if (scratch === null) return false
  try {
    await access(lock)
    await symlink(lock, join(scratch, 'LOCK'))
    const db = new Level(scratch)
    await db.open()
    await db.close()
    return false
  } catch (thrown) {
    return openFailure(directory, thrown).code === 'OTA_STORE_LOCKED'
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/**
 * A LevelDB of another program, with keys as text; a missing one is made. Opening may rewrite its files, even if it is only read. The caller
 * closes it. Rejects as `openLevel` does.
 */
export const openForeign = async (directory: string): Promise<Level> => {
  try {
    const db = new Level(directory)
    await db.open()
    return db
  } catch (thrown) {
    throw openFailure(directory, thrown)
  }
}

/** A database that is filled with rows as they are, and closed when all are written; not synced. */
export interface RawFilling {
  put(rows: readonly RawRow[]): Promise<void>
  close(): Promise<void>
}

/** Makes a database; rejects as `openLevel` does. */
export const openFilling = async (directory: string): Promise<RawFilling> => {
  const db = await openDatabase(directory, true)
  const encodings = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const
  return {
    put: (rows) =>
      db.batch<Buffer, Buffer>(
        rows.map(([key, value]) => ({ type: 'put', key, value })),
        encodings,
      ),
    close: () => db.close(),
  }
}
