// The images in use: cached ones complete in memory, shared by all downloads, up to a limit; the others from disk, block by block.
// Knows no tasks, no HTTP. A file that is removed while it is in use is still read to its end.

import { createBlockPool } from './block-pool.ts'
import { type Blocks, type ImageSource, type LoadedImage, loadImage, openImage } from './loaded-image.ts'

/** Bytes that each download of an image that is not cached copies at once: a slow client must not keep a whole block. */
const PIECE_BYTES = 131_072
/** Blocks of 1 MiB, shared by downloads of images that are not cached. */
const BLOCKS_KEPT = 32

/** One download's hold on an image. */
export interface Lease {
  /** Bytes from `position`: at least one, at most `most`; without a promise if they are in memory. Valid until the next call. */
  read(position: number, most: number): Buffer | Promise<Buffer>
  close(): void
}

/** All of an image in memory, which it does not leave while it has users. */
export interface WholeImage {
  readonly bytes: Buffer
  readonly held: { users: number }
}

export interface ImageCache {
  /** Rejects if the file cannot be opened, does not have `size` bytes, or is soon found to have other bytes than the image. */
  open(source: ImageSource): Promise<Lease>
  /** The image if all of it is in memory already. */
  whole(source: ImageSource): WholeImage | undefined
}

interface Entry {
  readonly image: Promise<LoadedImage>
  readonly size: number
  users: number
  whole: WholeImage | undefined
}

/** Finds or creates the entry of an image. */
type Take = (source: ImageSource) => Entry | undefined

interface Shelf {
  readonly take: Take
  /** What is there already. */
  readonly known: (sha256: string) => Entry | undefined
}

/** Images in memory, together at most `bytes`, including those in use; the least recently used one makes room. Undefined: no room. */
const createShelf = (bytes: number): Shelf => {
  const entries = new Map<string, Entry>()
  let newest: Entry | undefined
  let held = 0
  const drop = (sha256: string, entry: Entry): void => {
    if (entries.get(sha256) === entry && entries.delete(sha256)) held -= entry.size
    if (newest === entry) newest = undefined
  }
  const hasRoom = (size: number): boolean => {
    if (size > bytes / 2) return false
    for (const [sha256, entry] of entries) {
      if (held + size <= bytes) break
      if (entry.users === 0) drop(sha256, entry)
    }
    return held + size <= bytes
  }
  const load = (source: ImageSource): Entry => {
    const { sha256, size } = source
    const failed = (): void => drop(sha256, entry)
    const loaded = (bytes: Buffer): void => {
      entry.whole = { bytes, held: entry }
    }
    const entry: Entry = { image: loadImage(source, failed, loaded), size, users: 0, whole: undefined }
    entry.image.catch(failed)
    held += size
    return entry
  }
  const use = (sha256: string, entry: Entry): Entry => {
    if (entry === newest) return entry
    newest = entry
    entries.delete(sha256)
    entries.set(sha256, entry)
    return entry
  }
  return {
    take: (source) => {
      const { sha256, size } = source
      const known = entries.get(sha256)
      if (known === undefined && !hasRoom(size)) return undefined
      return use(sha256, known ?? load(source))
    },
    known: (sha256) => {
      const entry = entries.get(sha256)
      return entry && use(sha256, entry)
    },
  }
}

/** Open files, each opened once for all its readers and closed with the last of them; later readers open a damaged one again. */
const createOpenFiles = (
  blocks: Blocks,
): { readonly take: (...image: Parameters<Take>) => Entry; release(sha256: string, entry: Entry): void } => {
  const entries = new Map<string, Entry>()
  return {
    take: (source) => {
      const { sha256, size } = source
      const entry = entries.get(sha256) ?? {
        image: openImage(source, blocks, () => entries.delete(sha256)),
        size,
        users: 0,
        whole: undefined,
      }
      entries.set(sha256, entry)
      return entry
    },
    release: (sha256, entry) => {
      if (entry.users > 0) return
      if (entries.get(sha256) === entry) entries.delete(sha256)
      entry.image.then((image) => image.close()).catch(() => undefined)
    },
  }
}

/** From memory as it is; from a file by way of a copy of its own. */
const leaseOf = (image: LoadedImage, isCached: boolean, size: number, close: () => void): Lease => {
  if (isCached) return { read: image.read, close }
  let piece: Buffer | undefined
  let from = 0
  let held = 0
  const copied = (position: number, most: number): Buffer | undefined => {
    const start = position - from
    return start >= 0 && start < held ? piece?.subarray(start, Math.min(held, start + most)) : undefined
  }
  const copy = async (position: number, most: number): Promise<Buffer> => {
    piece ??= Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, size))
    const bytes = await image.read(position, piece.length)
    held = bytes.copy(piece)
    from = position
    return piece.subarray(0, Math.min(held, most))
  }
  return { read: (position, most) => copied(position, most) ?? copy(position, most), close }
}

/** `cacheBytes` limits the memory of cached images; an image larger than half of it is never cached. */
export const createImageCache = (cacheBytes: number): ImageCache => {
  const shelf = createShelf(cacheBytes)
  const files = createOpenFiles(createBlockPool(BLOCKS_KEPT))
  return {
    open: async (source) => {
      const { sha256, size } = source
      const cached = shelf.take(source)
      const entry = cached ?? files.take(source)
      entry.users += 1
      let open = true
      const release = (): void => {
        if (open) entry.users -= 1
        open = false
        files.release(sha256, entry)
      }
      try {
        return leaseOf(await entry.image, cached !== undefined, size, release)
      } catch (cause) {
        release()
        throw cause
      }
    },
    whole: ({ sha256, size }) => {
      const whole = shelf.known(sha256)?.whole
      return whole?.bytes.length === size ? whole : undefined
    },
  }
}
