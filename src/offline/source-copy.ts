// A copy of somebody else's LevelDB directory, to be read in its place: LevelDB rewrites what it opens, and the source must stay as it
// is. While the copy is made and read, the source's lock is held. Knows files and the store's way to open them, not what is in them.

import { constants } from 'node:fs'
import { access, copyFile, mkdir, readdir, stat, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { isLocked, openForeign } from '../store/level.ts'
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
  return await openForeign(directory).catch((cause: unknown) => {
    if (!isLocked(cause)) throw sourceFailed(source, cause)
    throw new OtaError('OTA_STORE_LOCKED', sentence('migrate_source_locked', { source }), { cause })
  })
}

const copyFiles = async (source: string, copy: string): Promise<void> => {
  await mkdir(copy, { mode: 0o700 })
  for (const name of await readdir(source)) {
    if (dataFile.test(name)) await copyFile(join(source, name), join(copy, name), constants.COPYFILE_FICLONE)
  }
}

const readOpen = async <T>(directory: string, read: (db: Database) => Promise<T>): Promise<T> => {
  const db = await openForeign(directory)
  try {
    return await read(db)
  } finally {
    await db.close()
  }
}

/** Reads a copy of the source, made in `scratch`, which the caller removes. Errors of either are the source's: OTA_STORE_UNREADABLE or _LOCKED. */
export const readCopy = async <T>(source: string, scratch: string, read: (db: Database) => Promise<T>): Promise<T> => {
  const lock = await takeLock(source, join(scratch, 'lock'))
  try {
    const copy = join(scratch, 'source')
    await copyFiles(source, copy)
    return await readOpen(copy, read)
  } catch (cause) {
    throw sourceFailed(source, cause)
  } finally {
    await lock?.close()
  }
}
