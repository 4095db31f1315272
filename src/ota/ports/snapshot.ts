// The store as it was at one moment. Types only.

/** A key and its value; those of MQTT sessions are binary. */
export type SnapshotRow = readonly [key: string, value: string | Uint8Array]

/** What is written later is not in it. The caller closes it. */
export interface Snapshot {
  /** All rows in the order of their keys, in small pieces. Rejects with OTA_STORE_FAILED. */
  rows(): AsyncIterable<readonly SnapshotRow[]>
  /** Those of OTA data whose keys begin like that. */
  texts(prefix: string): AsyncIterable<readonly (readonly [key: string, value: string])[]>
  close(): Promise<void>
}

export type OpenSnapshot = () => Promise<Snapshot>

/** A row as bytes. */
export type RawRow = readonly [key: Buffer, value: Buffer]
