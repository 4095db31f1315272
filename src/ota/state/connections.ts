// Which devices are connected, what each has subscribed to and was offered on its connection, and when it was last seen.
// Memory only: a restart ends all connections.

import { createRate } from '../../rate.ts'
import type { OtaSettings } from '../../settings.ts'
import { noneBy, noneOf } from '../../sparse.ts'
import type { Device, DeviceKey, Firmware } from '../model.ts'
import type { LinkTarget } from '../ports/downloads.ts'
import type { Channel, Connection, ConnectionNote } from '../ports/mqtt.ts'
import type { Presence } from '../ports/operators.ts'
import { type Contentions, createContentions } from './contention.ts'
import type { Families } from './families.ts'
import { createRefusals, type Refusals } from './refusals.ts'
import { createSigns, type Signs } from './signs.ts'
import { createTimeline, type Timeline } from './timeline.ts'

/** The last answer to `firmware.get` on this connection, and what it was computed from. */
export interface KeptAnswer {
  readonly task: number
  readonly firmware: Firmware
  readonly target: LinkTarget
  /** As `Dialect.offerBody` gives it. */
  readonly body: string
}

/** One connection of a device; that of a gateway serves its sub-devices too. */
export interface ConnectionState {
  readonly connection: Connection
  readonly since: number
  /** When a filter first covered its down topic for offers. */
  subscribedAt: number | null
  /** Channels whose down topic a filter covers. */
  subscribed: ReadonlySet<Channel>
  /** Tasks offered on this connection: none is offered twice without a reason of protocol.md §3. */
  offered: ReadonlySet<number>
  /** Those of them whose message was written, as a push or as an answer, each with the package of that message. */
  sent: ReadonlyMap<number, number>
  /** Modules (see `moduleKey`) whose version was reported on this connection. */
  reported: ReadonlySet<string>
  /** The last answer to `firmware.get` by module: devices ask again and again. */
  answers: Map<string, KeptAnswer> | undefined
  /** When each sub-device logged in on this connection, if it said so. */
  logins: Map<DeviceKey, number> | undefined
  /** Members of its family that reported nothing in time and were matched with continuous campaigns as they are, which happens once. */
  silent: Set<DeviceKey> | undefined
  /** When each sub-device that was on another connection before moved to this one. */
  joined: Map<DeviceKey, number> | undefined
}

const channelsOf: { readonly [channel in Channel]: ReadonlySet<Channel> } = { ota: new Set(['ota']), topo: new Set(['topo']) }
const bothChannels: ReadonlySet<Channel> = new Set(['ota', 'topo'])

/** All connections share these few sets. */
export const withChannel = (set: ReadonlySet<Channel>, channel: Channel): ReadonlySet<Channel> =>
  set.has(channel) ? set : set.size === 0 ? channelsOf[channel] : bothChannels

export const withoutChannel = (set: ReadonlySet<Channel>, channel: Channel): ReadonlySet<Channel> => {
  if (!set.has(channel)) return set
  return set.size === 1 ? noneOf() : channelsOf[channel === 'ota' ? 'topo' : 'ota']
}

const daySeconds = 86_400
const refusalBurst = 200
const refusalsPerSecond = 20

/** What a device sent and was not read to its end: elements of a method's list, or bytes of a message that was dropped (`method` null). */
export interface Unread {
  readonly connection: number
  readonly method: string | null
  readonly at: number
  readonly sent: number
  readonly read: number
}

/** When and from where a device was connected last. */
export interface Left {
  readonly at: number
  readonly address: string | undefined
}

export const moduleKey = (device: DeviceKey, module: string): string => `${device}\0${module}`

/** When the connection of this device began, if that is known: a sub-device's own login counts. */
export const sinceOf = (state: ConnectionState, device: DeviceKey): number => Math.max(state.since, state.logins?.get(device) ?? 0)

/** The parts of a device that decide how it can be reached. */
type Placed = Pick<Device, 'key' | 'gateway'>

