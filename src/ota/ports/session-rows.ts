// What the broker's sessions need of the store: their own keys and values, on the same disk. Types only.

/** One operation on a key of MQTT sessions. Values are binary. */
export type SessionOp =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: string }

/** Keys and values of MQTT sessions, on the same disk and in the same groups of writes as the OTA data. */
export interface SessionRows {
  /**
   * Atomic. Commits that arrive together, of sessions and of OTA data, share one write and resolve in order. With `durable` it is synced
   * when it resolves; without, the system has it, so it survives the end of the process. Rejects with OTA_STORE_FAILED.
   */
  commit(ops: readonly SessionOp[], durable: boolean): Promise<void>
  /** All rows in the order of their keys, in large pieces, to be read at start. */
  pieces(): AsyncIterable<readonly (readonly [key: string, value: Uint8Array])[]>
}
