// Which devices are connected, by which link, and what the core is told of it: a newer CONNECT of a device ends its older
// connection, whatever the client ids (protocol.md §6). Knows no topics' contents and no rights.

import type { Log } from '../log.ts'
import type { DeviceKey } from '../ota/model.ts'
import type { DeviceSide } from '../ota/ports/mqtt.ts'
import { type Client, deviceOf, endClient, updateDownQos } from './client.ts'
import type { Qos } from './wire/packets.ts'

export interface DeviceClients {
  /** The device's newest link that was let in, ready or not. */
  of(device: DeviceKey): Client | undefined
  /** The device was let in: resolves when its older connections are closed and this one may get its CONNACK. */
  take(client: Client): Promise<void>
  /** CONNACK is out: filters that were restored count from here. */
  ready(client: Client): void
  subscribed(client: Client, granted: readonly (readonly [filter: string, qos: Qos])[]): void
  unsubscribed(client: Client, filters: readonly string[]): void
  /** Links of users and anonymous clients, whose rights a reload may change. */
  others(): Iterable<Client>
}

export const createDeviceClients = (core: DeviceSide, log: Log): DeviceClients => {
  const clients = new Map<DeviceKey, Client>()
  const others = new Set<Client>()
  let lastId = 0

  // A fault of the core must not reach the engine's event emitter: it would end the process.
  const tell = (what: string, say: () => void): void => {
    try {
      say()
    } catch (error) {
      log.error({ err: error, what }, 'the core failed on an event of a connection')
    }
  }

  const end = (device: DeviceKey, client: Client): void => {
    if (clients.get(device) === client) clients.delete(device)
    const { connection } = client
    if (connection !== null && client.ready) tell('disconnected', () => core.disconnected(connection))
    client.ready = false
  }

  const hear = (client: Client): void => {
    const { connection } = client
    if (connection === null || !client.ready) return
    const { begun, ended } = updateDownQos(client)
    for (const channel of ended) tell('unsubscribed', () => core.unsubscribed(connection, channel))
    for (const channel of begun) tell('subscribed', () => core.subscribed(connection, channel))
  }

  const closeOlder = async (older: Client | undefined): Promise<void> => {
    if (older === undefined) return
    log.info({ device: deviceOf(older), remote: older.remote }, 'a newer connection of the device closes this one')
    endClient(older, 'taken_over')
    await older.gone
  }

  return {
    of: (device) => clients.get(device),
    async take(client) {
      const device = deviceOf(client)
      if (device === null) {
        others.add(client)
        void client.gone.then(() => others.delete(client))
        return
      }
      const older = clients.get(device)
      lastId += 1
      client.connection = { device, id: lastId }
      clients.set(device, client)
      void client.gone.then(() => end(device, client))
      await closeOlder(older)
    },
    ready(client) {
      // Closed at the very moment: nobody would ever tell of its end.
      if (client.engineClient.closed || client.engineClient.conn.destroyed) return
      client.ready = true
      const { connection } = client
      if (connection === null) return
      tell('connected', () => core.connected(connection))
      hear(client)
    },
    subscribed(client, granted) {
      for (const [filter, qos] of granted) client.filters.set(filter, qos)
      hear(client)
    },
    unsubscribed(client, filters) {
      for (const filter of filters) client.filters.delete(filter)
      hear(client)
    },
    others: () => others,
  }
}
