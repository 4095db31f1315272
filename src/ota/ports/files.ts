// Image files, types only.

import type { Digests } from '../model.ts'

export interface FirmwareFiles {
  /**
   * Streams an image to disk: content-addressed, temporary file, fsync, rename. Leaves nothing behind if it rejects.
   * OTA_FIRMWARE_TOO_LARGE above `limit` bytes, OTA_FIRMWARE_EMPTY, OTA_UPLOAD_TORN if the source ends early,
   * OTA_STORE_FAILED if the disk fails.
   */
  receive(source: AsyncIterable<Uint8Array>, limit: number): Promise<Digests>
  /** Absolute path of the image with that SHA-256. */
  path(sha256: string): string
  /** Absolute path of the digests of that image's blocks; images of earlier versions have none. */
  digestsPath(sha256: string): string
  remove(sha256: string): Promise<void>
  /** The SHA-256 of each image that is there. */
  stored(): Promise<ReadonlySet<string>>
  /** At start: removes incomplete uploads and images that are not in `known`; null: every image stays. */
  sweep(known: ReadonlySet<string> | null): Promise<void>
}
