// What a LevelDB directory holds and what of it is missing or damaged, read without opening the database: opening replays logs, drops what
// it cannot read and deletes files that it does not know. Changes nothing.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sentence } from '../../sentences/sentence.ts'
import { sentence } from '../../sentences/sentence.ts'
import { type Crc32c, createCrc32c } from './crc32c.ts'
import { type LogContents, readLog } from './log-records.ts'
import { type TableEntry, type Version, versionOf } from './manifest.ts'
import { checkTable, type FoundRow, rowInTable } from './table-blocks.ts'
import { batchOf, rowInBatch } from './write-batch.ts'

/** Damage in a write-ahead log. */
export interface LogDamage {
  readonly file: string
  /** Its first byte. */
  readonly at: number
  readonly bytes: number
  /** Whole commits that lie behind it, in this log or a later one. */
  readonly commitsBehind: number
}

export interface StoreSurvey {
  /** Files that are missing or damaged so that the store cannot be used; none: LevelDB can open it. */
  readonly faults: readonly Sentence[]
  /** In the order of the logs. */
  readonly damage: readonly LogDamage[]
  /** The value of a row, as LevelDB would read it; undefined: there is none. Ask only where there are no faults. */
  row(key: string): Promise<string | undefined>
}

interface ReadLogFile {
  readonly file: string
  readonly contents: LogContents
}

const isMissing = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'

const readOrNull = (path: string): Promise<Uint8Array | null> =>
  readFile(path).catch((cause: unknown) => {
    if (isMissing(cause)) return null
    throw cause
  })

const numbered = (number: number, ending: string): string => `${String(number).padStart(6, '0')}.${ending}`

/** The name of the MANIFEST, or what is wrong with CURRENT. */
const manifestName = async (directory: string): Promise<string | Sentence> => {
  const bytes = await readOrNull(join(directory, 'CURRENT'))
  if (bytes === null) return sentence('store_file_missing', { file: 'CURRENT' })
  const [, name] = /^(MANIFEST-\d+)\n$/.exec(Buffer.from(bytes).toString('latin1')) ?? []
  return name ?? sentence('store_file_damaged', { file: 'CURRENT', why: 'it names no MANIFEST' })
}

const damaged = (file: string, cause: unknown): Sentence =>
  sentence('store_file_damaged', { file, why: cause instanceof Error ? cause.message : String(cause) })

const readVersion = async (directory: string, file: string, crc: Crc32c): Promise<Version | Sentence> => {
  const bytes = await readOrNull(join(directory, file))
  if (bytes === null) return sentence('store_file_missing', { file })
  const { records, damagedAt, isCut } = readLog(bytes, crc)
  if (damagedAt !== null && (!isCut || records.some(({ isBehind }) => isBehind)))
    return damaged(file, `the bytes at ${damagedAt} are damaged`)
  try {
    const version = versionOf(records.map((record) => record.bytes))
    return version.isComplete ? version : damaged(file, 'it ends early')
  } catch (cause) {
    return damaged(file, cause)
  }
}

const tableFault = async (directory: string, entry: TableEntry, crc: Crc32c): Promise<Sentence | null> => {
  const file = numbered(entry.number, 'ldb')
  const bytes = await readOrNull(join(directory, file))
  if (bytes === null) return sentence('store_file_missing', { file })
  if (bytes.length !== entry.size) return damaged(file, `it has ${bytes.length} bytes instead of ${entry.size}`)
  try {
    checkTable(bytes, crc)
    return null
  } catch (cause) {
    return damaged(file, cause)
  }
}

/** The logs that LevelDB reads at its start, oldest first; or the name of the one that must be there. */
const readLogs = async (directory: string, names: ReadonlySet<string>, from: number, crc: Crc32c): Promise<ReadLogFile[] | Sentence> => {
  if (from > 0 && !names.has(numbered(from, 'log'))) return sentence('store_file_missing', { file: numbered(from, 'log') })
  const numbers = [...names].flatMap((name) => /^(\d+)\.log$/.exec(name)?.[1] ?? []).map(Number)
  const logs: ReadLogFile[] = []
  for (const number of numbers.filter((each) => each >= from).sort((a, b) => a - b)) {
    const file = numbered(number, 'log')
    logs.push({ file, contents: readLog(await readFile(join(directory, file)), crc) })
  }
  return logs
}

/** Records that follow damage and are whole commits, counted from the end. */
const damageOf = (logs: readonly ReadLogFile[]): readonly LogDamage[] => {
  const found: LogDamage[] = []
  let later = 0
  for (const { file, contents } of [...logs].reverse()) {
    const { records, damagedAt, damagedBytes } = contents
    const commits = records.filter(({ bytes }) => batchOf(bytes) !== null)
    const behind = commits.filter(({ isBehind }) => isBehind).length
    if (damagedAt !== null) found.unshift({ file, at: damagedAt, bytes: damagedBytes, commitsBehind: behind + later })
    later += commits.length
  }
  return found
}

const newest = (rows: readonly (FoundRow | undefined)[]): string | undefined => {
  let found: FoundRow | undefined
  for (const row of rows) if (row !== undefined && (found === undefined || row.sequence > found.sequence)) found = row
  return found?.value ?? undefined
}

const refused = (...faults: readonly Sentence[]): StoreSurvey => ({ faults, damage: [], row: () => Promise.resolve(undefined) })

const isSentence = (value: object | string): value is Sentence => typeof value === 'object' && 'code' in value && 'params' in value

/** Reads the directory, which must exist. Rejects with the system's error where a file cannot be read. */
export const surveyStore = async (directory: string): Promise<StoreSurvey> => {
  const crc = createCrc32c()
  const names = new Set(await readdir(directory))
  const manifest = await manifestName(directory)
  if (typeof manifest !== 'string') return refused(manifest)
  const version = await readVersion(directory, manifest, crc)
  if (isSentence(version)) return refused(version)
  const entries = [...version.tables.values()]
  const faults: Sentence[] = []
  for (const entry of entries) {
    const fault = await tableFault(directory, entry, crc)
    if (fault !== null) faults.push(fault)
  }
  const logs = await readLogs(directory, names, version.logNumber ?? 0, crc)
  if (isSentence(logs)) return refused(...faults, logs)
  if (faults.length > 0) return refused(...faults)
  return {
    faults,
    damage: damageOf(logs),
    async row(key) {
      const batches = logs.flatMap(({ contents }) => contents.records.filter(({ bytes }) => batchOf(bytes) !== null))
      const inLogs = batches.map(({ bytes }) => rowInBatch(bytes, key))
      const inTables: (FoundRow | undefined)[] = []
      for (const entry of entries) {
        const [low, high] = [Buffer.from(entry.smallest), Buffer.from(entry.largest)]
        if (Buffer.compare(low, Buffer.from(key)) > 0 || Buffer.compare(high, Buffer.from(key)) < 0) continue
        inTables.push(rowInTable(await readFile(join(directory, numbered(entry.number, 'ldb'))), key, crc))
      }
      return newest([...inLogs, ...inTables])
    },
  }
}
