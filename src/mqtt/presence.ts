// Which devices are connected, by which link, and what the core is told of it: a newer CONNECT of a device ends its older
// connection, whatever the client ids (protocol.md §6). Knows no topics' contents and no rights.

import type { Log } from '../log.ts'
import type { DeviceKey } from '../ota/model.ts'
import type { DeviceSide } from '../ota/ports/mqtt.ts'
import { deviceOf, endLink, type Link, listenAgain } from './link.ts'
import type { Qos } from './wire/packets.ts'

export interface Presence {
  /** The device's newest link that was let in, ready or not. */
  of(device: DeviceKey): Link | undefined
  /** The device was let in: resolves when its older connections are closed and this one may get its CONNACK. */
  take(link: Link): Promise<void>
  /** CONNACK is out: filters that were restored count from here. */
  ready(link: Link): void
  subscribed(link: Link, granted: readonly (readonly [filter: string, qos: Qos])[]): void
  unsubscribed(link: Link, filters: readonly string[]): void
  /** Links of users and anonymous clients, whose rights a reload may change. */
  others(): Iterable<Link>
}

export const createPresence = (core: DeviceSide, log: Log): Presence => {
  const links = new Map<DeviceKey, Link>()
  const others = new Set<Link>()
  let lastId = 0

  // A fault of the core must not reach the engine's event emitter: it would end the process.
  const tell = (what: string, say: () => void): void => {
    try {
      say()
    } catch (error) {
      log.error({ err: error, what }, 'the core failed on what a connection told it')
    }
  }

  const end = (device: DeviceKey, link: Link): void => {
    if (links.get(device) === link) links.delete(device)
    const { connection } = link
    if (connection !== null && link.ready) tell('disconnected', () => core.disconnected(connection))
    link.ready = false
  }

  const hear = (link: Link): void => {
    const { connection } = link
    if (connection === null || !link.ready) return
    const { begun, ended } = listenAgain(link)
    for (const channel of ended) tell('unsubscribed', () => core.unsubscribed(connection, channel))
    for (const channel of begun) tell('subscribed', () => core.subscribed(connection, channel))
  }

  const closeOlder = async (older: Link | undefined): Promise<void> => {
    if (older === undefined) return
    log.info({ device: deviceOf(older), remote: older.remote }, 'a newer connection of the device closes this one')
    endLink(older, 'taken_over')
    await older.gone
  }

  return {
    of: (device) => links.get(device),
    async take(link) {
      const device = deviceOf(link)
      if (device === null) {
        others.add(link)
        void link.gone.then(() => others.delete(link))
        return
      }
      const older = links.get(device)
      lastId += 1
      link.connection = { device, id: lastId }
      links.set(device, link)
      void link.gone.then(() => end(device, link))
      await closeOlder(older)
    },
    ready(link) {
      // Closed at the very moment: nobody would ever tell of its end.
      if (link.peer.closed || link.peer.conn.destroyed) return
      link.ready = true
      const { connection } = link
      if (connection === null) return
      tell('connected', () => core.connected(connection))
      hear(link)
    },
    subscribed(link, granted) {
      for (const [filter, qos] of granted) link.filters.set(filter, qos)
      hear(link)
    },
    unsubscribed(link, filters) {
      for (const filter of filters) link.filters.delete(filter)
      hear(link)
    },
    others: () => others,
  }
}
