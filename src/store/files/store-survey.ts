// What a LevelDB directory holds and what of it is missing or damaged, read without opening the database: opening replays logs, drops what
// it cannot read and deletes files that it does not know. Changes nothing.

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sentence } from '../../sentences/sentence.ts'
import { sentence } from '../../sentences/sentence.ts'
import { type Crc32c, createCrc32c } from './crc32c.ts'
import { type CommitLog, commitLog, damageOf, type LogDamage } from './log-damage.ts'
import { readLog } from './log-records.ts'
import { type TableEntry, type Version, versionOf } from './manifest.ts'
import { blocksOf, checkTable, type FoundRow, type KeyRange, newerRow, rowsInTable } from './table-blocks.ts'
import { rowsInBatch } from './write-batch.ts'

export interface StoreSurvey {
  /** Files that are missing or damaged so that the store cannot be used; none: LevelDB can open it. */
  readonly faults: readonly Sentence[]
  /** In the order of the logs. */
  readonly damage: readonly LogDamage[]
  /** The value of a row, as LevelDB would read it; undefined: there is none. Ask only where there are no faults. */
  row(key: string): Promise<string | undefined>
  /** The values of all rows with keys from the first to before the second, by key. */
  rows(range: KeyRange): Promise<ReadonlyMap<string, string>>
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

type Rows = ReadonlyMap<string, FoundRow>

/** The range of one key. */
const only = (key: string): KeyRange => [key, `${key}\0`]

const isIn = ({ smallest, largest }: TableEntry, [from, to]: KeyRange): boolean =>
  Buffer.compare(Buffer.from(smallest), Buffer.from(to)) < 0 && Buffer.compare(Buffer.from(largest), Buffer.from(from)) >= 0

/** null where they cannot be read: that is reported when one is asked for. */
const rowsOrNull = (read: () => Rows[]): Rows[] | null => {
  try {
    return read()
  } catch {
    return null
  }
}

/** Checks a table, and gives its rows of those keys, or what is wrong with it. */
const checkedTable = async (
  directory: string,
  entry: TableEntry,
  keys: readonly string[],
  crc: Crc32c,
): Promise<Rows[] | null | Sentence> => {
  const file = numbered(entry.number, 'ldb')
  const bytes = await readOrNull(join(directory, file))
  if (bytes === null) return sentence('store_file_missing', { file })
  if (bytes.length !== entry.size) return damaged(file, `it has ${bytes.length} bytes instead of ${entry.size}`)
  try {
    const blocks = checkTable(bytes, crc)
    const ranges = keys.map(only).filter((range) => isIn(entry, range))
    return rowsOrNull(() => ranges.map((range) => rowsInTable(bytes, blocks, range, crc)))
  } catch (cause) {
    return damaged(file, cause)
  }
}

interface CheckedTables {
  readonly faults: readonly Sentence[]
  /** The rows of the keys in all tables; null: they could not be read. */
  readonly rows: readonly Rows[] | null
}

const checkTables = async (
  directory: string,
  tables: readonly TableEntry[],
  keys: readonly string[],
  crc: Crc32c,
): Promise<CheckedTables> => {
  const faults: Sentence[] = []
  let rows: readonly Rows[] | null = []
  for (const entry of tables) {
    const found = await checkedTable(directory, entry, keys, crc)
    if (found !== null && isSentence(found)) faults.push(found)
    else rows = rows && found && [...rows, ...found]
  }
  return { faults, rows }
}

/** The logs that LevelDB reads at its start, oldest first; or the name of the one that must be there. */
const readLogs = async (directory: string, names: ReadonlySet<string>, from: number, crc: Crc32c): Promise<CommitLog[] | Sentence> => {
  if (from > 0 && !names.has(numbered(from, 'log'))) return sentence('store_file_missing', { file: numbered(from, 'log') })
  const numbers = [...names].flatMap((name) => /^(\d+)\.log$/.exec(name)?.[1] ?? []).map(Number)
  const logs: CommitLog[] = []
  for (const number of numbers.filter((each) => each >= from).sort((a, b) => a - b)) {
    const file = numbered(number, 'log')
    logs.push(commitLog(file, readLog(await readFile(join(directory, file)), crc)))
  }
  return logs
}

/** Files that are read here, or that opening the store reads and cannot do without. */
const named = /^(CURRENT|LOCK|commits|MANIFEST-\d+|\d+\.(ldb|log))$/

/** Reading a pipe would wait without end, and LevelDB has changed files before it finds a directory. */
const kindFaults = async (directory: string, names: ReadonlySet<string>): Promise<readonly Sentence[]> => {
  const faults: Sentence[] = []
  for (const file of [...names].filter((name) => named.test(name))) {
    const found = await stat(join(directory, file)).catch((cause: unknown) => {
      if (isMissing(cause)) return null
      throw cause
    })
    if (found === null) faults.push(sentence('store_file_missing', { file }))
    else if (!found.isFile()) faults.push(damaged(file, 'it is not a regular file'))
  }
  return faults
}

/**
 * The logs' first commit follows the tables' last: otherwise they are of another store, or an earlier log is missing. Behind damage any later
 * one may be the first that can be read.
 */
const startFault = (logs: readonly CommitLog[], version: Version, lastInTables: number): Sentence | null => {
  const found = logs.find(({ commits, damage }) => commits.length > 0 || damage !== null)
  const first = found?.commits[0]
  if (found === undefined || first === undefined) return null
  const isBehind = found.damage !== null && found.damage.at < first.at
  if (first.sequence > lastInTables && (isBehind || first.sequence <= version.lastSequence + 1)) return null
  return damaged(found.file, 'it does not continue the tables, so it is of another store or another time')
}

const inTables = async (directory: string, tables: readonly TableEntry[], range: KeyRange, crc: Crc32c): Promise<Rows[]> => {
  const found: Rows[] = []
  for (const entry of tables.filter((each) => isIn(each, range))) {
    const bytes = await readFile(join(directory, numbered(entry.number, 'ldb')))
    found.push(rowsInTable(bytes, blocksOf(bytes, crc), range, crc))
  }
  return found
}

const newest = (found: readonly Rows[]): Rows => {
  const rows = new Map<string, FoundRow>()
  for (const each of found) for (const [key, row] of each) rows.set(key, newerRow(rows.get(key), row))
  return rows
}

const refused = (...faults: readonly Sentence[]): StoreSurvey => ({
  faults,
  damage: [],
  row: () => Promise.resolve(undefined),
  rows: () => Promise.resolve(new Map()),
})

const isSentence = (value: object | string): value is Sentence => typeof value === 'object' && 'code' in value && 'params' in value

/**
 * Reads the directory, which must exist; `everyCommit` is a key that each commit writes, except those of earlier versions. Its row and those of
 * `keys` are kept while the tables are checked, so that asking for them reads none again. Rejects with the system's error where a file cannot be
 * read.
 */
export const surveyStore = async (directory: string, everyCommit: string, keys: readonly string[] = []): Promise<StoreSurvey> => {
  const crc = createCrc32c()
  const names = new Set(await readdir(directory))
  const kinds = await kindFaults(directory, names)
  if (kinds.length > 0) return refused(...kinds)
  const manifest = await manifestName(directory)
  if (typeof manifest !== 'string') return refused(manifest)
  const version = await readVersion(directory, manifest, crc)
  if (isSentence(version)) return refused(version)
  const tables = [...version.tables.values()]
  const known = [everyCommit, ...keys]
  const checked = await checkTables(directory, tables, known, crc)
  const logs = await readLogs(directory, names, version.logNumber ?? 0, crc)
  if (isSentence(logs)) return refused(...checked.faults, logs)
  if (checked.faults.length > 0) return refused(...checked.faults)
  const inKnown = checked.rows && newest(checked.rows)
  const tableRows = async (key: string): Promise<Rows> =>
    inKnown !== null && known.includes(key) ? inKnown : newest(await inTables(directory, tables, only(key), crc))
  const start = startFault(logs, version, (await tableRows(everyCommit)).get(everyCommit)?.sequence ?? 0)
  if (start !== null) return refused(start)
  const inLogs = (range: KeyRange): Rows[] => logs.flatMap(({ commits }) => commits.map(({ bytes }) => rowsInBatch(bytes, range)))
  return {
    faults: [],
    damage: damageOf(logs),
    row: async (key) => newest([...inLogs(only(key)), await tableRows(key)]).get(key)?.value ?? undefined,
    async rows(range) {
      const found = [...newest([...inLogs(range), ...(await inTables(directory, tables, range, crc))])]
      return new Map(found.flatMap(([key, { value }]) => (value === null ? [] : [[key, value]])))
    },
  }
}
