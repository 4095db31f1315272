// What the broker's sessions need of the store: keys and values of their own, on the same disk. Types only.

/** One raw operation on the keys of MQTT sessions, whose values are binary. */
export type SessionOp =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: string }

/** Keys and values of MQTT sessions, on the same disk and in the same groups of writes as the OTA data. */
export interface SessionRows {
  /**
   * Atomic. Commits that arrive together, of sessions and of OTA data, share one write and resolve in the order they were made. Synced
   * when it resolves if `durable`; else with the system: it outlives the process. Rejects with OTA_STORE_FAILED.
   */
  commit(ops: readonly SessionOp[], durable: boolean): Promise<void>
  /** All rows in the order of their keys, in big pieces: for reading them at start. */
  pieces(): AsyncIterable<readonly (readonly [key: string, value: Uint8Array])[]>
}
