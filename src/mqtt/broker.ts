// The broker. Wires the room's parts. What happens to devices is
// reported to the core through DeviceSide; the core sends through Transport.

import { OtaError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Dialect } from '../ota/dialects/dialect.ts'
import type { DeviceSide, Registry, Tap, Transport } from '../ota/ports/mqtt.ts'
import type { Events, Meter } from '../ota/ports/observers.ts'
import type { SessionRows } from '../ota/ports/session-rows.ts'
import { createQuotas, type Quotas } from '../quotas.ts'
import { sentence } from '../sentences/sentence.ts'
import type { Enrolment, Settings } from '../settings.ts'
import { type Acceptor, createAcceptor } from './accept.ts'
import { type Addresses, createAddresses } from './addresses.ts'
import { endClient } from './client.ts'
import { createClientList } from './client-list.ts'
import { createConnecting } from './connecting.ts'
import { createDeviceClients, type DeviceClients } from './device-clients.ts'
import { checkMembers, createMembers, type Members } from './entry/members.ts'
import { checkListeners, type Listeners, openListeners } from './listen/listeners.ts'
import { createNotices } from './notices.ts'
import { createFeed } from './sessions/feed.ts'
import { createRouter, type Router } from './sessions/router.ts'
import type { Session } from './sessions/session.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import { createWills } from './sessions/wills.ts'
import { createSysTopics } from './sys-topics.ts'
import { createTraffic, type Traffic } from './traffic.ts'
import { createTransport } from './transport.ts'

type MqttSettings = Settings['mqtt']

export interface BrokerDeps {
  readonly settings: MqttSettings
  /** The topics of devices. */
  readonly dialect: Dialect
  readonly enrolment: Enrolment
  readonly registry: Registry
  /** Gets the self-test messages of the devices that it wants. */
  readonly tap?: Tap | undefined
  /** Where sessions, queues, retained messages and wills are stored. */
  readonly rows: SessionRows
  readonly meter: Meter
  readonly events: Events
  readonly log: Log
  readonly now: () => number
  /** The server's, for `$SYS/broker/version`. */
  readonly version: string
}

export interface Broker {
  /** How the core reaches devices; sends nothing before `listen`. */
  readonly transport: Transport
  /**
   * Opens the listeners. OTA_LISTEN_FAILED names the address, the cause and a remedy, OTA_BAD_SETTINGS a certificate that cannot be used;
   * nothing stays open then.
   */
  listen(core: DeviceSide): Promise<void>
  /** Where it listens, with the real ports, in the settings' order; empty before `listen`. */
  readonly urls: readonly string[]
  /** Open TCP connections. */
  connections(): number
  /** Published messages since the start, from clients and to clients. */
  messages(): { readonly received: number; readonly sent: number }
  /** Applies new certificates, users and bounds. OTA_BAD_SETTINGS changes nothing. Listeners are not added, moved or removed. */
  reload(settings: MqttSettings): void
  /** Stops listening and closes every connection. The session store may be closed after it. */
  close(): Promise<void>
}

/** What is made by `listen` and changed by `reload`. */
interface State {
  settings: MqttSettings
  members: Members
  core: DeviceSide | null
  deviceClients: DeviceClients | null
  listeners: Listeners | null
}

const minFrameBytes = 1024 * 1024
const checkMs = 1000
const sweepEvery = 30
/** As mosquitto's sys_interval. */
const figuresEvery = 10

const present = <T>(part: T | null): T => {
  if (part === null) throw new OtaError('OTA_INTERNAL', sentence('broker_not_listening'))
  return part
}

/** Users whose rights changed get the new ones; one that was removed, or has another password now, is disconnected. */
const renewMembers = (deviceClients: DeviceClients, before: Members, after: Members): void => {
  for (const client of deviceClients.others()) {
    const rights = after.rightsOf(client.identity)
    const user = client.identity.kind === 'user' ? client.identity.name : null
    if (rights === null || (user !== null && before.passwordHash(user) !== after.passwordHash(user))) endClient(client, 'rights_changed')
    else client.rights = rights
  }
}

/** Periodic work: connections that do not read, sessions that are too old, writes that failed, figures. */
const startHousekeeping = (sessions: Sessions, acceptor: Acceptor, now: () => number, publishFigures: () => void): (() => void) => {
  let turns = 0
  const timer = setInterval(() => {
    acceptor.check(now())
    turns += 1
    if (turns % sweepEvery === 0) sessions.sweep()
    else sessions.journal.retry()
    if (turns % figuresEvery === 0) publishFigures()
  }, checkMs)
  return () => clearInterval(timer)
}

