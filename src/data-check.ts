// Whether a data directory is new, whole, or refused: decided before LevelDB opens anything, since opening makes what is missing, drops what
// it cannot read and deletes what it does not know. Changes nothing.

import { access, constants, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { acceptLossFile, dataDirUnusable, type Marker, markerUnreadable, readMarker } from './data-dir.ts'
import { OtaError } from './errors.ts'
import { type Sentence, sentence } from './sentences/sentence.ts'
import type { LogDamage } from './store/files/log-damage.ts'
import { type StoreSurvey, surveyStore } from './store/files/store-survey.ts'
import { commitsKey, formatKey, secretKey } from './store/keys.ts'
import { isLockedElsewhere } from './store/level.ts'
import { storeFormat } from './store/load.ts'

/** The row that holds the id of the store. */
export const instanceSecret = 'instance'

export interface DataRules {
  /** Refuse to make a new store. */
  readonly requireExisting: boolean
  /** Accept that the damaged parts of the store's log are lost. */
  readonly acceptLoss: boolean
}

export type DataState =
  | { readonly kind: 'new' }
  /** Of a version that wrote no marker. */
  | { readonly kind: 'unmarked'; readonly damage: readonly LogDamage[] }
  | { readonly kind: 'whole'; readonly marker: Marker; readonly damage: readonly LogDamage[] }

/** The directory within a data directory in which a restore works; while it is there, the rest is not whole. */
export const restoringName = 'restore.tmp'

export const storeDirectory = (directory: string): string => join(directory, 'store')

/**
 * Entries that only a server creates; CURRENT is there if the directory is itself a store. A token, an address file and the files of other
 * programs are not data.
 */
const ours: ReadonlySet<string> = new Set(['instance.json', 'images', 'images.digests', 'CURRENT'])

/** Whether an entry of that name is data of ours. */
export const isOurs = (name: string): boolean => ours.has(name)

const namesIn = (directory: string): Promise<readonly string[]> =>
  readdir(directory).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw dataDirUnusable(directory, cause)
  })

const { R_OK, W_OK, X_OK } = constants

/** Directories and files that a start writes, or only reads, where they exist. */
const written = ['', 'store', 'store/LOCK', 'images'] as const
const read = ['admin.token'] as const

const checkAccess = async (directory: string, name: string, mode: number): Promise<void> => {
  const path = join(directory, name)
  const found = await stat(path).catch(() => null)
  if (found === null) return
  if (!found.isFile() && !found.isDirectory()) throw dataDirUnusable(directory, new Error(`${path} is not a regular file`))
  await access(path, found.isDirectory() ? mode | X_OK : mode).catch((cause: unknown) => {
    throw dataDirUnusable(directory, cause)
  })
}

/** Opening would change files before it finds out that it may not write others. */
const checkRights = async (directory: string): Promise<void> => {
  for (const name of written) await checkAccess(directory, name, R_OK | W_OK)
  for (const name of read) await checkAccess(directory, name, R_OK)
}

const withoutStore = async (directory: string, names: readonly string[], { requireExisting }: DataRules): Promise<DataState> => {
  const found = names.filter(isOurs)
  if (found.length > 0) throw new OtaError('OTA_DATA_DIR', sentence('data_dir_incomplete', { directory, missing: 'store', found }))
  if (requireExisting) throw new OtaError('OTA_DATA_DIR', sentence('data_dir_required', { directory }))
  await checkRights(directory)
  return { kind: 'new' }
}

const storeLocked = (directory: string): OtaError => new OtaError('OTA_STORE_LOCKED', sentence('store_locked', { directory }))

/** A running server changes its files while they are read here, so its lock is reported before any damage. */
const refuse = async (
  directory: string,
  code: 'OTA_STORE_UNREADABLE' | 'OTA_STORE_NEWER' | 'OTA_DATA_DIR',
  why: Sentence,
): Promise<never> => {
  if (await isLockedElsewhere(directory)) throw storeLocked(directory)
  throw new OtaError(code, why)
}

/** The format of the store. */
const checkFormatRow = async (directory: string, survey: StoreSurvey): Promise<number> => {
  const text = await survey.row(formatKey)
  const found = Number(text)
  if (text === undefined || !Number.isSafeInteger(found) || found < 1)
    return await refuse(directory, 'OTA_STORE_UNREADABLE', sentence('store_has_no_format', { directory }))
  if (found > storeFormat) await refuse(directory, 'OTA_STORE_NEWER', sentence('store_newer', { directory, found, format: storeFormat }))
  return found
}

const checkInstance = async (directory: string, marker: Marker, survey: StoreSurvey): Promise<void> => {
  const found = (await survey.row(secretKey(instanceSecret))) ?? 'none'
  if (found === marker.id) return
  await refuse(directory, 'OTA_DATA_DIR', sentence('data_dir_other_store', { directory, expected: marker.id, found }))
}

const checkLogs = async (directory: string, { damage }: StoreSurvey): Promise<void> => {
  const first = damage.find(({ commitsBehind }) => commitsBehind > 0)
  if (first === undefined) return
  const { file, at, bytes, commitsBehind: commits } = first
  await refuse(directory, 'OTA_STORE_UNREADABLE', sentence('store_log_damaged', { directory, file, at, bytes, commits }))
}

/** Whether a loss is accepted, by the command or by a file. */
export const isLossAccepted = async (directory: string, { acceptLoss }: DataRules): Promise<boolean> =>
  acceptLoss ||
  (await stat(acceptLossFile(directory)).then(
    (found) => found.isFile(),
    () => false,
  ))

/**
 * OTA_DATA_DIR for a directory of which parts are missing or do not belong together; OTA_STORE_UNREADABLE, OTA_STORE_NEWER and
 * OTA_STORE_LOCKED for its store. Each names what is missing or damaged, and what to do; nothing on disk is changed.
 */
export const checkDataDir = async (directory: string, rules: DataRules): Promise<DataState> => {
  const names = await namesIn(directory)
  if (names.includes(restoringName)) throw new OtaError('OTA_DATA_DIR', sentence('restore_unfinished', { directory }))
  if (!names.includes('store')) return await withoutStore(directory, names, rules)
  const marker = await readMarker(directory)
  const store = storeDirectory(directory)
  const survey = await surveyStore(store, commitsKey, [formatKey, secretKey(instanceSecret)]).catch((cause: unknown) => {
    throw dataDirUnusable(directory, cause)
  })
  if (survey.faults.length > 0)
    await refuse(store, 'OTA_STORE_UNREADABLE', sentence('store_files_faulty', { directory: store, faults: survey.faults }))
  if (!(await isLossAccepted(directory, rules))) await checkLogs(store, survey)
  const format = await checkFormatRow(store, survey)
  if (marker !== null) await checkInstance(store, marker, survey)
  if (marker !== null && marker.format > format) throw markerUnreadable(directory)
  await checkRights(directory)
  // Opening renames LevelDB's LOG before it tries the lock.
  if (await isLockedElsewhere(store)) throw storeLocked(store)
  if (marker === null) return { kind: 'unmarked', damage: survey.damage }
  return { kind: 'whole', marker, damage: survey.damage }
}
