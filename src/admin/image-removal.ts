// Uploads and removals of image files at the same time: the same bytes may be uploaded while the last package with them is removed.
// Files are content-addressed, so a file is removed only while no upload is running. Knows no HTTP.

import type { Log } from '../log.ts'
import type { Digests } from '../ota/model.ts'
import type { FirmwareFiles } from '../ota/ports/files.ts'
import type { Operators } from '../ota/ports/operators.ts'

export interface ImageRemoval {
  /**
   * Streams an image to disk and passes its digests to `use`, which makes a package of it. If `use` rejects, the file is removed
   * unless another package needs it.
   */
  receive<T>(source: AsyncIterable<Uint8Array>, use: (digests: Digests) => Promise<T>): Promise<T>
  /** Resolves when no removal is running; none begins before the returned function is called. Repeated calls of it do nothing. */
  hold(): Promise<() => void>
  /** Removes the file if no package needs it: now, or when the running uploads have ended. Never rejects. */
  release(sha256: string): Promise<void>
  /** Resolves when no upload or removal is running. */
  idle(): Promise<void>
}

/** A file that cannot be removed now is only logged: unknown files are removed at the next start. */
export const createImageRemoval = (
  files: Pick<FirmwareFiles, 'receive' | 'remove'>,
  operators: { readonly firmware: Pick<Operators['firmware'], 'imageInUse'> },
  maxFileBytes: number,
  log: Log,
): ImageRemoval => {
  const unwanted = new Set<string>()
  const waiting: (() => void)[] = []
  let uploads = 0
  let removing: Promise<void> = Promise.resolve()

  const removeUnwanted = async (): Promise<void> => {
    for (const sha256 of unwanted) {
      unwanted.delete(sha256)
      if (operators.firmware.imageInUse(sha256)) continue
      await files
        .remove(sha256)
        .catch((err: unknown) => log.warn({ sha256, err }, 'admin: an image that no package needs could not be removed'))
    }
  }
  const release = (sha256: string): Promise<void> => {
    unwanted.add(sha256)
    if (uploads === 0) removing = removing.then(removeUnwanted)
    return uploads === 0 ? removing : Promise.resolve()
  }
  const begin = async (): Promise<void> => {
    for (let seen: Promise<void> | undefined; seen !== removing; ) {
      seen = removing
      await seen
    }
    uploads++
  }
  const end = async (): Promise<void> => {
    uploads--
    if (uploads > 0) return
    removing = removing.then(removeUnwanted)
    for (const resolve of waiting.splice(0)) resolve()
    await removing
  }
  const store = async <T>(source: AsyncIterable<Uint8Array>, use: (digests: Digests) => Promise<T>): Promise<T> => {
    const digests = await files.receive(source, maxFileBytes)
    try {
      return await use(digests)
    } catch (cause) {
      unwanted.add(digests.sha256)
      throw cause
    }
  }
  return {
    async receive(source, use) {
      await begin()
      try {
        return await store(source, use)
      } finally {
        await end()
      }
    },
    async hold() {
      await begin()
      let isHeld = true
      return () => {
        if (isHeld) void end()
        isHeld = false
      }
    },
    release,
    async idle() {
      if (uploads > 0) await new Promise<void>((resolve) => waiting.push(resolve))
      await removing
    },
  }
}