const openSessions = (
  { rows, now, log, meter }: BrokerDeps,
  quotas: Quotas,
  settings: () => MqttSettings,
  traffic: Traffic,
): Promise<Sessions> =>
  createSessions({
    rows,
    now,
    log,
    quotas,
    bounds: () => settings().sessions,
    maxRetainedBytes: () => settings().maxRetainedBytes,
    count(why) {
      meter.count('undelivered', why)
      if (why === 'session_expired' || why === 'session_evicted') traffic.sessionsExpired += 1
      else traffic.publishDropped += 1
    },
  })

const openAddresses = (deps: BrokerDeps, quotas: Quotas, settings: () => MqttSettings): Addresses =>
  createAddresses({
    quotas,
    maxConnections: () => settings().connectionsPerAddress,
    newPerMinute: () => settings().newDevicesPerAddress,
    now: deps.now,
  })

/** Publishes a copy of what was sent to a device to its other subscribers. */
const createPublishCopy =
  (router: Router) =>
  (topic: string, payload: Buffer, device: Session | null): void => {
    if (router.hasSubscribers(topic, device))
      router.publish(
        { topic, payload, qos: 0, retain: false },
        [],
        () => undefined,
        () => undefined,
      )
  }

/** OTA_BAD_SETTINGS for users, filters and certificates that cannot be used. Opens nothing. */
export const checkBroker = (settings: MqttSettings): void => {
  checkMembers(settings)
  checkListeners(settings.listeners)
}

/** What a broker has from its beginning on. */
const createParts = async (deps: BrokerDeps, state: State) => {
  const { dialect, log, now } = deps
  const settings = (): MqttSettings => state.settings
  const traffic = createTraffic()
  const quotas = createQuotas(deps)
  const sessions = await openSessions(deps, quotas, settings, traffic)
  const addresses = openAddresses(deps, quotas, settings)
  const router = createRouter(sessions, now)
  const wills = createWills(sessions, router, log, dialect.isReserved)
  const notices = createNotices(deps)
  const clients = await createClientList(log)
  const shared = {
    ...deps,
    settings,
    sessions,
    router,
    wills,
    notices,
    traffic,
    clients,
    members: () => state.members,
    core: () => present(state.core),
    deviceClients: () => present(state.deviceClients),
  }
  const connecting = createConnecting({ ...shared, addresses, keepaliveLimit: () => settings().keepaliveLimit })
  const acceptor = createAcceptor({ ...shared, connecting, feed: createFeed(sessions) })
  return { traffic, sessions, addresses, router, wills, notices, clients, acceptor }
}

/** The broker, ready to listen. Throws OTA_BAD_SETTINGS for users that are not valid, OTA_STORE_* for sessions that cannot be read. */
export const createBroker = async (deps: BrokerDeps): Promise<Broker> => {
  const { dialect, log, now } = deps
  const membersOf = (settings: MqttSettings): Members => createMembers(settings, dialect.isReserved)
  const state: State = { settings: deps.settings, members: membersOf(deps.settings), core: null, deviceClients: null, listeners: null }
  const { traffic, sessions, addresses, router, wills, notices, clients, acceptor } = await createParts(deps, state)
  const publishFigures = createSysTopics({ ...deps, sessions, router, traffic })
  publishFigures()
  const stopHousekeeping = startHousekeeping(sessions, acceptor, now, publishFigures)

  const close = async (): Promise<void> => {
    stopHousekeeping()
    acceptor.stopping()
    // First the clients that are connected, with their wills, then what is left.
    await new Promise<void>((resolve) => clients.close(resolve))
    await state.listeners?.close()
    await sessions.journal.settled()
  }

  return {
    transport: createTransport({ deviceClients: () => state.deviceClients ?? undefined, publishCopy: createPublishCopy(router), log }),
    async listen(core) {
      state.core = core
      state.deviceClients = createDeviceClients(core, log)
      wills.publishLeft()
      const opening = openListeners({
        ...deps,
        accept: acceptor.accept,
        unverified: notices.unverified,
        settings: deps.settings.listeners,
        addresses,
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
    messages: () => ({ received: traffic.publishReceived, sent: traffic.publishSent }),
    reload(fresh) {
      const members = membersOf(fresh)
      state.listeners?.reload(fresh.listeners)
      if (state.deviceClients !== null) renewMembers(state.deviceClients, state.members, members)
      Object.assign(state, { settings: fresh, members })
    },
    close,
  }
}
