// What a stored image says of itself. An image that cannot be read now says nothing: other places report that.

import { type FileHandle, open } from 'node:fs/promises'
import type { ImageBytes, ImageFacts } from '../image-format/facts.ts'
import { readImage } from '../image-format/read-image.ts'

const bytesOf = (file: FileHandle, size: number): ImageBytes => ({
  size,
  async read(at, length) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at)
    return buffer.subarray(0, bytesRead)
  },
})

/** Of the image at the path, of that many bytes; null: of no format that is known, or it cannot be read. */
export const storedImageFacts = async (path: string, size: number): Promise<ImageFacts | null> => {
  const file = await open(path).catch(() => null)
  if (file === null) return null
  try {
    return await readImage(bytesOf(file, size))
  } catch {
    return null
  } finally {
    await file.close().catch(() => undefined)
  }
}
