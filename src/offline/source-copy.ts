// A copy of another program's LevelDB directory, which is read instead of it: LevelDB rewrites what it opens, and the source must not
// change. While the copy is made and read, the source's lock is held. Knows files and the store's way to open them, not what is in them.

import { constants } from 'node:fs'
import { access, copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asOtaError, OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { openForeign } from '../store/level.ts'
import { codeOf, isWriteFault, reasonOf } from './file-faults.ts'
import { type FileLock, lockFile } from './file-lock.ts'

type Database = Awaited<ReturnType<typeof openForeign>>

/** What LevelDB reads; its LOCK is held and its LOG belongs to its own process. */
const dataFile = /^(CURRENT|MANIFEST-\d+|\d+\.(log|ldb|sst))$/

export const sourceFailed = (source: string, cause: unknown): OtaError =>
  cause instanceof OtaError
    ? cause
    : new OtaError('OTA_STORE_UNREADABLE', sentence('migrate_source_failed', { source, why: reasonOf(cause) }), { cause })

/** OTA_DATA_DIR where the copy could not be written, else as `sourceFailed`. */
const copyFailed = (source: string, scratch: string, cause: unknown): OtaError =>
  !(cause instanceof OtaError) && isWriteFault(cause)
    ? new OtaError('OTA_DATA_DIR', sentence('migrate_copy_failed', { source, dir: dirname(scratch), why: reasonOf(cause) }), { cause })
    : sourceFailed(source, cause)

/** OTA_STORE_UNREADABLE for what cannot be read, or has no end: a directory, a pipe, a device. */
const requireFile = async (source: string, name: string): Promise<void> => {
  const path = join(source, name)
  if (!(await stat(path)).isFile()) throw new OtaError('OTA_STORE_UNREADABLE', sentence('migrate_source_not_file', { path }))
}

/** OTA_STORE_UNREADABLE where there is no LevelDB directory. */
export const checkSource = async (source: string): Promise<void> => {
  const refuse = (code: 'migrate_source_missing' | 'migrate_not_leveldb', cause?: unknown): never => {
    throw new OtaError('OTA_STORE_UNREADABLE', sentence(code, { source }), { cause })
  }
  const found = await stat(source).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return refuse('migrate_source_missing', cause)
    throw sourceFailed(source, cause)
  })
  if (!found.isDirectory()) refuse('migrate_not_leveldb')
  const names = await readdir(source).catch((cause: unknown) => {
    throw sourceFailed(source, cause)
  })
  if (!names.includes('CURRENT')) refuse('migrate_not_leveldb')
}

/** Rejects with LevelDB's own error, or OTA_STORE_LOCKED of the source. */
const ofSource = async <T>(source: string, opening: Promise<T>): Promise<T> =>
  await opening.catch((thrown: unknown) => {
    const { code, cause } = asOtaError(thrown)
    if (code !== 'OTA_STORE_LOCKED') throw cause
    throw new OtaError('OTA_STORE_LOCKED', sentence('migrate_source_locked', { source }), { cause })
  })

/** null: the source has no such file, which is possible where it is a copy itself. */
const takeLock = async (source: string, directory: string): Promise<FileLock | null> => {
  const lock = join(source, 'LOCK')
  const why = await access(lock, constants.R_OK | constants.W_OK).then(() => null, codeOf)
  if (why === 'ENOENT') return null
  if (why !== null) throw new OtaError('OTA_STORE_UNREADABLE', sentence('migrate_source_unlockable', { source, why }))
  await requireFile(source, 'LOCK')
  return await ofSource(source, lockFile(lock, directory))
}

const copyFiles = async (source: string, copy: string): Promise<void> => {
  await mkdir(copy, { mode: 0o700 })
  for (const name of await readdir(source)) {
    if (!dataFile.test(name)) continue
    await requireFile(source, name)
    await copyFile(join(source, name), join(copy, name), constants.COPYFILE_FICLONE)
  }
}

const closing = async <T>(db: FileLock, use: () => Promise<T>): Promise<T> => {
  try {
    return await use()
  } finally {
    await db.close()
  }
}

const readFiles = async <T>(source: string, copy: string, read: (db: Database) => Promise<T>): Promise<T> => {
  await copyFiles(source, copy)
  const db = await ofSource(source, openForeign(copy))
  return await closing(db, () => read(db))
}

/**
 * Reads a copy of the source, made in `scratch`, which the caller removes. OTA_STORE_UNREADABLE or OTA_STORE_LOCKED names the source,
 * OTA_DATA_DIR the directory that has no room for the copy.
 */
export const readCopy = async <T>(source: string, scratch: string, read: (db: Database) => Promise<T>): Promise<T> => {
  try {
    const lock = await takeLock(source, join(scratch, 'lock'))
    const whole = (): Promise<T> => readFiles(source, join(scratch, 'source'), read)
    return await (lock === null ? whole() : closing(lock, whole))
  } catch (cause) {
    throw copyFailed(source, scratch, cause)
  }
}
