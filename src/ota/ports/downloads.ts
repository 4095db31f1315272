// What the download server and the core ask of each other, types only.

/** What a link's task allows: `until` is null while the task is open, else the time its link expires; `gone` once it was canceled. */
export interface Grant {
  readonly task: number
  readonly sha256: string
  readonly size: number
  readonly gone: boolean
  readonly until: number | null
  /** Bytes counted before (`Task.bytes`): after a restart the count resumes from them, taken as the image's first bytes. */
  readonly bytes: number
}

/**
 * Bytes sent by a task's link, reported at most a few times per second. `bytes` counts each byte of the image once, when the
 * system accepted it; `complete`: all of it is known to be delivered. `quietMs`: how long ago the last byte was sent.
 * `sure`: delivery is known from an act of the client (its next request, its orderly end), not from a quiet time after the last byte.
 */
export interface Served {
  readonly task: number
  readonly bytes: number
  readonly complete: boolean
  readonly sure: boolean
  readonly quietMs: number
}

/** What is wrong with the file of an image: it is not there, has other bytes than were stored, or cannot be read. */
export type ImageFault = 'missing' | 'damaged' | 'unreadable'

/** The image of a task could not be served. */
export interface FaultyImage {
  readonly task: number
  readonly fault: ImageFault
}

/** The connection that a link is sent on. */
export interface LinkTarget {
  /** As `Transport.host` gives it. */
  readonly host: string
  /** As `Transport.tlsHost` gives it. */
  readonly tlsHost: string | null
  /** The product of the device that reads the link. */
  readonly product: string
}

export interface Downloads {
  /** The signed URL of a task's image (protocol.md §3, §7). */
  url(task: number, sha256: string, target: LinkTarget): string
  /** The task ended or was removed: its grant must be requested again. */
  forget(task: number): void
  /** The task's device is back on a newer connection: what it fetched on the one before may never end. */
  returned(task: number): void
}

/** What the downloads request from the core and report to it. */
export interface DownloadSide {
  grant(task: number): Promise<Grant | undefined>
  served(report: Served): void
  /** An image could not be served; repeated while it is asked for. */
  faulty(image: FaultyImage): void
}
