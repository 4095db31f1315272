// A data directory that is filled atomically: its store is built in a temporary directory within it, on the same disk, and
// renamed into its place at the end. A lock in the temporary directory keeps other migrations out, those in other containers too. Owner and
// rights of a directory that exists stay. Knows no record.

import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'

import { access, chown, lstat, mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { markerFile } from '../data-dir.ts'
import { asOtaError, OtaError } from '../errors.ts'

import { sentence } from '../sentences/sentence.ts'
import { codeOf, reasonOf } from './file-faults.ts'
import { type FileLock, lockFile } from './file-lock.ts'

/** Entries that a new server or a mounted disk creates; a directory with nothing else is empty. */
const ignored = new Set(['admin.token', 'fogbell.json', 'lost+found'])
/** That of the migration in progress, and those that were about to be removed. */
const isTemporary = (name: string): boolean => /^migration(\.[0-9a-f]+)?\.tmp$/.test(name)
const named = 3

const unusable = (directory: string, cause: unknown): OtaError =>
  cause instanceof OtaError
    ? cause
    : new OtaError('OTA_DATA_DIR', sentence('data_dir_unusable', { directory, why: reasonOf(cause) }), { cause })

const namesIn = (directory: string): Promise<readonly string[]> =>
  readdir(directory).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return []
    throw unusable(directory, cause)
  })

/** The path itself or the nearest one above it that exists; a link exists also where its target does not. */
const nearestExisting = async (path: string): Promise<string> => {
  const found = await lstat(path).catch(() => null)
  return found !== null || dirname(path) === path ? path : await nearestExisting(dirname(path))
}

const realPath = async (path: string): Promise<string> => {
  const existing = await nearestExisting(resolve(path))
  const real = await realpath(existing).catch((cause: unknown) => {
    throw unusable(path, cause)
  })
  return join(real, relative(existing, resolve(path)))
}

/** OTA_DATA_DIR if the directory is the source or inside it, links followed. */
export const checkOutside = async (directory: string, source: string): Promise<void> => {
  const [inner, outer] = [await realPath(directory), await realPath(source)]
  if (`${inner}${sep}`.startsWith(`${outer}${sep}`))
    throw new OtaError('OTA_DATA_DIR', sentence('migrate_data_within', { dir: directory, source }))
}

const requireEmpty = async (directory: string): Promise<void> => {
  const names = (await namesIn(directory)).filter((name) => !ignored.has(name) && !isTemporary(name))
  if (names.length === 0) return
  const found = names.length > named ? [...names.slice(0, named), '…'] : names
  throw new OtaError('OTA_DATA_DIR', sentence('migrate_data_not_empty', { dir: directory, found }))
}

/** OTA_DATA_DIR unless the directory is empty or missing, and can be written. */
export const checkFresh = async (directory: string): Promise<void> => {
  await requireEmpty(directory)
  await access(await nearestExisting(resolve(directory)), constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw unusable(directory, cause)
  })
}

const sync = async (path: string): Promise<void> => {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The directory and all below, on disk and with the owner that the directory above has. */
const settle = async (path: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> => {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) await settle(inner, owner)
    else {
      if (process.getuid?.() === 0) await chown(inner, owner.uid, owner.gid)
      await sync(inner)
    }
  }
  if (process.getuid?.() === 0) await chown(path, owner.uid, owner.gid)
  await sync(path)
}

/** The store is moved first: without its marker it is accepted, but a marker without a store is not. */
const moveIn = async (directory: string, temporary: string): Promise<void> => {
  const owner = await stat(directory)
  const [store, marker] = [join(temporary, 'store'), markerFile(temporary)]
  await settle(store, owner)
  if (process.getuid?.() === 0) await chown(marker, owner.uid, owner.gid)
  await rename(store, join(directory, 'store'))
  await rename(marker, markerFile(directory))
  await sync(directory)
  await sync(dirname(resolve(directory)))
}

/** OTA_DATA_DIR where another migration holds the lock. */
const takeLock = async (directory: string, temporary: string, own: string): Promise<FileLock> => {
  try {
    return await lockFile(join(temporary, 'LOCK'), own)
  } catch (thrown) {
    await rm(own, { recursive: true, force: true })
    const { code, cause } = asOtaError(thrown)
    if (code !== 'OTA_STORE_LOCKED') throw unusable(directory, cause)
    throw new OtaError('OTA_DATA_DIR', sentence('migrate_under_way', { dir: directory }), { cause })
  }
}

/** What killed migrations left, but for `kept`. The lock is held, so no other process uses it. */
const removeLeftovers = async (directory: string, temporary: string, kept: readonly string[]): Promise<void> => {
  const others = (await readdir(directory)).filter(isTemporary).map((name) => join(directory, name))
  const within = (await readdir(temporary)).map((name) => join(temporary, name))
  for (const path of [...others, ...within]) if (!kept.includes(path)) await rm(path, { recursive: true, force: true })
}

/**
 * Runs `use` with the directory's temporary one while no other process does. That is moved away before it is removed, with the lock still
 * held: a process that opens the lock by its name gets the held one, or a new one.
 */
const locked = async <T>(directory: string, use: (temporary: string) => Promise<T>): Promise<T> => {
  const temporary = join(directory, 'migration.tmp')
  const id = randomBytes(8).toString('hex')
  const [own, removed] = [join(temporary, `lock.${id}`), join(directory, `migration.${id}.tmp`)]
  await mkdir(temporary, { recursive: true, mode: 0o700 })
  const lock = await takeLock(directory, temporary, own)
  try {
    await removeLeftovers(directory, temporary, [temporary, join(temporary, 'LOCK'), own])
    return await use(temporary)
  } finally {
    try {
      await rename(temporary, removed)
    } finally {
      await lock.close()
    }
    await rm(removed, { recursive: true, force: true })
  }
}

/**
 * Makes the directory where it is missing, and its store and marker as `fill` leaves them in `temporary`. The other files there are removed in the
 * end. Throws what `fill` throws, and nothing is changed then; OTA_DATA_DIR as `checkFresh` does.
 */
export const fillFresh = async <T>(directory: string, fill: (temporary: string) => Promise<T>): Promise<T> => {
  let isNew = false
  let done = false
  try {
    isNew = (await mkdir(directory, { recursive: true, mode: 0o700 })) !== undefined
    return await locked(directory, async (temporary) => {
      await requireEmpty(directory)
      const filled = await fill(temporary)
      await moveIn(directory, temporary)
      done = true
      return filled
    })
  } catch (cause) {
    throw unusable(directory, cause)
  } finally {
    if (isNew && !done) await rmdir(directory).catch(() => undefined)
  }
}
