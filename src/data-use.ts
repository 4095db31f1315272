// How much of the disk the data directory takes, and what is left of it. Reads names and sizes, opens no file.

import { lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'

export interface DataUse {
  /** Of all files in the data directory; null: it cannot be read. */
  readonly dataBytes: number | null
  /** Of its file system: what the server may still write, and all of it; null: the system does not say. */
  readonly freeBytes: number | null
  readonly diskBytes: number | null
}

/** Of a file; 0 where it has gone since it was listed, as the store's files do. */
const sizeOf = (path: string): Promise<number> =>
  lstat(path).then(
    ({ size }) => size,
    () => 0,
  )

const dataBytesOf = async (directory: string): Promise<number> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  let bytes = 0
  for (const entry of entries) if (entry.isFile()) bytes += await sizeOf(join(entry.parentPath, entry.name))
  return bytes
}

export const measureData = async (directory: string): Promise<DataUse> => {
  const dataBytes = await dataBytesOf(directory).catch(() => null)
  const disk = await statfs(directory).catch(() => null)
  return {
    dataBytes,
    freeBytes: disk === null ? null : disk.bavail * disk.bsize,
    diskBytes: disk === null ? null : disk.blocks * disk.bsize,
  }
}
