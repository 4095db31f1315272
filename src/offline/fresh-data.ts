// A data directory that is filled atomically: its store is built in a temporary directory within it, on the same disk, and
// renamed into its place at the end. A lock in the temporary directory keeps other migrations out, those in other containers too. Owner and
// rights of a directory that exists stay. Knows no record.

import { lchown, mkdir, rename, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { markerFile } from '../data-dir.ts'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { entriesIn, locked, realPath, requireWritable, settle, sync, unusable } from './held-dir.ts'

/** OTA_DATA_DIR if the directory is the source or inside it, links followed. */
export const checkOutside = async (directory: string, source: string): Promise<void> => {
  const [inner, outer] = [await realPath(directory), await realPath(source)]
  if (`${inner}${sep}`.startsWith(`${outer}${sep}`))
    throw new OtaError('OTA_DATA_DIR', sentence('migrate_data_within', { dir: directory, source }))
}

const requireEmpty = async (directory: string): Promise<void> => {
  const found = await entriesIn(directory, 'migration')
  if (found.length > 0) throw new OtaError('OTA_DATA_DIR', sentence('migrate_data_not_empty', { dir: directory, found }))
}

/** OTA_DATA_DIR unless the directory is empty or missing, and can be written. */
export const checkFresh = async (directory: string): Promise<void> => {
  await requireEmpty(directory)
  await requireWritable(directory)
}

/** The store is moved first: without its marker it is accepted, but a marker without a store is not. */
const moveIn = async (directory: string, temporary: string): Promise<void> => {
  const owner = await stat(directory)
  const [store, marker] = [join(temporary, 'store'), markerFile(temporary)]
  await settle(store, owner)
  if (process.getuid?.() === 0) await lchown(marker, owner.uid, owner.gid)
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
  let isNew = false
  let done = false
  try {
    isNew = (await mkdir(directory, { recursive: true, mode: 0o700 })) !== undefined
    return await locked(
      { directory, kind: 'migration', underWay: sentence('migrate_under_way', { dir: directory }) },
      async (temporary) => {
        await requireEmpty(directory)
        const filled = await fill(temporary)
        await moveIn(directory, temporary)
        done = true
        return filled
      },
    )
  } catch (cause) {
    throw unusable(directory, cause)
  } finally {
    if (isNew && !done) await rmdir(directory).catch(() => undefined)
  }
}
