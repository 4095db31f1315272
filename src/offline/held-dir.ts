// A data directory that one process at a time fills: its temporary directory, on the same disk, with a lock that keeps others out, those in
// other containers too. Owner and rights of a directory that exists stay. Knows no record.

import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, lchown, lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { asOtaError, OtaError } from '../errors.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { codeOf, reasonOf } from './file-faults.ts'
import { type FileLock, lockFile } from './file-lock.ts'

/** Entries that a new server or a mounted disk creates; a directory with nothing else is empty. */
const ignored = new Set(['admin.token', 'fogbell.json', 'lost+found'])
const named = 3

type Kind = 'migration' | 'restore'

export interface Room {
  readonly directory: string
  readonly kind: Kind
  /** What is said where another process fills the directory. */
  readonly underWay: Sentence
  /** Takes back what a killed process has done outside the temporary directory. */
  readonly undo?: (temporary: string) => Promise<void>
}

/** That of the process that works now. */
export const temporaryOf = ({ directory, kind }: Pick<Room, 'directory' | 'kind'>): string => join(directory, `${kind}.tmp`)
/** That, and those that were about to be removed. */
const isTemporary = (kind: Kind, name: string): boolean => name.startsWith(`${kind}.`) && /^[a-z]+(\.[0-9a-f]+)?\.tmp$/.test(name)

export const unusable = (directory: string, cause: unknown): OtaError =>
  cause instanceof OtaError
    ? cause
    : new OtaError('OTA_DATA_DIR', sentence('data_dir_unusable', { directory, why: reasonOf(cause) }), { cause })

export const namesIn = (directory: string): Promise<readonly string[]> =>
  readdir(directory).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return []
    throw unusable(directory, cause)
  })

/** The path itself or the nearest one above it that exists; a link exists also where its target does not. */
export const nearestExisting = async (path: string): Promise<string> => {
  const found = await lstat(path).catch(() => null)
  return found !== null || dirname(path) === path ? path : await nearestExisting(dirname(path))
}

export const realPath = async (path: string): Promise<string> => {
  const existing = await nearestExisting(resolve(path))
  const real = await realpath(existing).catch((cause: unknown) => {
    throw unusable(path, cause)
  })
  return join(real, relative(existing, resolve(path)))
}

export const sync = async (path: string): Promise<void> => {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The directory and all below, on disk and with the owner that the directory above has. */
export const settle = async (path: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> => {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) await settle(inner, owner)
    else {
      if (process.getuid?.() === 0) await lchown(inner, owner.uid, owner.gid)
      await sync(inner)
    }
  }
  if (process.getuid?.() === 0) await lchown(path, owner.uid, owner.gid)
  await sync(path)
}

/** The first of the entries for which a directory is not empty. */
export const entriesIn = async (directory: string, kind: Kind): Promise<readonly string[]> => {
  const names = (await namesIn(directory)).filter((name) => !ignored.has(name) && !isTemporary(kind, name))
  return names.length > named ? [...names.slice(0, named), '…'] : names
}

/** OTA_DATA_DIR unless the directory, or the one in which it is to be made, can be written. */
export const requireWritable = async (directory: string): Promise<void> => {
  await access(await nearestExisting(resolve(directory)), constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw unusable(directory, cause)
  })
}

/** OTA_DATA_DIR where another process holds the lock. */
const takeLock = async (room: Room, own: string): Promise<FileLock> => {
  try {
    return await lockFile(join(temporaryOf(room), 'LOCK'), own)
  } catch (thrown) {
    await rm(own, { recursive: true, force: true })
    const { code, cause } = asOtaError(thrown)
    if (code !== 'OTA_STORE_LOCKED') throw unusable(room.directory, cause)
    throw new OtaError('OTA_DATA_DIR', room.underWay, { cause })
  }
}

/** What killed processes left, but for `kept`. The lock is held, so no other process uses it. */
const removeLeftovers = async (room: Room, kept: readonly string[]): Promise<void> => {
  const { directory, kind } = room
  const temporary = temporaryOf(room)
  const others = (await readdir(directory)).filter((name) => isTemporary(kind, name)).map((name) => join(directory, name))
  const within = (await readdir(temporary)).map((name) => join(temporary, name))
  for (const path of [...others, ...within]) if (!kept.includes(path)) await rm(path, { recursive: true, force: true })
}

/** A link in its place would have what it leads to emptied, and be followed with the rights of the superuser. */
const makeTemporary = async (room: Room): Promise<void> => {
  const temporary = temporaryOf(room)
  await mkdir(temporary, { mode: 0o700 }).catch((cause: unknown) => {
    if (codeOf(cause) !== 'EEXIST') throw cause
  })
  if (!(await lstat(temporary)).isDirectory()) throw unusable(room.directory, new Error(`${temporary} is not a directory`))
}

/**
 * Runs `use` with the directory's temporary one while no other process does. That is moved away before it is removed, with the lock still
 * held: a process that opens the lock by its name gets the held one, or a new one.
 */
export const locked = async <T>(room: Room, use: (temporary: string) => Promise<T>): Promise<T> => {
  const { directory, kind } = room
  const temporary = temporaryOf(room)
  const id = randomBytes(8).toString('hex')
  const [own, removed] = [join(temporary, `lock.${id}`), join(directory, `${kind}.${id}.tmp`)]
  await makeTemporary(room)
  const lock = await takeLock(room, own)
  try {
    await room.undo?.(temporary)
    await removeLeftovers(room, [temporary, join(temporary, 'LOCK'), own])
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
