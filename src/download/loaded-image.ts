// The bytes of one image: complete in memory, or read from its file piece by piece. Does not know how long an image is kept.

import { type FileHandle, open } from 'node:fs/promises'

const LOAD_BYTES = 1_048_576

/** One image as all of its downloads share it. */
export interface LoadedImage {
  /**
   * Bytes from `position`: at least one, at most `most`; without a promise if they are in memory, else read into `scratch`.
   * Rejects if the file cannot be read up to there.
   */
  read(position: number, most: number, scratch: () => Buffer): Buffer | Promise<Buffer>
  close(): Promise<void>
}

const openExactly = async (path: string, size: number): Promise<FileHandle> => {
  const file = await open(path, 'r')
  const { size: found } = await file.stat()
  if (found === size) return file
  await file.close()
  throw new Error(`${path} has ${found} bytes, ${size} are recorded`)
}

const readSome = async (file: FileHandle, into: Buffer, offset: number, length: number, position: number): Promise<number> => {
  const { bytesRead } = await file.read(into, offset, length, position)
  if (bytesRead === 0) throw new Error(`the image's file ended before byte ${position}`)
  return bytesRead
}

/**
 * Reads the whole file into memory, from the start; bytes already read can be sent while the rest is still being read.
 * Rejects if the file cannot be opened or does not have `size` bytes; `failed` is called if reading fails later.
 */
export const loadImage = async (path: string, size: number, failed: () => void): Promise<LoadedImage> => {
  const file = await openExactly(path, size)
  const buffer = Buffer.allocUnsafeSlow(size)
  let loaded = 0
  let step: Promise<void> = Promise.resolve()
  const readStep = async (): Promise<void> => {
    loaded += await readSome(file, buffer, loaded, Math.min(LOAD_BYTES, size - loaded), loaded)
  }
  const fill = async (): Promise<void> => {
    for (; loaded < size; await step) step = readStep()
  }
  const piece = (position: number, most: number): Buffer => buffer.subarray(position, Math.min(position + most, loaded))
  const waitFor = async (position: number, most: number): Promise<Buffer> => {
    while (loaded <= position) await step
    return piece(position, most)
  }
  void fill()
    .catch(failed)
    .then(() => file.close())
    .catch(() => undefined)
  return {
    read: (position, most) => (loaded > position ? piece(position, most) : waitFor(position, most)),
    close: () => Promise.resolve(),
  }
}

/** Keeps the file open and nothing in memory. Rejects as `loadImage` does. */
export const openImage = async (path: string, size: number): Promise<LoadedImage> => {
  const file = await openExactly(path, size)
  return {
    read: async (position, most, scratch) => {
      const into = scratch()
      return into.subarray(0, await readSome(file, into, 0, Math.min(most, into.length), position))
    },
    close: () => file.close().catch(() => undefined),
  }
}
