// A copy of somebody else's LevelDB directory, to be read in its place: LevelDB rewrites what it opens, and the source must stay as it
// is. While the copy is made and read, the source's lock is held. Knows files and the store's way to open them, not what is in them.

import { constants } from 'node:fs'
import { access, copyFile, mkdir, readdir, stat, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { asOtaError, OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { openForeign } from '../store/level.ts'
import { codeOf, reasonOf } from './file-faults.ts'

type Database = Awaited<ReturnType<typeof openForeign>>

/** What LevelDB reads; its LOCK is held and its LOG belongs to its own process. */
const dataFile = /^(CURRENT|MANIFEST-\d+|\d+\.(log|ldb|sst))$/

export const sourceFailed = (source: string, cause: unknown): OtaError =>
  cause instanceof OtaError
    ? cause
    : new OtaError('OTA_STORE_UNREADABLE', sentence('migrate_source_failed', { source, why: reasonOf(cause) }), { cause })

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

/** Opens what stands for the source; errors name the source. */
const openFor = (source: string, directory: string): Promise<Database> =>
  openForeign(directory).catch((thrown: unknown) => {
    const { code, cause } = asOtaError(thrown)
    if (code !== 'OTA_STORE_LOCKED') throw sourceFailed(source, cause)
    throw new OtaError('OTA_STORE_LOCKED', sentence('migrate_source_locked', { source }), { cause })
  })

/**
 * LevelDB locks the file LOCK and never writes to it: an empty database whose LOCK is a link to the source's has the source's lock.
 * null: the source has no such file, as a copy of files may not.
 */
const takeLock = async (source: string, directory: string): Promise<Database | null> => {
  const lock = join(resolve(source), 'LOCK')
  const why = await access(lock, constants.R_OK | constants.W_OK).then(() => null, codeOf)
  if (why === 'ENOENT') return null
  if (why !== null) throw new OtaError('OTA_STORE_UNREADABLE', sentence('migrate_source_unlockable', { source, why }))
  await mkdir(directory, { mode: 0o700 })
  await symlink(lock, join(directory, 'LOCK'))
  return await openFor(source, directory)
}

const copyFiles = async (source: string, copy: string): Promise<void> => {
  await mkdir(copy, { mode: 0o700 })
  for (const name of await readdir(source)) {
    if (dataFile.test(name)) await copyFile(join(source, name), join(copy, name), constants.COPYFILE_FICLONE)
  }
}

const closing = async <T>(db: Database, use: () => Promise<T>): Promise<T> => {
  try {
    return await use()
  } finally {
    await db.close()
  }
}

const readFiles = async <T>(source: string, copy: string, read: (db: Database) => Promise<T>): Promise<T> => {
  await copyFiles(source, copy)
  const db = await openFor(source, copy)
  return await closing(db, () => read(db))
}

/** Reads a copy of the source, made in `scratch`, which the caller removes. OTA_STORE_UNREADABLE or OTA_STORE_LOCKED names the source. */
export const readCopy = async <T>(source: string, scratch: string, read: (db: Database) => Promise<T>): Promise<T> => {
  try {
    const lock = await takeLock(source, join(scratch, 'lock'))
    const whole = (): Promise<T> => readFiles(source, join(scratch, 'source'), read)
    return await (lock === null ? whole() : closing(lock, whole))
  } catch (cause) {
    throw sourceFailed(source, cause)
  }
}
