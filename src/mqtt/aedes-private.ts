// Everything that uses private members of Aedes. Verified with aedes 1.2.0: test/mqtt/aedes-private.test.ts fails when they change.
// Knows nothing of devices.

import { writeToStream } from 'mqtt-packet'

/** The version that all of this was verified with. */
export const verifiedWith = '1.2.0'

interface Member {
  readonly id: string
  readonly closed: boolean
}

interface ClientList {
  readonly clients: { readonly [id: string]: Member | undefined }
  registerClient(client: Member): void
  _finishRegisterClient(client: Member): void
  unregisterClient(client: Member): void
}

/**
 * Fixes the engine's list of clients (aedes.js): a client that closed while its CONNECT was being handled is not added, so it neither
 * stays listed for good nor disconnects its successor; and a client that leaves removes no entry but its own.
 */
export const fixClientList = (engine: object): void => {
  const list = engine as ClientList
  const register = list.registerClient.bind(list)
  const finishRegister = list._finishRegisterClient.bind(list)
  const unregister = list.unregisterClient.bind(list)
  list.registerClient = (client) => {
    if (!client.closed) register(client)
  }
  list._finishRegisterClient = (client) => {
    if (!client.closed) finishRegister(client)
  }
  list.unregisterClient = (client) => {
    if (list.clients[client.id] === client) unregister(client)
  }
}

type Done = (error?: Error | null) => void
interface Publisher {
  publish(packet: object, client: unknown, done?: Done): void
}

/**
 * Receives what the engine would publish (`broker.publish`, aedes.js): wills of clients that left without DISCONNECT, and its own
 * messages below `$SYS/`, which have no client.
 */
export const takePublishes = (engine: object, publish: (packet: object, client: object | null, done: () => void) => void): void => {
  const publisher = engine as Publisher
  publisher.publish = (packet, client, done) => {
    const then = typeof client === 'function' ? (client as Done) : done
    publish(packet, typeof client === 'object' ? client : null, () => then?.(null))
  }
}

/**
 * With its first packet the engine's writer would make a buffer for each of the 65,536 numbers: every client waits for 60 ms, and 7 MB stay
 * in use. Here it writes only CONNACK and PINGRESP, which contain no such number (mqtt-packet, writeToStream.js).
 */
export const makeNumbersAsNeeded = (): void => {
  writeToStream.cacheNumbers = false
}

interface Timed {
  readonly _keepaliveTimer?: { refresh(): void } | null
}

/** A packet of the client came: restarts its keep-alive [MQTT-3.1.2-24], since the engine did not see that packet (`client._keepaliveTimer`, lib/client.js). */
export const refreshKeepalive = (client: object): void => {
  ;(client as Timed)._keepaliveTimer?.refresh()
}
