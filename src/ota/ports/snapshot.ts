// The store as it was at one moment, as bytes. Types only.

/** A key and its value. */
export type RawRow = readonly [key: Buffer, value: Buffer]

/** What is written later is not in it. The caller closes it. */
export interface Snapshot {
  /** All rows whose keys begin like that, in the order of their keys, in small pieces. Rejects with OTA_STORE_FAILED. */
  pieces(prefix: string): AsyncIterable<readonly RawRow[]>
  close(): Promise<void>
}

export type OpenSnapshot = () => Promise<Snapshot>
