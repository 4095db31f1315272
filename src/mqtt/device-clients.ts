// The client of each connected device, and the calls to the core about it: a newer CONNECT of a device ends its older connection,
// whatever the client ids (protocol.md §6). Knows no payloads and no rights.

import type { Log } from '../log.ts'
import type { DeviceKey } from '../ota/model.ts'
import type { DeviceSide } from '../ota/ports/mqtt.ts'
import { type Client, deviceOf, endClient, updateDownQos } from './client.ts'
import type { Qos } from './wire/packets.ts'

export interface DeviceClients {
  /** The device's newest admitted client, ready or not. */
  of(device: DeviceKey): Client | undefined
  /** The client is admitted: resolves when the device's older connection is closed and this one may get its CONNACK. */
  take(client: Client): Promise<void>
  /** CONNACK was sent: filters that were restored with the session count from here. */
  ready(client: Client): void
  subscribed(client: Client, granted: readonly (readonly [filter: string, qos: Qos])[]): void
  unsubscribed(client: Client, filters: readonly string[]): void
  /** Users and anonymous clients, whose rights a reload may change. */
  others(): Iterable<Client>
}

export const createDeviceClients = (core: DeviceSide, log: Log): DeviceClients => {
  const clients = new Map<DeviceKey, Client>()
  const others = new Set<Client>()
  let lastId = 0

  // An exception of the core must not reach the engine's event emitter: it would end the process.
  const callCore = (what: string, call: () => void): void => {
    try {
      call()
    } catch (error) {
      log.error({ err: error, what }, 'the core failed to handle an event of a connection')
    }
  }

  const end = (device: DeviceKey, client: Client): void => {
    if (clients.get(device) === client) clients.delete(device)
    const { connection } = client
    if (connection !== null && client.ready) callCore('disconnected', () => core.disconnected(connection))
    client.ready = false
  }

  const updateDown = (client: Client): void => {
    const { connection } = client
    if (connection === null || !client.ready) return
    const { begun, ended } = updateDownQos(client)
    for (const channel of ended) callCore('unsubscribed', () => core.unsubscribed(connection, channel))
    for (const channel of begun) callCore('subscribed', () => core.subscribed(connection, channel))
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
      // Closed already: the core would never learn of its end.
      if (client.engineClient.closed || client.engineClient.conn.destroyed) return
      client.ready = true
      const { connection } = client
      if (connection === null) return
      callCore('connected', () => core.connected(connection))
      updateDown(client)
    },
    subscribed(client, granted) {
      for (const [filter, qos] of granted) client.filters.set(filter, qos)
      updateDown(client)
    },
    unsubscribed(client, filters) {
      for (const filter of filters) client.filters.delete(filter)
      updateDown(client)
    },
    others: () => others,
  }
}
