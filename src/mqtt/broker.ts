// The broker: Aedes with the house's rules on its hooks. The only file that imports Aedes. What it knows of devices it
// tells the core through DeviceSide; what the core says goes out through Transport.

import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Aedes, type AedesOptions } from 'aedes'
import { OtaError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { DeviceSide, Events, Meter, Registry, Transport } from '../ota/ports.ts'
import type { Enrolment, Settings } from '../settings.ts'
import { peerName, urlHost } from './address.ts'
import { createAdmission } from './admission.ts'
import { dropPublishes, mendRoll } from './aedes-private.ts'
import { createConnect } from './connect.ts'
import { type Connection, guardConnection } from './connection.ts'
import { faultReason } from './faults.ts'
import type { Ends, Link, Peer, Qos } from './link.ts'
import { type Listeners, openListeners } from './listeners.ts'
import { createMembers, type Members } from './members.ts'
import { createNotices, type Notices, nameOf } from './notices.ts'
import { createPasswordCheck } from './password.ts'
import { createPresence, type Presence } from './presence.ts'
import { createTransport } from './push.ts'
import { createWalk } from './walk.ts'

type MqttSettings = Settings['mqtt']

export interface BrokerDeps {
  readonly settings: MqttSettings
  readonly enrolment: Enrolment
  readonly registry: Registry
  /** Made by sessions.ts, or any session store of Aedes. */
  readonly sessions: object
  readonly meter: Meter
  readonly events: Events
  readonly log: Log
  readonly now: () => number
}

export interface Broker {
  /** The way to devices, for the core: it says no until `listen`. */
  readonly transport: Transport
  /**
   * Opens the listeners, now that there is a core to be told of devices. OTA_LISTEN_FAILED names the address, the cause and a remedy,
   * OTA_BAD_SETTINGS a certificate that is not good; nothing stays open then.
   */
  listen(core: DeviceSide): Promise<void>
  /** Where it listens, with the real ports, in the settings' order; empty before `listen`. */
  readonly urls: readonly string[]
  /** TCP connections open now. */
  connections(): number
  /** Takes new certificates, users and bounds. OTA_BAD_SETTINGS changes nothing. Listeners are not added, moved or removed. */
  reload(settings: MqttSettings): void
  /** Stops listening and closes every connection. The session store may be closed after it. */
  close(): Promise<void>
}

/** What is made by `listen` and changed by `reload`. */
interface State {
  settings: MqttSettings
  members: Members
  core: DeviceSide | null
  presence: Presence | null
  listeners: Listeners | null
}

interface Arrival extends Ends {
  readonly connection: Connection
}

const passwordsAtOnce = 2
const passwordsWaiting = 64
const patience = 10_000
const connectTimeout = 10_000
const drainTimeout = 20_000
const minFrameBytes = 1024 * 1024

const nowhere: Ends = { host: '', remote: '?' }

/** The engine's name in stored packets: sorts by start time, so that the queues of an earlier run come first. No `/` and no `:`. */
const engineId = (now: number): string => `${now.toString(36).padStart(10, '0')}-${randomUUID().slice(0, 8)}`

const present = <T>(part: T | null): T => {
  if (part === null) throw new OtaError('OTA_INTERNAL', 'the broker was used before it listened')
  return part
}

type Hooks = Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>

const engineOptions = (deps: BrokerDeps, hooks: Hooks): AedesOptions => ({
  ...hooks,
  id: engineId(deps.now()),
  persistence: deps.sessions,
  // 0: a subscriber that does not read holds up its own topics, not the whole broker.
  concurrency: 0,
  connectTimeout,
  drainTimeout,
  // Client ids of any length are taken (protocol.md §6).
  maxClientsIdLength: Number.MAX_SAFE_INTEGER,
})

interface Parts {
  readonly links: WeakMap<Peer, Link>
  readonly arrivals: WeakMap<Duplex, Arrival>
  readonly notices: Notices
  readonly presence: () => Presence
}

/** The engine's events, told to presence and log. None of them may end the process. */
const followEngine = (engine: Aedes, { links, arrivals, notices, presence }: Parts, { log, meter }: BrokerDeps): void => {
  engine.on('connackSent', (packet, client) => {
    const link = links.get(client)
    if (packet.returnCode !== 0 || link === undefined) return
    arrivals.get(client.conn)?.connection.release()
    meter.count('connects', link.identity.kind)
    log.debug({ client: nameOf(link.identity), remote: link.remote, session: client.id }, 'connected')
    presence().ready(link)
  })
  engine.on('subscribe', (subscriptions, client) => {
    const granted = subscriptions.flatMap(({ topic, qos }) => (Number(qos) > 2 ? [] : [[topic, qos as Qos] as const]))
    const link = links.get(client)
    if (link !== undefined) presence().subscribed(link, granted)
  })
  engine.on('unsubscribe', (filters, client) => {
    const link = links.get(client)
    if (link !== undefined && !client.closed) presence().unsubscribed(link, filters)
  })
  const broken = (client: Peer, error: Error): void => {
    const { remote } = arrivals.get(client.conn) ?? nowhere
    const name = nameOf(links.get(client)?.identity ?? null)
    const reason = faultReason(error)
    if (reason === null) log.debug({ client: name, remote, reason: error.message }, 'a connection ended')
    else notices.broken(reason, remote, `closed the connection of ${name}: ${error.message}`)
  }
  engine.on('clientError', broken)
  engine.on('connectionError', broken)
  // Declared for listeners of EventEmitter only.
  const emitter: EventEmitter = engine
  emitter.on('error', (error: unknown) => log.error({ err: error }, 'the session store failed'))
}

/** Users whose rights changed get the new ones; who is gone, or has another password now, is closed. */
const renewMembers = (presence: Presence, before: Members, after: Members): void => {
  for (const link of presence.others()) {
    const rights = after.rightsOf(link.identity)
    const user = link.identity.kind === 'user' ? link.identity.name : null
    if (rights === null || (user !== null && before.passwordHash(user) !== after.passwordHash(user))) link.peer.close()
    else link.rights = rights
  }
}

const createHooks = (deps: BrokerDeps, state: State, parts: Parts): Hooks => {
  const { links, notices } = parts
  const admit = createAdmission({
    ...deps,
    passwordHash: (user) => state.members.passwordHash(user),
    anonymousAllowed: () => state.members.anonymousAllowed(),
    checkPassword: createPasswordCheck(passwordsAtOnce, passwordsWaiting),
  })
  const connect = createConnect({
    ...parts,
    admit,
    patience,
    log: deps.log,
    members: () => state.members,
    ends: (peer) => parts.arrivals.get(peer.conn) ?? nowhere,
    keepaliveLimit: () => state.settings.keepaliveLimit,
  })
  const walk = createWalk({ links, notices, log: deps.log, audience: () => state.members.listen, core: () => present(state.core) })
  return { ...connect, ...walk }
}

/** The broker, ready but deaf: it hears from `listen` on. Throws OTA_BAD_SETTINGS for users that cannot be. */
export const createBroker = async (deps: BrokerDeps): Promise<Broker> => {
  const state: State = { settings: deps.settings, members: createMembers(deps.settings), core: null, presence: null, listeners: null }
  const parts: Parts = {
    links: new WeakMap(),
    arrivals: new WeakMap(),
    notices: createNotices(deps),
    presence: () => present(state.presence),
  }
  const engine = await Aedes.createBroker(engineOptions(deps, createHooks(deps, state, parts)))
  mendRoll(engine)
  dropPublishes(engine)
  followEngine(engine, parts, deps)

  const accept = (stream: Duplex, socket: Socket): void => {
    const { localAddress = '', remoteAddress, remotePort } = socket
    const connection = guardConnection(stream, () => state.settings.maxPacketBytes)
    parts.arrivals.set(stream, { connection, host: urlHost(localAddress), remote: peerName(remoteAddress, remotePort) })
    engine.handle(stream)
  }
  const show = (topic: string, payload: Buffer): void =>
    engine.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, () => undefined)

  const close = async (): Promise<void> => {
    await Promise.all([state.listeners?.close(), new Promise<void>((resolve) => engine.close(resolve))])
  }

  return {
    transport: createTransport({ presence: () => state.presence ?? undefined, show, audience: () => state.members.listen, log: deps.log }),
    async listen(core) {
      state.core = core
      state.presence = createPresence(core, deps.log)
      const opening = openListeners({
        ...deps,
        accept,
        settings: deps.settings.listeners,
        maxConnections: () => state.settings.maxConnections,
        maxFrameBytes: Math.max(minFrameBytes, 2 * deps.settings.maxPacketBytes),
      })
      state.listeners = await opening.catch(async (error: unknown) => {
        await close()
        throw error
      })
    },
    get urls() {
      return state.listeners?.urls ?? []
    },
    connections: () => state.listeners?.connections() ?? 0,
    reload(settings) {
      const members = createMembers(settings)
      state.listeners?.reload(settings.listeners)
      if (state.presence !== null) renewMembers(state.presence, state.members, members)
      Object.assign(state, { settings, members })
    },
    close,
  }
}