export interface Connections {
  /** Begins a connection; an older one of the same device is forgotten. */
  open(connection: Connection, now: number): ConnectionState
  /** Ends it; false where a newer connection has taken its place. */
  close(connection: Connection): boolean
  /** The device's own current connection; with `id`, only if it is that one. */
  of(device: DeviceKey, id?: number): ConnectionState | undefined
  /** The connection that reaches it: its own, or its gateway's. */
  via(device: Placed): ConnectionState | undefined
  presence(device: Placed): Presence
  seen(device: DeviceKey, now: number): void
  lastSeen(device: DeviceKey): number | null
  /** For known devices only, so that unknown names cannot fill the memory. */
  note(device: DeviceKey, note: ConnectionNote): void
  noteOf(device: DeviceKey): ConnectionNote | null
  /** The device was removed: what is known of it here goes too. */
  forget(device: DeviceKey): void
  /** The last CONNECT under its name that was refused, unless it has connected since. */
  refusalOf(device: DeviceKey): ConnectionNote | null
  /** Which devices are several clients by turns. */
  readonly contentions: Contentions
  /** Whether that is to be said again: once a minute. */
  mayWarnOfContention(device: DeviceKey): boolean
  /** The last refused CONNECTs of anybody. */
  readonly refusals: Refusals
  /** Whether one more is shown to watchers: a flood must not displace other events. */
  mayShowRefusal(): boolean
  count(): number
  /** All connections now. */
  all(): Iterable<ConnectionState>
  /** Whether the device may ask for firmware now; counts the request. */
  mayAsk(device: DeviceKey): boolean
  /** A uint32 id for a message of the server. */
  nextMessageId(): number
  /** Whether the gateway may make one more sub-device known: takes one of its turns. */
  mayMakeChild(gateway: DeviceKey): boolean
  /** Since when connections are known, milliseconds. */
  readonly startedAt: number
  /** What happened to devices and is not on disk. */
  readonly timeline: Timeline
  /** Which devices belong to which gateway. */
  readonly families: Families
  /** Signs of life that are newer than what is stored. */
  readonly signs: Signs
  /** Devices that have disconnected, and whose last sign of life is about to be stored. */
  readonly left: Map<DeviceKey, Left>
  /** What was last not read of a device, until it sends the same whole on a newer connection. */
  readonly unread: Map<DeviceKey, Unread>
  /** Disconnects of devices that succeeded while their phase soaks, by `campaign/phase/device`. */
  readonly flaps: Map<string, number>
}

const begun = (connection: Connection, since: number): ConnectionState => ({
  connection,
  since,
  subscribedAt: null,
  subscribed: noneOf(),
  offered: noneOf(),
  sent: noneBy(),
  reported: noneOf(),
  // Most devices need none of these.
  answers: undefined,
  logins: undefined,
  silent: undefined,
  joined: undefined,
})

export const createConnections = (
  families: Families,
  settings: Pick<OtaSettings, 'getBurst' | 'getPerSecond' | 'childrenPerGateway'>,
  now: () => number,
): Connections => {
  const states = new Map<DeviceKey, ConnectionState>()
  const seen = new Map<DeviceKey, number>()
  const notes = new Map<DeviceKey, ConnectionNote>()
  const refused = new Map<DeviceKey, ConnectionNote>()
  const mayShow = createRate<'all'>(refusalBurst, refusalsPerSecond, now)
  const unread = new Map<DeviceKey, Unread>()
  const timeline = createTimeline()
  const signs = createSigns()
  let messages = 0
  const via = (device: Placed): ConnectionState | undefined => {
    const own = states.get(device.key)
    return device.gateway === null || own?.subscribed.has('ota') === true ? own : (states.get(device.gateway) ?? own)
  }
  return {
    open(connection, at) {
      const state = begun(connection, at)
      states.set(connection.device, state)
      seen.set(connection.device, at)
      refused.delete(connection.device)
      return state
    },
    close(connection) {
      if (states.get(connection.device)?.connection.id !== connection.id) return false
      return states.delete(connection.device)
    },
    of(device, id) {
      const state = states.get(device)
      return id === undefined || state?.connection.id === id ? state : undefined
    },
    via,
    presence(device) {
      const state = via(device)
      return state === undefined ? 'offline' : state.subscribed.has('ota') ? 'reachable' : 'not_subscribed'
    },
    seen: (device, at) => void seen.set(device, at),
    lastSeen: (device) => seen.get(device) ?? null,
    note(device, note) {
      notes.set(device, note)
      if (note.what === 'refused') refused.set(device, note)
    },
    forget(device) {
      for (const each of [seen, notes, refused, unread]) each.delete(device)
      timeline.forget(device)
      signs.forgetFamily(device)
    },
    refusalOf: (device) => refused.get(device) ?? null,
    contentions: createContentions(now),
    mayWarnOfContention: createRate(1, 1 / 60, now),
    refusals: createRefusals(),
    mayShowRefusal: () => mayShow('all'),
    noteOf: (device) => notes.get(device) ?? null,
    count: () => states.size,
    all: () => states.values(),
    mayAsk: createRate(settings.getBurst, settings.getPerSecond, now),
    // Twice as many: sub-devices of a full gateway are replaced.
    mayMakeChild: createRate(2 * settings.childrenPerGateway, (2 * settings.childrenPerGateway) / daySeconds, now),
    startedAt: now(),
    nextMessageId() {
      messages = messages >= 0xffff_ffff ? 1 : messages + 1
      return messages
    },
    timeline,
    families,
    signs,
    left: new Map(),
    unread,
    flaps: new Map(),
  }
}
