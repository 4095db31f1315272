// A lock on a file that the kernel releases with the process that holds it: LevelDB's, which Node has no call for. Knows the store's way to
// open a database, and no row.

import { mkdir, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openForeign } from '../store/level.ts'

export type FileLock = Pick<Awaited<ReturnType<typeof openForeign>>, 'close'>

/**
 * LevelDB locks the file LOCK and never writes to it: an empty database in the new directory `own`, whose LOCK is a link to `file`, has the
 * lock of `file`, which is made where it is missing. Rejects as `openForeign` does: OTA_STORE_LOCKED where another process has it.
 */
export const lockFile = async (file: string, own: string): Promise<FileLock> => {
  await mkdir(own, { mode: 0o700 })
  await symlink(resolve(file), join(own, 'LOCK'))
  return await openForeign(own)
}
