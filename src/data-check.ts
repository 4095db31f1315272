// Whether a data directory is new, whole, or refused: decided before LevelDB opens anything, since opening makes what is missing, drops what
// it cannot read and deletes what it does not know. Changes nothing.

import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { acceptLossFile, dataDirUnusable, type Marker, readMarker } from './data-dir.ts'
import { OtaError } from './errors.ts'
import { type Sentence, sentence } from './sentences/sentence.ts'
import { type LogDamage, type StoreSurvey, surveyStore } from './store/files/store-survey.ts'
import { formatKey, secretKey } from './store/keys.ts'
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

export const storeDirectory = (directory: string): string => join(directory, 'store')

/** Entries that only a server creates. A token, an address file and the files of other programs are not data. */
const ours: ReadonlySet<string> = new Set(['instance.json', 'images'])

const namesIn = (directory: string): Promise<readonly string[]> =>
  readdir(directory).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw dataDirUnusable(directory, cause)
  })

const withoutStore = (directory: string, names: readonly string[], { requireExisting }: DataRules): DataState => {
  const found = names.filter((name) => ours.has(name))
  if (found.length > 0) throw new OtaError('OTA_DATA_DIR', sentence('data_dir_incomplete', { directory, missing: 'store', found }))
  if (requireExisting) throw new OtaError('OTA_DATA_DIR', sentence('data_dir_required', { directory }))
  return { kind: 'new' }
}

/** A running server changes its files while they are read here, so its lock is reported before any damage. */
const refuse = async (
  directory: string,
  code: 'OTA_STORE_UNREADABLE' | 'OTA_STORE_NEWER' | 'OTA_DATA_DIR',
  why: Sentence,
): Promise<never> => {
  if (await isLockedElsewhere(directory)) throw new OtaError('OTA_STORE_LOCKED', sentence('store_locked', { directory }))
  throw new OtaError(code, why)
}

const checkFormatRow = async (directory: string, survey: StoreSurvey): Promise<void> => {
  const text = await survey.row(formatKey)
  const found = Number(text)
  if (text === undefined || !Number.isSafeInteger(found) || found < 1)
    return await refuse(directory, 'OTA_STORE_UNREADABLE', sentence('store_has_no_format', { directory }))
  if (found > storeFormat) await refuse(directory, 'OTA_STORE_NEWER', sentence('store_newer', { directory, found, format: storeFormat }))
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

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Whether a loss is accepted, by the command or by a file. */
export const isLossAccepted = async (directory: string, { acceptLoss }: DataRules): Promise<boolean> =>
  acceptLoss || (await isThere(acceptLossFile(directory)))

/**
 * OTA_DATA_DIR for a directory of which parts are missing or do not belong together; OTA_STORE_UNREADABLE, OTA_STORE_NEWER and
 * OTA_STORE_LOCKED for its store. Each names what is missing or damaged, and what to do; nothing on disk is changed.
 */
export const checkDataDir = async (directory: string, rules: DataRules): Promise<DataState> => {
  const names = await namesIn(directory)
  if (!names.includes('store')) return withoutStore(directory, names, rules)
  const marker = await readMarker(directory)
  const store = storeDirectory(directory)
  const survey = await surveyStore(store).catch((cause: unknown) => {
    throw dataDirUnusable(directory, cause)
  })
  if (survey.faults.length > 0)
    await refuse(store, 'OTA_STORE_UNREADABLE', sentence('store_files_faulty', { directory: store, faults: survey.faults }))
  if (!(await isLossAccepted(directory, rules))) await checkLogs(store, survey)
  await checkFormatRow(store, survey)
  if (marker === null) return { kind: 'unmarked', damage: survey.damage }
  await checkInstance(store, marker, survey)
  return { kind: 'whole', marker, damage: survey.damage }
}
