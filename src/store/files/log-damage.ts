// What is damaged in a store's write-ahead logs, beyond single bytes: commits that are no batches, and gaps between them. Functions of what
// was read.

import type { LogContents } from './log-records.ts'
import { batchOf } from './write-batch.ts'

/** Damage in a write-ahead log. */
export interface LogDamage {
  readonly file: string
  /** Its first byte. */
  readonly at: number
  readonly bytes: number
  /** Whole commits that lie behind it, in this log or a later one. */
  readonly commitsBehind: number
}

export interface Commit {
  readonly at: number
  readonly bytes: Uint8Array
  /** Sequence of its first operation, and of the next commit's. */
  readonly sequence: number
  readonly next: number
}

/** A log with its whole commits, and the first byte that is not part of what LevelDB writes. */
export interface CommitLog {
  readonly file: string
  readonly commits: readonly Commit[]
  readonly damage: { readonly at: number; readonly bytes: number } | null
}

/** A record that is no batch, or whose sequence is not the next one: what lay between is missing, or it is at the wrong place. */
const brokenAt = ({ records }: LogContents): { readonly at: number; readonly bytes: number } | null => {
  let next: number | null = null
  for (const { at, bytes, isBehind } of records) {
    if (isBehind) return null
    const batch = batchOf(bytes)
    if (batch === null) return { at, bytes: bytes.length }
    if (next !== null && batch.sequence !== next) return { at, bytes: 0 }
    next = batch.sequence + batch.count
  }
  return null
}

export const commitLog = (file: string, contents: LogContents): CommitLog => {
  const { records, damagedAt: at, damagedBytes: bytes } = contents
  const commits = records.flatMap((record) => {
    const batch = batchOf(record.bytes)
    return batch === null ? [] : [{ at: record.at, bytes: record.bytes, sequence: batch.sequence, next: batch.sequence + batch.count }]
  })
  return { file, commits, damage: brokenAt(contents) ?? (at === null ? null : { at, bytes }) }
}

/** A log that does not continue the one before it, though both are whole: one between them is missing. */
const gapBefore = (before: CommitLog | undefined, { commits }: CommitLog): { readonly at: number; readonly bytes: number } | null => {
  const [last, first] = [before?.commits.at(-1), commits[0]]
  if (before?.damage !== null || last === undefined || first === undefined || first.sequence === last.next) return null
  return { at: 0, bytes: 0 }
}

/** In the order of the logs, which is that of the commits. */
export const damageOf = (logs: readonly CommitLog[]): readonly LogDamage[] => {
  const found: LogDamage[] = []
  let later = 0
  for (const [index, log] of [...logs.entries()].reverse()) {
    const damage = gapBefore(logs[index - 1], log) ?? log.damage
    const behind = log.commits.filter(({ at }) => damage !== null && at >= damage.at).length
    if (damage !== null) found.unshift({ file: log.file, ...damage, commitsBehind: behind + later })
    later += log.commits.length
  }
  return found
}
