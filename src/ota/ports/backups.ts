// Backups of the running server, as its API sends them. Types only.

/** One backup. `end` frees what it holds, whether its bytes were read or not; repeated calls do nothing. */
export interface OpenBackup {
  readonly fileName: string
  readonly bytes: AsyncIterable<Uint8Array>
  end(): void
}

export interface Backups {
  /**
   * OTA_BACKUP_BUSY while one is open; OTA_BACKUP_FAILED where the image of a package is missing; OTA_STORE_FAILED. The caller keeps
   * images from being removed until the end.
   */
  begin(): Promise<OpenBackup>
}
