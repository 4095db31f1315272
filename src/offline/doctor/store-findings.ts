// Whether the data directory and its store are whole, read from the files as a start would see them: opens no database and takes no lock.

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { instanceSecret, isOurs, restoringName, storeDirectory } from '../../data-check.ts'
import { markerFile, readMarker } from '../../data-dir.ts'
import { doubtful, type Finding, faulty, fine, skipped } from '../../finding.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { LogDamage } from '../../store/files/log-damage.ts'
import { type StoreSurvey, surveyStore } from '../../store/files/store-survey.ts'
import { clockKey, commitsKey, formatKey, rowRange, secretKey } from '../../store/keys.ts'
import { storeFormat } from '../../store/load.ts'
import { saidBy } from './bounded.ts'
import { shellWord } from './shell-word.ts'

/** A package, as far as its image is concerned. */
export interface StoredPackage {
  readonly product: string
  readonly module: string
  readonly version: string
  readonly sha256: string
  readonly size: number
}

export interface StoreReading {
  readonly findings: readonly Finding[]
  /** null: they could not be read. */
  readonly packages: readonly StoredPackage[] | null
  /** When a server last recorded that it was running, milliseconds. */
  readonly clock: number | null
}

const unread: Omit<StoreReading, 'findings'> = { packages: null, clock: null }

const restore = (dir: string): Sentence => sentence('doctor_try_restore', { dir: shellWord(dir) })

const sameText = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

const common = <T>(some: readonly T[], others: readonly T[]): readonly T[] =>
  some.filter((one) => others.some((other) => sameText(one, other)))

/**
 * A running server changes its files while they are read, which looks like damage; real damage is there a second time. The end of the log
 * that is being written is never whole.
 */
const surveyTwice = async (store: string): Promise<StoreSurvey> => {
  const first = await surveyStore(store, commitsKey)
  const isDamaged = ({ commitsBehind }: LogDamage): boolean => commitsBehind > 0
  if (first.faults.length === 0 && !first.damage.some(isDamaged)) return { ...first, damage: [] }
  const second = await surveyStore(store, commitsKey)
  return {
    ...second,
    faults: common(second.faults, first.faults),
    damage: common(second.damage.filter(isDamaged), first.damage.filter(isDamaged)),
  }
}

const damageFinding = (dir: string, { file, at, bytes, commitsBehind: commits }: LogDamage): Finding =>
  commits > 0
    ? faulty('store', sentence('doctor_log_damaged', { file, at, bytes, commits }), sentence('doctor_try_accept', { dir: shellWord(dir) }))
    : doubtful('store', sentence('doctor_log_torn', { file, at, bytes }), sentence('doctor_try_torn'))

const formatFinding = (dir: string, text: string | undefined): Finding => {
  const found = Number(text)
  if (text === undefined || !Number.isSafeInteger(found) || found < 1) return faulty('store', sentence('doctor_no_format'), restore(dir))
  if (found > storeFormat)
    return faulty('store', sentence('doctor_store_newer', { found, format: storeFormat }), sentence('doctor_try_newer'))
  return fine('store', sentence('doctor_store_ok', { format: found }))
}

/** LevelDB's own log of its last opening. */
const droppedFinding = async (store: string): Promise<readonly Finding[]> => {
  const file = join(store, 'LOG')
  // Reading a pipe would wait without end.
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
  const text = isFile ? await readFile(file, 'latin1').catch(() => '') : ''
  const bytes = [...text.matchAll(/: dropping (\d+) bytes;/g)].reduce((sum, [, each]) => sum + Number(each), 0)
  return bytes === 0 ? [] : [doubtful('store', sentence('doctor_log_dropped', { bytes }), sentence('doctor_try_dropped'))]
}

/** The id in the directory against the one in the store. */
const markerFinding = async (dir: string, survey: StoreSurvey): Promise<Finding> => {
  const file = markerFile(dir)
  const marker = await readMarker(dir).catch((cause: unknown) => saidBy(cause))
  if (marker === null)
    return doubtful('directory', sentence('doctor_no_marker', { file }), sentence('doctor_try_marker', { dir: shellWord(dir) }))
  if ('params' in marker)
    return faulty(
      'directory',
      sentence('doctor_marker_unreadable', { why: marker }),
      sentence('doctor_try_own_marker', { file: shellWord(file) }),
    )
  const found = (await survey.row(secretKey(instanceSecret))) ?? null
  if (found === marker.id) return fine('directory', sentence('doctor_directory_whole', { dir, id: marker.id }))
  return faulty('directory', sentence('doctor_other_store', { expected: marker.id, found }), restore(dir))
}

const isPackage = (value: unknown): value is StoredPackage =>
  typeof value === 'object' &&
  value !== null &&
  ['product', 'module', 'version', 'sha256'].every((name) => typeof Reflect.get(value, name) === 'string') &&
  'size' in value &&
  typeof value.size === 'number'

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const clockIn = (text: string | undefined): number | null => {
  const value = parsed(text ?? 'null')
  return typeof value === 'object' && value !== null && 'at' in value && typeof value.at === 'number' ? value.at : null
}

const readWhole = async (dir: string, survey: StoreSurvey): Promise<StoreReading> => {
  const format = formatFinding(dir, await survey.row(formatKey))
  const damage = survey.damage.map((each) => damageFinding(dir, each))
  const isWhole = format.result === 'ok' && damage.length > 0
  const findings = [
    await markerFinding(dir, survey),
    // Damage says enough.
    ...(isWhole ? damage : [format, ...damage]),
    ...(await droppedFinding(storeDirectory(dir))),
  ]
  const rows = [...(await survey.rows(rowRange('firmware'))).values()].map(parsed)
  return { findings, packages: rows.filter(isPackage), clock: clockIn(await survey.row(clockKey)) }
}

const withoutStore = (dir: string, names: readonly string[], requireExisting: boolean): StoreReading => {
  const found = names.filter(isOurs)
  if (found.length > 0) {
    const said = sentence('doctor_store_missing', { dir, found })
    return { ...unread, findings: [faulty('directory', said, restore(dir))] }
  }
  if (requireExisting)
    return {
      ...unread,
      findings: [faulty('directory', sentence('doctor_data_required', { dir }), sentence('doctor_try_mount', { dir: shellWord(dir) }))],
    }
  return { packages: [], clock: null, findings: [fine('directory', sentence('doctor_directory_new', { dir }))] }
}

/** No start accepts it, whatever else is in it. */
const restoring = (dir: string): StoreReading => ({
  ...unread,
  findings: [
    faulty('directory', sentence('doctor_restore_unfinished', { dir }), sentence('doctor_try_restore_again', { dir: shellWord(dir) })),
  ],
})

/** `isLive`: a server runs on the directory. Rejects with the system's error where something cannot be read. */
export const readStore = async (dir: string, isLive: boolean, requireExisting: boolean): Promise<StoreReading> => {
  const names = await readdir(dir)
  if (names.includes(restoringName)) return restoring(dir)
  if (!names.includes('store')) return withoutStore(dir, names, requireExisting)
  const store = storeDirectory(dir)
  const survey = isLive ? await surveyTwice(store) : await surveyStore(store, commitsKey)
  if (survey.faults.length > 0) {
    const faults = survey.faults.map((why) => faulty('store', sentence('doctor_store_damaged', { why }), restore(dir)))
    return { ...unread, findings: faults }
  }
  return await readWhole(dir, survey)
}

/** What is said where the store's own packages cannot be read. */
export const storeUnread = (why: Sentence): StoreReading => ({
  ...unread,
  findings: [skipped('store', sentence('doctor_not_looked_at', { why }))],
})
