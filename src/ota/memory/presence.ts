// Who is connected and can hear what, and what was said on each connection. Memory only: a restart ends all connections.

import type { Device, DeviceKey, Firmware } from '../model.ts'
import type { Channel, Connection, ConnectionNote } from '../ports/mqtt.ts'
import type { Presence } from '../ports/operators.ts'

/** A `firmware.post` of this connection that may be said again, and what it was made of. */
export interface StandingAnswer {
  readonly task: number
  readonly firmware: Firmware
  readonly host: string
  /** As `firmwareBody` gives it. */
  readonly body: string
}

/** One connection of a device; of a gateway it serves its sub-devices too. */
export interface Session {
  readonly connection: Connection
  readonly since: number
  /** When a filter first covered its OTA down topic. */
  heardAt: number | null
  /** Channels whose down topic a filter covers. */
  readonly hears: Set<Channel>
  /** Tasks told on this connection: none is told twice by itself. */
  readonly told: Set<number>
  /** Those of them that really went out, by push or as an answer: the other way's failure is none. */
  readonly sent: Set<number>
  /** Modules (see `moduleKey`) whose version was reported on this connection. */
  readonly reported: Set<string>
  /** What firmware.get of each module was answered with last: devices ask again and again. */
  readonly answers: Map<string, StandingAnswer>
  /** When each sub-device logged in on this connection, if it said so. */
  readonly logins: Map<DeviceKey, number>
  /** Members of its family that were taken for silent, and that continuous campaigns were asked about: once. */
  readonly silent: Set<DeviceKey>
  /** When each sub-device that was elsewhere before came to this connection. */
  readonly joined: Map<DeviceKey, number>
}

export const moduleKey = (device: DeviceKey, module: string): string => `${device}\0${module}`

/** When the connection of this device began, as far as it is known: a sub-device's own login counts. */
export const sinceOf = (session: Session, device: DeviceKey): number => Math.max(session.since, session.logins.get(device) ?? 0)

/** What of a device tells how it can be reached. */
type Placed = Pick<Device, 'key' | 'gateway'>

export interface Sessions {
  /** Begins a connection; an older one of the same device is forgotten. */
  open(connection: Connection, now: number): Session
  /** Ends it; false where a newer connection has taken its place. */
  close(connection: Connection): boolean
  /** The device's own current connection; with `id`, only if it is that one. */
  of(device: DeviceKey, id?: number): Session | undefined
  /** The connection that reaches it: its own, or its gateway's. */
  via(device: Placed): Session | undefined
  presence(device: Placed): Presence
  seen(device: DeviceKey, now: number): void
  lastSeen(device: DeviceKey): number | null
  /** Of a device that is known: others could be named without end. */
  note(device: DeviceKey, note: ConnectionNote): void
  noteOf(device: DeviceKey): ConnectionNote | null
  count(): number
}

export const createSessions = (): Sessions => {
  const sessions = new Map<DeviceKey, Session>()
  const seen = new Map<DeviceKey, number>()
  const notes = new Map<DeviceKey, ConnectionNote>()
  const via = (device: Placed): Session | undefined => {
    const own = sessions.get(device.key)
    return device.gateway === null || own?.hears.has('ota') === true ? own : (sessions.get(device.gateway) ?? own)
  }
  return {
    open(connection, now) {
      const session: Session = {
        connection,
        since: now,
        heardAt: null,
        hears: new Set(),
        told: new Set(),
        sent: new Set(),
        reported: new Set(),
        answers: new Map(),
        logins: new Map(),
        silent: new Set(),
        joined: new Map(),
      }
      sessions.set(connection.device, session)
      seen.set(connection.device, now)
      return session
    },
    close(connection) {
      if (sessions.get(connection.device)?.connection.id !== connection.id) return false
      return sessions.delete(connection.device)
    },
    of(device, id) {
      const session = sessions.get(device)
      return id === undefined || session?.connection.id === id ? session : undefined
    },
    via,
    presence(device) {
      const session = via(device)
      return session === undefined ? 'offline' : session.hears.has('ota') ? 'reachable' : 'not_subscribed'
    },
    seen: (device, now) => void seen.set(device, now),
    lastSeen: (device) => seen.get(device) ?? null,
    note: (device, note) => void notes.set(device, note),
    noteOf: (device) => notes.get(device) ?? null,
    count: () => sessions.size,
  }
}
