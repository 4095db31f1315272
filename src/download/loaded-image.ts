// The bytes of one image, each checked before it is given out: complete in memory, or read from its file block by block. Does not know
// how long an image is kept.

import { createHash } from 'node:crypto'
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { blockBytes, createBlockDigest, isBlock, sealedDigests, unsealedDigests } from '../image-blocks.ts'
import { damage } from './image-fault.ts'

/** How long a first download waits for its whole image to be checked; a larger one, or one on a slow disk, is checked while it is sent. */
const PATIENCE_MS = 1_000

/** Where an image is stored, and what its bytes must be. */
export interface ImageSource {
  readonly sha256: string
  readonly path: string
  readonly size: number
  /** File with the digests of its blocks; it may be missing. */
  readonly digests: string
}

/** One image as all of its downloads share it. */
export interface LoadedImage {
  /** Checked bytes from `position`: at least one, at most `most`; without a promise if they are in memory. Rejects if the file has no such bytes. */
  read(position: number, most: number): Buffer | Promise<Buffer>
  close(): Promise<void>
}

const openExactly = async ({ path, size }: ImageSource): Promise<FileHandle> => {
  const file = await open(path, 'r')
  const { size: found } = await file.stat()
  if (found === size) return file
  await file.close()
  throw damage(`${path} has ${found} bytes, ${size} are recorded`)
}

const readFully = async (file: FileHandle, into: Buffer, position: number): Promise<void> => {
  for (let at = 0; at < into.length; ) {
    const { bytesRead } = await file.read(into, at, into.length - at, position + at)
    if (bytesRead === 0) throw damage(`the image's file ended before byte ${position + at}`)
    at += bytesRead
  }
}

/** Of an image that was stored without digests: all of it is read once and compared with its name. */
const makeDigests = async (file: FileHandle, { sha256, path, size }: ImageSource): Promise<Buffer> => {
  const whole = createHash('sha256')
  const blocks = createBlockDigest()
  const buffer = Buffer.allocUnsafeSlow(Math.min(size, blockBytes))
  for (let at = 0; at < size; at += blockBytes) {
    const block = buffer.subarray(0, Math.min(blockBytes, size - at))
    await readFully(file, block, at)
    whole.update(block)
    blocks.update(block)
  }
  if (whole.digest('hex') !== sha256) throw damage(`${path} does not have the SHA-256 that it is named by`)
  return blocks.finish()
}

/** Stored for the next start; where that fails they are made again. */
const keepDigests = async (path: string, bytes: Buffer): Promise<void> => {
  const temporary = `${path}.${process.pid}.part`
  await writeFile(temporary, bytes, { mode: 0o640 })
    .then(() => rename(temporary, path))
    .catch(() => rm(temporary, { force: true }))
    .catch(() => undefined)
}

const digestsOf = async (file: FileHandle, source: ImageSource): Promise<Buffer> => {
  const { sha256, size, digests: path } = source
  const stored = await readFile(path).catch(() => undefined)
  const known = stored && unsealedDigests(sha256, size, stored)
  if (known !== undefined) return known
  const made = await makeDigests(file, source)
  await keepDigests(path, sealedDigests(sha256, made))
  return made
}

/** Reads a block of an image into `into`, which has the block's length. Rejects if it is not what was stored. */
type ReadBlock = (index: number, into: Buffer) => Promise<void>

const openChecked = async (source: ImageSource): Promise<{ readonly file: FileHandle; readonly readBlock: ReadBlock }> => {
  const file = await openExactly(source)
  try {
    const digests = await digestsOf(file, source)
    const readBlock: ReadBlock = async (index, into) => {
      await readFully(file, into, index * blockBytes)
      if (!isBlock(digests, index, into))
        throw damage(`${source.path} has other bytes than were stored, from byte ${index * blockBytes} on`)
    }
    return { file, readBlock }
  } catch (cause) {
    await file.close()
    throw cause
  }
}

const patience = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS).unref()
  })

/**
 * Reads the whole file into memory, from the start. Rejects if it is soon found not to be the image; of one that takes long, checked blocks
 * can be sent while the rest is still being read, and `failed` is called if reading fails later, `whole` with all bytes when they are there.
 */
export const loadImage = async (source: ImageSource, failed: () => void, whole: (bytes: Buffer) => void): Promise<LoadedImage> => {
  const { size } = source
  const { file, readBlock } = await openChecked(source)
  const buffer = Buffer.allocUnsafeSlow(size)
  let loaded = 0
  let step: Promise<void> = Promise.resolve()
  const readStep = async (): Promise<void> => {
    const end = Math.min(size, loaded + blockBytes)
    await readBlock(loaded / blockBytes, buffer.subarray(loaded, end))
    loaded = end
  }
  const fill = async (): Promise<void> => {
    for (; loaded < size; await step) step = readStep()
  }
  const piece = (position: number, most: number): Buffer => buffer.subarray(position, Math.min(position + most, loaded))
  const waitFor = async (position: number, most: number): Promise<Buffer> => {
    while (loaded <= position) await step
    return piece(position, most)
  }
  const loadAll = async (): Promise<void> => {
    try {
      await fill()
    } finally {
      await file.close()
    }
  }
  const filled = loadAll()
  filled.then(() => whole(buffer)).catch(failed)
  await Promise.race([filled, patience()])
  return {
    read: (position, most) => (loaded > position ? piece(position, most) : waitFor(position, most)),
    close: () => Promise.resolve(),
  }
}

/** Finds a block in memory, or has it read. */
export type Blocks = (key: string, read: () => Promise<Buffer>) => Promise<Buffer>

/** Keeps the file open, and blocks of it only in `blocks`. Rejects as `loadImage` does; `failed` is called where a block is found damaged later. */
export const openImage = async (source: ImageSource, blocks: Blocks, failed: () => void): Promise<LoadedImage> => {
  const { sha256, size } = source
  const { file, readBlock } = await openChecked(source)
  const load = async (index: number): Promise<Buffer> => {
    const block = Buffer.allocUnsafeSlow(Math.min(blockBytes, size - index * blockBytes))
    await readBlock(index, block)
    return block
  }
  return {
    read: async (position, most) => {
      const index = Math.floor(position / blockBytes)
      const block = await blocks(`${sha256} ${index}`, () => load(index)).catch((cause: unknown) => {
        failed()
        throw cause
      })
      const start = position - index * blockBytes
      return block.subarray(start, start + most)
    },
    close: () => file.close().catch(() => undefined),
  }
}
