// Loads an addon of Node.js that has no file: its bytes are written to a folder of its own, loaded, and removed at once. A file system that is
// mounted `noexec`, full or read-only is passed over for the next one.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface AddonSource {
  /** The file's name, which error messages of the system show. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Folders to try, in this order. */
  readonly folders: readonly string[]
}

const loadFrom = (folder: string, { name, bytes }: AddonSource): unknown => {
  const own = mkdtempSync(join(folder, 'fogbell-'))
  try {
    const file = join(own, name)
    writeFileSync(file, bytes, { mode: 0o500 })
    const loaded: { exports: unknown } = { exports: {} }
    process.dlopen(loaded as unknown as NodeJS.Module, file)
    return loaded.exports
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
}

/** The value after `--data`, which is where a server may write in any case. */
const dataFolders = (args: readonly string[]): readonly string[] =>
  args.flatMap((arg, at) => (arg.startsWith('--data=') ? [arg.slice('--data='.length)] : arg === '--data' ? [args[at + 1] ?? ''] : []))

/**
 * Where an addon may be written: FOGBELL_NATIVE_DIR alone if it is set, else the folder for temporary files, the data directory
 * (`./data` if none is named), /dev/shm.
 */
export const addonFolders = (env: NodeJS.ProcessEnv, args: readonly string[]): readonly string[] => {
  const { FOGBELL_NATIVE_DIR: only, FOGBELL_DATA, FOGBELL_DATA_DIR } = env
  if (only !== undefined && only !== '') return [only]
  const given = [...dataFolders(args), FOGBELL_DATA, FOGBELL_DATA_DIR].flatMap((folder) => folder || [])
  const folders = [tmpdir(), ...(given.length > 0 ? given : ['data']), '/dev/shm', '/var/tmp']
  return folders
}

/** What the addon exports. Throws with each folder that was tried, why it was not possible there, and the remedy. */
export const loadAddon = (source: AddonSource): unknown => {
  const tried: string[] = []
  for (const folder of source.folders) {
    try {
      return loadFrom(folder, source)
    } catch (error) {
      tried.push(`${folder}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(
    `${source.name} could not be loaded from any folder (${tried.join('; ')}): set FOGBELL_NATIVE_DIR to a folder that can be written, on a file system that is not mounted noexec`,
  )
}
