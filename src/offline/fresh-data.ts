// A data directory that is filled at once or not at all: its store is built in a temporary directory within it, on the same disk, and
// renamed into its place at the end. Owner and rights of a directory that exists stay. Knows no record.

import { constants } from 'node:fs'
import { access, chown, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { markerFile } from '../data-dir.ts'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { codeOf, reasonOf } from './file-faults.ts'

/** What a new server or a mounted disk brings; a directory with nothing else is empty. */
const ignored = new Set(['admin.token', 'fogbell.json', 'lost+found'])
const temporaryName = /^migration\.(\d+)\.tmp$/
const named = 3

const unusable = (dir: string, cause: unknown): OtaError =>
  cause instanceof OtaError
    ? cause
    : new OtaError('OTA_DATA_DIR', sentence('migrate_data_unusable', { dir, why: reasonOf(cause) }), { cause })

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return codeOf(cause) === 'EPERM'
  }
}

/** What an earlier migration left behind when it was killed; null: not one of those. OTA_DATA_DIR where it still runs. */
const leftover = (directory: string, name: string): string | null => {
  const match = temporaryName.exec(name)
  if (match === null) return null
  const pid = Number(match[1])
  const path = join(directory, name)
  if (pid !== process.pid && isAlive(pid)) throw new OtaError('OTA_DATA_DIR', sentence('migrate_under_way', { pid, dir: directory, path }))
  return path
}

const namesIn = (directory: string): Promise<readonly string[]> =>
  readdir(directory).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return []
    throw unusable(directory, cause)
  })

const nearestExisting = async (path: string): Promise<string> => {
  const found = await stat(path).catch(() => null)
  return found !== null || dirname(path) === path ? path : await nearestExisting(dirname(path))
}

/** OTA_DATA_DIR unless the directory is empty or missing, and can be written. Gives what a killed migration left in it. */
export const checkFresh = async (directory: string): Promise<readonly string[]> => {
  const names = (await namesIn(directory)).filter((name) => !ignored.has(name))
  const leftovers = names.map((name) => leftover(directory, name))
  const others = names.filter((_name, at) => leftovers[at] === null)
  if (others.length > 0) {
    const found = others.length > named ? [...others.slice(0, named), '…'] : others
    throw new OtaError('OTA_DATA_DIR', sentence('migrate_data_not_empty', { dir: directory, found }))
  }
  await access(await nearestExisting(resolve(directory)), constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw unusable(directory, cause)
  })
  return leftovers.filter((path) => path !== null)
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

/** The store first: without its marker it is taken for whole, the marker alone is not. */
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

/**
 * Makes the directory where it is missing, and its store and marker as `fill` leaves them in `temporary`. The other files there are removed in the
 * end. Throws what `fill` throws, and nothing is changed then; OTA_DATA_DIR as `checkFresh` does.
 */
export const fillFresh = async <T>(directory: string, fill: (temporary: string) => Promise<T>): Promise<T> => {
  for (const path of await checkFresh(directory)) await rm(path, { recursive: true })
  const isNew = (await mkdir(directory, { recursive: true, mode: 0o700 })) !== undefined
  const temporary = join(directory, `migration.${process.pid}.tmp`)
  let done = false
  try {
    await mkdir(temporary, { mode: 0o700 })
    const filled = await fill(temporary)
    await moveIn(directory, temporary)
    done = true
    return filled
  } catch (cause) {
    throw unusable(directory, cause)
  } finally {
    await rm(temporary, { recursive: true, force: true })
    if (isNew && !done) await rmdir(directory).catch(() => undefined)
  }
}
