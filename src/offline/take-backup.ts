// fogbell backup: what a server sends as its backup, verified while it comes and written beside its place until it is whole and on disk. A
// killed one leaves only a file that does not have the backup's name, and the next one removes it.

import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type BackupTarget, readBackup } from '../backup/read-backup.ts'
import { createSealer, type Sealer } from '../backup/sealing.ts'
import { asOtaError, OtaError } from '../errors.ts'
import { isAlive } from '../process-alive.ts'
import { sentence } from '../sentences/sentence.ts'
import type { CheckedBackup } from './backup-file.ts'
import { codeOf, reasonOf } from './file-faults.ts'
import { sync } from './held-dir.ts'

export interface TakeOptions {
  readonly file: string
  /** Replace a file that exists. */
  readonly force: boolean
  /** null: not encrypted. */
  readonly passphrase: string | null
  /** The server's answer; opened only when it is known that the file can be written. */
  bytes(): Promise<AsyncIterable<Uint8Array>>
}

/** The file that this process writes. */
export const partialName = (file: string): string => `${file}.${process.pid}.partial`

const failed = (file: string, cause: unknown): OtaError =>
  cause instanceof OtaError
    ? cause
    : new OtaError('OTA_BACKUP_FAILED', sentence('backup_write_failed', { file, why: reasonOf(cause) }), { cause })

/** OTA_BACKUP_FAILED if a backup may not be written there. */
export const checkTarget = async (file: string, force: boolean): Promise<void> => {
  const found = await stat(file).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return null
    throw failed(file, cause)
  })
  if (file === '-' || (found !== null && !found.isFile()))
    throw new OtaError('OTA_BACKUP_FAILED', sentence('backup_target_not_file', { file }))
  if (found !== null && !force) throw new OtaError('OTA_BACKUP_FAILED', sentence('backup_exists', { file }))
}

const clearLeftovers = async (file: string): Promise<void> => {
  const beginning = `${basename(file)}.`
  for (const name of await readdir(dirname(file))) {
    const pid = /^(\d+)\.partial$/.exec(name.slice(beginning.length))?.[1]
    if (!name.startsWith(beginning) || pid === undefined) continue
    if (Number(pid) === process.pid || !isAlive(Number(pid))) await rm(join(dirname(file), name), { force: true })
  }
}

/** Written to disk in small steps: the system would gather all of it, and a server on the same disk would wait for it at once. */
const syncBytes = 4 << 20

const writeAll = async (file: string, handle: FileHandle, pieces: readonly Uint8Array[]): Promise<number> => {
  let size = 0
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const { bytesWritten } = await handle.write(piece, at).catch((cause: unknown) => {
        throw failed(file, cause)
      })
      at += bytesWritten
    }
    size += piece.length
  }
  return size
}

const cutOff = (cause: unknown): OtaError =>
  cause instanceof OtaError ? cause : new OtaError('OTA_BACKUP_FAILED', sentence('backup_cut_off', { why: reasonOf(cause) }), { cause })

/** What comes is written before it is read. */
const written = async function* (
  bytes: AsyncIterable<Uint8Array>,
  write: (pieces: readonly Uint8Array[]) => Promise<void>,
  sealer: Sealer | null,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of bytes) {
      await write(sealer === null ? [chunk] : sealer.add(chunk))
      yield chunk
    }
  } catch (cause) {
    throw cutOff(cause)
  }
}

const unused: BackupTarget = {
  rows: async () => undefined,
  async image(_sha256, bytes) {
    for await (const _ of bytes);
  },
  token: async () => undefined,
}

const receive = async (options: TakeOptions, handle: FileHandle): Promise<CheckedBackup> => {
  const { file, passphrase } = options
  const sealer = passphrase === null ? null : await createSealer(passphrase)
  let size = 0
  let unsynced = 0
  const write = async (pieces: readonly Uint8Array[]): Promise<void> => {
    const written = await writeAll(file, handle, pieces)
    size += written
    unsynced += written
    if (unsynced < syncBytes) return
    unsynced = 0
    await handle.datasync()
  }
  const bytes = await options.bytes()
  // What ends early was cut off on its way, not in a file.
  const summary = await readBackup(written(bytes, write, sealer), 'the backup of the server', unused).catch((thrown: unknown) => {
    const error = asOtaError(thrown)
    throw error.sentence?.code === 'backup_ends_early' ? cutOff(new Error(error.message)) : error
  })
  if (sealer !== null) await write(sealer.end())
  await handle.sync()
  return { file, size, encrypted: sealer !== null, ...summary }
}

const receiving = async (options: TakeOptions, handle: FileHandle): Promise<CheckedBackup> => {
  try {
    return await receive(options, handle)
  } finally {
    await handle.close()
  }
}

const createPartial = async (file: string): Promise<FileHandle> => {
  await clearLeftovers(file)
  return await open(partialName(file), 'wx', 0o600)
}

const finish = async ({ file, force }: TakeOptions): Promise<void> => {
  await checkTarget(file, force)
  await rename(partialName(file), file)
  await sync(dirname(file))
}

/** OTA_BACKUP_FAILED or what the server answers; nothing is left of it then, and a file that exists stays as it was. */
export const takeBackup = async (options: TakeOptions): Promise<CheckedBackup> => {
  const { file, force } = options
  await checkTarget(file, force)
  const handle = await createPartial(file).catch((cause: unknown) => {
    throw failed(file, cause)
  })
  try {
    const taken = await receiving(options, handle)
    await finish(options)
    return taken
  } catch (cause) {
    await rm(partialName(file), { force: true }).catch(() => undefined)
    throw failed(file, cause)
  }
}
