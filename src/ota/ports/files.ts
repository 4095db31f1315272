// Image files, types only.

import type { Digests } from '../model.ts'

export interface FirmwareFiles {
  /**
   * Streams an image to disk: content-addressed, temp file, fsync, rename. Leaves nothing behind when it rejects.
   * OTA_FIRMWARE_TOO_LARGE beyond `limit` bytes, OTA_FIRMWARE_EMPTY, OTA_UPLOAD_TORN when the source ends early,
   * OTA_STORE_FAILED when the disk does.
   */
  receive(source: AsyncIterable<Uint8Array>, limit: number): Promise<Digests>
  /** Absolute path of the image with that SHA-256. */
  path(sha256: string): string
  remove(sha256: string): Promise<void>
  /** At start: removes torn uploads and images that nobody knows. */
  sweep(known: ReadonlySet<string>): Promise<void>
}
