// What the store needs from a disk: the port `Batches`, and faster ways to read.
// Types, the text of rows, and the store's errors; does not know LevelDB.

import { OtaError } from '../errors.ts'
import type { Task } from '../ota/model.ts'
import type { Batches, Op } from '../ota/ports/store.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { taskText } from './task-text.ts'

export type DiskRow = readonly [key: string, value: string]

/**
 * A record becomes JSON only when its group is written, so that of several changes of one record in a group only the last is
 * serialized. Records are never changed in place.
 */
export type RecordOp =
  | { readonly type: 'put'; readonly key: string; readonly record: unknown }
  | { readonly type: 'put'; readonly key: string; readonly task: Task }
export type RowOp = Op | RecordOp

/** The value of the record's row. */
export const textOf = (op: RecordOp): string => ('task' in op ? taskText(op.task) : JSON.stringify(op.record))

export interface Disk extends Batches {
  commit(ops: readonly RowOp[]): Promise<void>
  /** Its location, for error messages: a directory, or `memory`. */
  readonly where: string
  /** The value on disk, read synchronously: it blocks, so only for the rare change of a record that is not in memory. */
  peek(key: string): string | undefined
  /** The values of many keys, which costs the calling thread far less than to get each. */
  many(keys: readonly string[]): Promise<readonly (string | undefined)[]>
  /** As `range`, in pieces of at most a thousand rows, which costs the calling thread far less where there are many. */
  pieces(gte: string, lt: string, limit?: number): AsyncIterable<readonly DiskRow[]>
  /** The keys of a range of some thousand rows at most, in order. */
  keys(gte: string, lt: string): Promise<readonly string[]>
}

/** Awaited before a group of operations is written; a rejection is a failed write. For tests of a failing disk. */
export type WriteGate = (ops: readonly { readonly type: 'put' | 'del'; readonly key: string }[]) => Promise<void>

/** The message of a system error. */
export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** The error of every write that did not reach the disk; without a cause: of one after the store was closed. */
export const storeFailed = (directory: string, cause: unknown): OtaError => {
  if (cause instanceof OtaError && cause.code === 'OTA_STORE_FAILED') return cause
  const said =
    cause === undefined ? sentence('store_closed', { directory }) : sentence('store_failed', { directory, why: messageOf(cause) })
  return new OtaError('OTA_STORE_FAILED', said, { cause })
}

const untouched = new WeakSet<Error>()

/** The error of a write that failed before anything of it could reach the disk. */
export const nothingWritten = (cause: unknown): Error => {
  const error = cause instanceof Error ? cause : new Error(messageOf(cause))
  untouched.add(error)
  return error
}

/** Whether the disk holds nothing of the write that failed so. */
export const isUntouched = (error: unknown): boolean => error instanceof Error && (untouched.has(error) || isUntouched(error.cause))

/** The error of a directory or record that exists but cannot be read. */
export const unreadable = (why: Sentence, cause?: unknown): OtaError =>
  new OtaError('OTA_STORE_UNREADABLE', why, cause === undefined ? {} : { cause })
