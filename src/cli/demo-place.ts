// The folder of the demo: a new one among the temporary files of this machine. Knows nothing of what happens in it.

import { mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { type Io, variable } from './io.ts'

/** More than the demo writes, so that a log or a core beside it does not fill the disk meanwhile. */
const neededBytes = 32 * 1024 * 1024

const unusable = (folder: string, cause: unknown): OtaError =>
  new OtaError('OTA_DATA_DIR', sentence('demo_folder_unusable', { folder, why: cause instanceof Error ? cause.message : String(cause) }), {
    cause,
  })

/** Makes it in TMPDIR, or where the system has its temporary files. OTA_DATA_DIR if it cannot be written or is nearly full. */
export const makeDemoPlace = async (io: Io): Promise<string> => {
  const folder = variable(io, 'TMPDIR') ?? tmpdir()
  try {
    const { blocks, bavail, bsize } = await statfs(folder)
    // Some file systems do not say how large they are.
    const free = bavail * bsize
    if (blocks > 0 && free < neededBytes)
      throw new OtaError('OTA_DATA_DIR', sentence('demo_folder_full', { folder, free, needed: neededBytes }))
    return await mkdtemp(join(folder, 'fogbell-demo-'))
  } catch (cause) {
    throw cause instanceof OtaError ? cause : unusable(folder, cause)
  }
}
