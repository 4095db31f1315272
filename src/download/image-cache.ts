// The images in use: cached ones complete in memory, shared by all downloads, up to a limit; the others from disk in large pieces.
// Knows no tasks, no HTTP. A file that is removed while it is in use is still read to its end.

import { type LoadedImage, loadImage, openImage } from './loaded-image.ts'

/** Reads of images that are not cached; each such download has a buffer of this size. */
const PIECE_BYTES = 262_144

/** One download's hold on an image. */
export interface Lease {
  /** Bytes from `position`: at least one, at most `most`; without a promise if they are in memory. Valid until the next call. */
  read(position: number, most: number): Buffer | Promise<Buffer>
  close(): void
}

export interface ImageCache {
  /** Rejects if the file cannot be opened or does not have `size` bytes. */
  open(sha256: string, path: string, size: number): Promise<Lease>
}

interface Entry {
  readonly image: Promise<LoadedImage>
  readonly size: number
  users: number
}

/** Finds or creates the entry of an image. */
type Take = (sha256: string, path: string, size: number) => Entry | undefined

/** Images in memory, together at most `bytes`, including those in use; the least recently used one makes room. Undefined: no room. */
const createShelf = (bytes: number): Take => {
  const entries = new Map<string, Entry>()
  let held = 0
  const drop = (sha256: string, entry: Entry): void => {
    if (entries.get(sha256) === entry && entries.delete(sha256)) held -= entry.size
  }
  const hasRoom = (size: number): boolean => {
    if (size > bytes / 2) return false
    for (const [sha256, entry] of entries) {
      if (held + size <= bytes) break
      if (entry.users === 0) drop(sha256, entry)
    }
    return held + size <= bytes
  }
  const load = (sha256: string, path: string, size: number): Entry => {
    const failed = (): void => drop(sha256, entry)
    const entry: Entry = { image: loadImage(path, size, failed), size, users: 0 }
    entry.image.catch(failed)
    held += size
    return entry
  }
  return (sha256, path, size) => {
    const known = entries.get(sha256)
    if (known === undefined && !hasRoom(size)) return undefined
    const entry = known ?? load(sha256, path, size)
    entries.delete(sha256)
    entries.set(sha256, entry)
    return entry
  }
}

/** Open files, each opened once for all its readers and closed with the last of them. */
const createOpenFiles = (): { readonly take: (...image: Parameters<Take>) => Entry; release(sha256: string, entry: Entry): void } => {
  const entries = new Map<string, Entry>()
  return {
    take: (sha256, path, size) => {
      const entry = entries.get(sha256) ?? { image: openImage(path, size), size, users: 0 }
      entries.set(sha256, entry)
      return entry
    },
    release: (sha256, entry) => {
      if (entry.users > 0 || entries.get(sha256) !== entry) return
      entries.delete(sha256)
      entry.image.then((image) => image.close()).catch(() => undefined)
    },
  }
}

const leaseOf = (image: LoadedImage, size: number, release: () => void): Lease => {
  let own: Buffer | undefined
  const scratch = (): Buffer => {
    own ??= Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, size))
    return own
  }
  return { read: (position, most) => image.read(position, most, scratch), close: release }
}

/** `cacheBytes` limits the memory of cached images; an image larger than half of it is never cached. */
export const createImageCache = (cacheBytes: number): ImageCache => {
  const shelf = createShelf(cacheBytes)
  const files = createOpenFiles()
  return {
    open: async (sha256, path, size) => {
      const entry = shelf(sha256, path, size) ?? files.take(sha256, path, size)
      entry.users += 1
      let open = true
      const release = (): void => {
        if (open) entry.users -= 1
        open = false
        files.release(sha256, entry)
      }
      try {
        return leaseOf(await entry.image, size, release)
      } catch (cause) {
        release()
        throw cause
      }
    },
  }
}
