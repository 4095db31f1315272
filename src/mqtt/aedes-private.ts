// What only private members of Aedes give, in one place. Proved on aedes 1.2.0: test/mqtt/aedes-private.test.ts fails when
// that changes. Knows nothing of devices.

import { writeToStream } from 'mqtt-packet'

/** The version that all of this was proved on. */
export const provedOn = '1.2.0'

interface Member {
  readonly id: string
  readonly closed: boolean
}

interface Roll {
  readonly clients: { readonly [id: string]: Member | undefined }
  registerClient(client: Member): void
  _finishRegisterClient(client: Member): void
  unregisterClient(client: Member): void
}

/**
 * Mends the engine's roll of clients (aedes.js): one that closed while its CONNECT was still under way is neither put on the roll
 * for ever nor throws its successor out, and one that leaves takes nobody's place off the roll but its own.
 */
export const fixClientList = (engine: object): void => {
  const roll = engine as Roll
  const register = roll.registerClient.bind(roll)
  const finishRegister = roll._finishRegisterClient.bind(roll)
  const unregister = roll.unregisterClient.bind(roll)
  roll.registerClient = (client) => {
    if (!client.closed) register(client)
  }
  roll._finishRegisterClient = (client) => {
    if (!client.closed) finishRegister(client)
  }
  roll.unregisterClient = (client) => {
    if (roll.clients[client.id] === client) unregister(client)
  }
}

type Done = (error?: Error | null) => void
interface Publisher {
  publish(packet: object, client: unknown, done?: Done): void
}

/**
 * Takes over what the engine would publish (`broker.publish`, aedes.js): wills of clients that left without DISCONNECT, and its own
 * messages under `$SYS/`, which have no client.
 */
export const takePublishes = (engine: object, publish: (packet: object, client: object | null, done: () => void) => void): void => {
  const publisher = engine as Publisher
  publisher.publish = (packet, client, done) => {
    const then = typeof client === 'function' ? (client as Done) : done
    publish(packet, typeof client === 'object' ? client : null, () => then?.(null))
  }
}

/**
 * The engine's writer makes a buffer of each of the 65,536 numbers at its first packet: 60 ms in which the first client and all others
 * wait, and 7 MB for good. It writes CONNACK and PINGRESP alone here, which have none (mqtt-packet, writeToStream.js).
 */
export const makeNumbersAsNeeded = (): void => {
  writeToStream.cacheNumbers = false
}

interface Timed {
  readonly _keepaliveTimer?: { refresh(): void } | null
}

/** The client was heard: its keep-alive runs anew [MQTT-3.1.2-24], though the engine saw none of it (`client._keepaliveTimer`, lib/client.js). */
export const refreshKeepalive = (client: object): void => {
  ;(client as Timed)._keepaliveTimer?.refresh()
}
