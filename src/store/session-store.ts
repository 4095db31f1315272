// MQTT sessions in the store's directory: the port `SessionRows` under a prefix of its own, over the one group commit.
// Knows no packet, no session and no OTA record.

import type { SessionOp, SessionRows } from '../ota/ports/session-rows.ts'

export type { SessionOp, SessionRows }

/** The directory, whose keys have the prefix. */
interface Directory {
  commit(ops: readonly SessionOp[], durable: boolean): Promise<void>
  pieces(gte: string, lt: string): AsyncIterable<readonly (readonly [key: string, value: Uint8Array])[]>
}

/** No key of OTA data begins with `!`. */
export const sessionPrefix = '!session!'
/** Above all keys with the prefix. */
export const sessionEnd = '!session"'

export const createSessionRows = (directory: Directory): SessionRows => ({
  commit: (ops, durable) =>
    directory.commit(
      ops.map((op) => ({ ...op, key: sessionPrefix + op.key })),
      durable,
    ),
  async *pieces() {
    for await (const rows of directory.pieces(sessionPrefix, sessionEnd))
      yield rows.map(([key, value]) => [key.slice(sessionPrefix.length), value] as const)
  },
})
