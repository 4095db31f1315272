// fogbell restore: the data directory of a backup. It is made in restore.tmp within the directory and put in place at the end; while
// restore.tmp is there, a start refuses the directory, and the next restore begins anew. Opens the new store and knows few of its rows.

import { randomUUID } from 'node:crypto'
import { chmod, lchown, mkdir, open, rename, rm, rmdir, stat, statfs, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { type BackupSummary, type BackupTarget, readBackup } from '../backup/read-backup.ts'
import { storeDirectory } from '../data-check.ts'
import { markerFile, tokenFile, writeMarker } from '../data-dir.ts'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { isLockedElsewhere, openFilling, type RawFilling } from '../store/level.ts'
import { type CheckedBackup, checkRows, openBackup, type ReadableBackup } from './backup-file.ts'
import { reasonOf } from './file-faults.ts'
import { entriesIn, locked, nearestExisting, type Room, realPath, requireWritable, settle, sync } from './held-dir.ts'
import { createRestoredRows, type RestoredRows } from './restored-rows.ts'

export interface RestoreOptions {
  readonly file: string
  readonly dataDir: string
  /** null: none is given. */
  readonly passphrase: string | null
}

export interface Restored extends CheckedBackup {
  readonly dataDir: string
  /** The new id of the store. */
  readonly restored: string
}

/** In the order in which they are put in place. Without a store, a start refuses what is there. */
const placed = ['images', 'admin.token', 'instance.json', 'store'] as const
/** Written when all is whole and on disk, before the first is put in place. */
const placingFile = (temporary: string): string => join(temporary, 'placing')

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Of a restore that was killed while it put its parts in place: those that are no longer in its temporary directory are in place. */
const placedBefore = async (temporary: string): Promise<readonly string[]> => {
  if (!(await exists(placingFile(temporary)))) return []
  const names: string[] = []
  for (const name of placed) if (!(await exists(join(temporary, name)))) names.push(name)
  return names
}

const takeBack = async (directory: string, temporary: string): Promise<void> => {
  for (const name of await placedBefore(temporary)) await rm(join(directory, name), { recursive: true, force: true })
  await rm(placingFile(temporary), { force: true })
}

const requireEmpty = async (directory: string): Promise<void> => {
  const found = await entriesIn(directory, 'restore')
  const ours = new Set(await placedBefore(join(directory, 'restore.tmp')))
  if (found.every((name) => ours.has(name))) return
  const store = storeDirectory(directory)
  if ((await exists(join(store, 'LOCK'))) && (await isLockedElsewhere(store)))
    throw new OtaError('OTA_STORE_LOCKED', sentence('store_locked', { directory: store }))
  throw new OtaError('OTA_DATA_DIR', sentence('restore_data_not_empty', { dir: directory, found }))
}

const checkOutside = async (file: string, dir: string): Promise<void> => {
  if ((await realPath(file)).startsWith(`${await realPath(dir)}${sep}`))
    throw new OtaError('OTA_DATA_DIR', sentence('restore_within', { file, dir }))
}

/** Besides the size of the backup: LevelDB's log and tables beside each other. */
const spareBytes = 32 << 20

const checkSpace = async (dir: string, size: number): Promise<void> => {
  const { bavail, bsize } = await statfs(await nearestExisting(resolve(dir)))
  const [free, needed] = [bavail * bsize, size + spareBytes]
  if (free < needed) throw new OtaError('OTA_DATA_DIR', sentence('restore_no_space', { dir, free, needed }))
}

const writeImage = async (path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> => {
  const file = await open(path, 'wx', 0o640)
  try {
    for await (const piece of bytes) for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten
  } finally {
    await file.close()
  }
}

const createTarget = (temporary: string, filling: RawFilling, restored: RestoredRows): BackupTarget => ({
  async rows(rows, from) {
    checkRows(rows, from)
    await filling.put(restored.kept(rows))
  },
  image: (sha256, bytes) => writeImage(join(temporary, 'images', sha256), bytes),
  token: (text) => writeFile(tokenFile(temporary), text, { mode: 0o600 }),
})

const fill = async (backup: ReadableBackup, temporary: string, instance: string): Promise<BackupSummary> => {
  const restored = createRestoredRows(instance)
  await mkdir(join(temporary, 'images'), { mode: 0o750 })
  const filling = await openFilling(storeDirectory(temporary))
  try {
    const summary = await readBackup(backup.bytes(), backup.file, createTarget(temporary, filling, restored))
    await filling.put(restored.last())
    const format = restored.format()
    if (format === null) throw new OtaError('OTA_BACKUP_INVALID', sentence('backup_part_missing', { of: backup.file, part: 'format' }))
    await writeMarker(temporary, { id: instance, format })
    return summary
  } finally {
    await filling.close()
  }
}

const settleFile = async (path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> => {
  if (process.getuid?.() === 0) await lchown(path, uid, gid)
  await sync(path)
}

/** It takes the place and the rights of the token that is there: a package may have made one that its group may read. */
const settleToken = async (path: string, before: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> => {
  const replaced = await stat(before).catch(() => null)
  if (replaced?.isFile() === true) await chmod(path, replaced.mode & 0o660)
  await settleFile(path, owner)
}

/** All is on disk before the first part is put in place; the removal of restore.tmp makes the directory whole. */
const place = async (directory: string, temporary: string): Promise<void> => {
  const owner = await stat(directory)
  for (const name of ['images', 'store']) await settle(join(temporary, name), owner)
  await settleFile(markerFile(temporary), owner)
  await settleToken(tokenFile(temporary), tokenFile(directory), owner)
  // A server that had looked at the directory before this restore began may have made a store in it meanwhile.
  await requireEmpty(directory)
  await writeFile(placingFile(temporary), '', { flush: true })
  await sync(temporary)
  for (const name of placed) await rename(join(temporary, name), join(directory, name))
  await sync(directory)
  await sync(dirname(resolve(directory)))
}

/** Nothing of a failed restore stays: what was put in place goes before the temporary directory is no longer one of a restore. */
const undone = async (directory: string, temporary: string): Promise<void> => {
  await takeBack(directory, temporary)
  for (const name of placed) await rm(join(temporary, name), { recursive: true, force: true })
}

const fillAndPlace = async (backup: ReadableBackup, directory: string, temporary: string, instance: string): Promise<BackupSummary> => {
  await requireEmpty(directory)
  try {
    const summary = await fill(backup, temporary, instance)
    await place(directory, temporary)
    return summary
  } catch (cause) {
    await undone(directory, temporary)
    throw cause
  }
}

const roomOf = (directory: string): Room => ({
  directory,
  kind: 'restore',
  underWay: sentence('restore_under_way', { dir: directory }),
  undo: (temporary) => takeBack(directory, temporary),
})

const perform = async (backup: ReadableBackup, directory: string, instance: string): Promise<BackupSummary> => {
  let [isNew, done] = [false, false]
  try {
    isNew = (await mkdir(directory, { recursive: true, mode: 0o700 })) !== undefined
    const summary = await locked(roomOf(directory), (temporary) => fillAndPlace(backup, directory, temporary, instance))
    await sync(directory)
    done = true
    return summary
  } catch (cause) {
    if (cause instanceof OtaError) throw cause
    throw new OtaError('OTA_DATA_DIR', sentence('restore_failed', { dir: directory, why: reasonOf(cause) }), { cause })
  } finally {
    if (isNew && !done) await rmdir(directory).catch(() => undefined)
  }
}

/**
 * OTA_BACKUP_INVALID or OTA_STORE_NEWER of the backup, OTA_DATA_DIR or OTA_STORE_LOCKED of the directory. After any error the directory is as
 * empty as before.
 */
export const restore = async ({ file, dataDir, passphrase }: RestoreOptions): Promise<Restored> => {
  const backup = await openBackup(file, passphrase)
  await checkOutside(file, dataDir)
  await requireEmpty(dataDir)
  await requireWritable(dataDir)
  await checkSpace(dataDir, backup.size)
  const restored = randomUUID()
  const summary = await perform(backup, dataDir, restored)
  return { file, size: backup.size, encrypted: backup.encrypted, ...summary, dataDir: resolve(dataDir), restored }
}
