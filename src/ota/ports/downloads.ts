// What the download server and the core ask of each other, types only.

/** What a link's task allows: `until` null while the task is open, else the end of its validity; `gone` from a cancel on. */
export interface Grant {
  readonly task: number
  readonly sha256: string
  readonly size: number
  readonly gone: boolean
  readonly until: number | null
  /** Bytes counted before (`Task.bytes`): where the count goes on after a restart, taken as the image's first ones. */
  readonly bytes: number
}

/**
 * Bytes that went out by a task's link, told at most a few times a second. `bytes` counts each byte of the image once, when the
 * system took it; `complete`: all of it is known to have arrived. `quietMs`: how long before this the last byte went out.
 * `sure`: it is complete by an act of the client (its next request, its orderly end), not for mere quiet after the last byte.
 */
export interface Served {
  readonly task: number
  readonly bytes: number
  readonly complete: boolean
  readonly sure: boolean
  readonly quietMs: number
}

export interface Downloads {
  /** The signed URL of a task's image (protocol.md §3, §7). `host` as `Transport.host` gives it. */
  url(task: number, sha256: string, host: string): string
  /** The task ended or was removed: what was granted for it must be asked anew. */
  forget(task: number): void
}

/** What the downloads ask of the core and tell it. */
export interface DownloadSide {
  grant(task: number): Promise<Grant | undefined>
  served(report: Served): void
}
