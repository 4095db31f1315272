// The client of each connected device, and the calls to the core about it: a newer CONNECT of a device ends its older connection,
// whatever the client ids (protocol.md §6). Knows no payloads and no rights.

import type { Log } from '../log.ts'
import type { DeviceKey } from '../ota/model.ts'
import type { DeviceSide } from '../ota/ports/mqtt.ts'
import { type Client, deviceOf, endClient, updateDownQos } from './client.ts'
import { addressOf } from './listen/address.ts'

export interface DeviceClients {
  /** The device's newest admitted client, ready or not. */
  of(device: DeviceKey): Client | undefined
  /** The client is admitted: resolves when the device's older connection is closed and this one may get its CONNACK. */
  take(client: Client): Promise<void>
  /** The end of its connection has been handled. */
  left(client: Client): void
  /** CONNACK was sent: filters that were restored with the session count from here. */
  ready(client: Client): void
  /** Its session has other filters than before. */
  resubscribed(client: Client): void
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
    const newer = client.why === 'taken_over' ? (clients.get(device)?.connection ?? undefined) : undefined
    if (connection !== null && client.ready) callCore('disconnected', () => core.disconnected(connection, newer))
    client.ready = false
  }

  const updateDown = (client: Client): void => {
    const { connection } = client
    if (connection === null || !client.ready) return
    const { begun, ended } = updateDownQos(client)
    for (const channel of ended) callCore('unsubscribed', () => core.unsubscribed(connection, channel))
    for (const channel of begun) callCore('subscribed', () => core.subscribed(connection, channel))
  }

  const closeOlder = async (older: Client, { link }: Client): Promise<void> => {
    log.info({ device: deviceOf(older), remote: older.link.remote, by: link.remote }, 'a newer connection of the device closes this one')
    await new Promise<void>((resolve) => endClient(older, 'taken_over', resolve))
  }

  return {
    of: (device) => clients.get(device),
    async take(client) {
      const device = deviceOf(client)
      if (device === null) {
        others.add(client)
        return
      }
      const older = clients.get(device)
      lastId += 1
      client.connection = { device, id: lastId, address: addressOf(client.link.remote) }
      clients.set(device, client)
      if (older !== undefined) await closeOlder(older, client)
    },
    left(client) {
      const device = deviceOf(client)
      if (device === null) others.delete(client)
      else end(device, client)
    },
    ready(client) {
      // Closed already: the core would never learn of its end.
      if (client.link.closed) return
      client.ready = true
      const { connection } = client
      if (connection === null) return
      callCore('connected', () => core.connected(connection))
      updateDown(client)
    },
    resubscribed: updateDown,
    others: () => others,
  }
}
