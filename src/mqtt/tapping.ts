// Self-test messages of devices that are being tested, on their way past: the tap gets them, subscribers as ever. Knows no station.

import type { Connection, Tap } from '../ota/ports/mqtt.ts'
import type { Client } from './client.ts'
import type { Publish } from './wire/packets.ts'

const recorded = (tap: Tap, connection: Connection, topic: Parameters<Tap['message']>[1], payload: Uint8Array): Promise<void> => {
  try {
    // A copy: the bytes of a socket are used again.
    return tap.message(connection, topic, Uint8Array.from(payload))
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)))
  }
}

/**
 * What acknowledges an ordinary message once it is stored: `stored` itself, or for one that the tap wants `stored` once it is recorded there too,
 * and `failed` if it is not. Each copy is handed on, also those that are not published again: the first may have been lost in a crash.
 */
export const tapped = (tap: Tap, client: Client, { topic, payload }: Publish, stored: () => void, failed: (cause: unknown) => void) => {
  const { connection, topics } = client
  if (connection === null || !tap.wants(connection.device)) return stored
  const wanted = topics?.selfTest(topic) ?? null
  if (wanted === null) return stored
  const handed = recorded(tap, connection, wanted, payload)
  handed.catch(failed)
  return (): void => void handed.then(stored, () => undefined)
}
