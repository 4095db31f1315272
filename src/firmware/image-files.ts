// Images on disk, each named by its SHA-256: written to a temporary file, synced, renamed, and the directory synced.
// An image is stored completely or not at all. Knows no packages, no HTTP.

import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { OtaError } from '../errors.ts'
import { createBlockDigest, sealedDigests } from '../image-blocks.ts'
import type { Digests } from '../ota/model.ts'
import type { FirmwareFiles } from '../ota/ports/files.ts'
import { sentence } from '../sentences/sentence.ts'
import { createDigest } from './digest.ts'

/** Hashing is synchronous: larger chunks are split into pieces of this size, so that nothing else waits long. */
const PIECE_BYTES = 262_144
const TEMPORARY = '.part'
const IMAGE_NAME = /^[0-9a-f]{64}$/
/** Readable by the group, so that a backup can run as another user; not readable by others. */
const FILE_MODE = 0o640
const DIRECTORY_MODE = 0o750
/** Errors of systems that cannot sync a directory. */
const CANNOT_SYNC = new Set(['EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM'])

/** Awaits a job on the disk; its errors become OTA_STORE_FAILED. */
type OnDisk = <T>(job: Promise<T>) => Promise<T>

const onDiskAt =
  (directory: string): OnDisk =>
  (job) =>
    job.catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new OtaError('OTA_STORE_FAILED', sentence('image_directory_failed', { directory, why }), { cause })
    })

/** The source's pieces; its errors are distinguished from those of the disk. */
async function* piecesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES)
    }
  } catch (cause) {
    if (cause instanceof OtaError) throw cause
    throw new OtaError('OTA_UPLOAD_TORN', sentence('upload_incomplete'), { cause })
  }
}

const writeFully = async (file: FileHandle, piece: Uint8Array): Promise<void> => {
  for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten
}

/** Of an image, and of its blocks. */
interface Received {
  readonly digests: Digests
  readonly blocks: Buffer
}

const copy = async (file: FileHandle, source: AsyncIterable<Uint8Array>, limit: number, onDisk: OnDisk): Promise<Received> => {
  const digest = createDigest()
  const blocks = createBlockDigest()
  let size = 0
  for await (const piece of piecesOf(source)) {
    size += piece.length
    if (size > limit) throw new OtaError('OTA_FIRMWARE_TOO_LARGE', sentence('image_too_large', { limit }))
    digest.update(piece)
    blocks.update(piece)
    await onDisk(writeFully(file, piece))
  }
  if (size === 0) throw new OtaError('OTA_FIRMWARE_EMPTY', sentence('image_empty'))
  await onDisk(file.sync())
  return { digests: digest.finish(), blocks: blocks.finish() }
}

const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && CANNOT_SYNC.has(String(cause.code)))) throw cause
  } finally {
    await handle.close()
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Renames and makes the name durable. An image that already existed stays in any case: others may need it. */
const place = async (directory: string, temporary: string, path: string): Promise<void> => {
  const known = await isThere(path)
  await rename(temporary, path)
  try {
    await syncDirectory(directory)
  } catch (cause) {
    if (!known) await rm(path, { force: true })
    throw cause
  }
}

/** One job at a time: of two uploads of the same bytes, one must not remove the file that the other has just renamed. */
const createTurns = (): ((job: () => Promise<void>) => Promise<void>) => {
  let last: Promise<unknown> = Promise.resolve()
  return (job) => {
    const turn = last.then(job)
    last = turn.catch(() => undefined)
    return turn
  }
}

const writeTemporary = async (path: string, source: AsyncIterable<Uint8Array>, limit: number, onDisk: OnDisk): Promise<Received> => {
  const file = await onDisk(open(path, 'wx', FILE_MODE))
  try {
    return await copy(file, source, limit, onDisk)
  } finally {
    await file.close().catch(() => undefined)
  }
}

/** A disk that has room for the image but not for its digests is no reason to refuse it: downloads make them again. */
const keepBlocks = async (path: string, sha256: string, blocks: Buffer): Promise<void> => {
  const temporary = `${path}.${randomUUID()}${TEMPORARY}`
  try {
    await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE })
    await writeFile(temporary, sealedDigests(sha256, blocks), { mode: FILE_MODE, flush: true })
    await rename(temporary, path)
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}

/** Entries of the directory that are incomplete, or belong to no known image; null: all count as known. */
const staleIn = (names: readonly string[], known: ReadonlySet<string> | null): readonly string[] =>
  names.filter((name) => name.endsWith(TEMPORARY) || (known !== null && IMAGE_NAME.test(name) && !known.has(name)))

/**
 * The images of one directory, which is created if it is missing (mode 0750; images are 0640). `receive` reads the source's next
 * chunk only after the last one was written, and holds one chunk at a time; it ends the source early (`return()`) when it
 * refuses. The digests of their blocks are in a directory of their own beside it. An `OtaError` thrown by the source is passed on. Rejects with OTA_STORE_FAILED if the directory cannot be created.
 */
export const createFirmwareFiles = async (directory: string): Promise<FirmwareFiles> => {
  const root = resolve(directory)
  const onDisk = onDiskAt(root)
  const inTurn = createTurns()
  const path = (sha256: string): string => join(root, sha256)
  const digestsRoot = `${root}.digests`
  const digestsPath = (sha256: string): string => join(digestsRoot, sha256)
  await onDisk(mkdir(root, { recursive: true, mode: DIRECTORY_MODE }).then(() => syncDirectory(dirname(root))))
  return {
    path,
    digestsPath,
    receive: async (source, limit) => {
      const temporary = join(root, `${randomUUID()}${TEMPORARY}`)
      try {
        const { digests, blocks } = await writeTemporary(temporary, source, limit, onDisk)
        await onDisk(inTurn(() => place(root, temporary, path(digests.sha256))))
        await keepBlocks(digestsPath(digests.sha256), digests.sha256, blocks)
        return digests
      } catch (cause) {
        await rm(temporary, { force: true }).catch(() => undefined)
        throw cause
      }
    },
    remove: async (sha256) => {
      await onDisk(inTurn(() => rm(path(sha256), { force: true })))
      await onDisk(rm(digestsPath(sha256), { force: true }))
    },
    stored: async () => new Set((await onDisk(readdir(root))).filter((name) => IMAGE_NAME.test(name))),
    sweep: async (known) => {
      for (const directory of [root, digestsRoot]) {
        const names = await onDisk(directory === root ? readdir(root) : readdir(directory).catch(() => []))
        await onDisk(Promise.all(staleIn(names, known).map((name) => rm(join(directory, name), { force: true }))))
      }
    },
  }
}
