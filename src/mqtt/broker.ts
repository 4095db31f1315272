// The broker: Aedes keeps connections (CONNECT, keep-alive, take-over, wills), this room what goes through them. The only file that
// imports Aedes. What it knows of devices it tells the core through DeviceSide; what the core says goes out through Transport.

import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { Aedes, type AedesOptions } from 'aedes'
import { OtaError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { DeviceSide, Registry, Transport } from '../ota/ports/mqtt.ts'
import type { Events, Meter } from '../ota/ports/observers.ts'
import type { SessionRows } from '../ota/ports/session-rows.ts'
import type { Enrolment, Settings } from '../settings.ts'
import { makeNumbersAsNeeded, mendRoll, takePublishes } from './aedes-private.ts'
import { type Arrivals, createArrivals } from './arrival.ts'
import { createConnect } from './connect.ts'
import { createEngineStore } from './engine-store.ts'
import { createAdmission } from './entry/admission.ts'
import { createMembers, type Members } from './entry/members.ts'
import { createPasswordCheck } from './entry/password.ts'
import { createThrottle } from './entry/throttle.ts'
import { endLink, type Link, type Peer } from './link.ts'
import { checkListeners, type Listeners, openListeners } from './listen/listeners.ts'
import { createNotices, type Notices, nameOf } from './notices.ts'
import { createPresence, type Presence } from './presence.ts'
import { createTransport } from './push.ts'
import { createFeed } from './sessions/feed.ts'
import { createRouter, type Router } from './sessions/router.ts'
import type { Will } from './sessions/rows.ts'
import type { Session } from './sessions/session.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import { createWills, type Wills } from './sessions/wills.ts'
import { createSysTopics } from './sys-topics.ts'
import { createTraffic, type Traffic } from './traffic.ts'
import { faultReason } from './wire/faults.ts'

type MqttSettings = Settings['mqtt']

export interface BrokerDeps {
  readonly settings: MqttSettings
  readonly enrolment: Enrolment
  readonly registry: Registry
  /** Where sessions, queues, retained messages and wills are kept. */
  readonly rows: SessionRows
  readonly meter: Meter
  readonly events: Events
  readonly log: Log
  readonly now: () => number
  /** The server's, as `$SYS/broker/version` tells it. */
  readonly version: string
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

const passwordsAtOnce = 2
const passwordsWaiting = 64
const patience = 10_000
const connectTimeout = 10_000
const minFrameBytes = 1024 * 1024
const checkMs = 1000
const sweepEvery = 30
/** As mosquitto's sys_interval. */
const figuresEvery = 10

const present = <T>(part: T | null): T => {
  if (part === null) throw new OtaError('OTA_INTERNAL', 'the broker was used before it listened')
  return part
}

type Hooks = Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe'>

const engineOptions = (hooks: Hooks, persistence: object): AedesOptions => ({
  ...hooks,
  id: randomUUID(),
  persistence,
  connectTimeout,
  // What is written to its streams is taken at once: outbox.ts has the bounds.
  drainTimeout: 0,
  // Client ids of any length are taken (protocol.md §6).
  maxClientsIdLength: Number.MAX_SAFE_INTEGER,
})

interface Parts {
  readonly links: WeakMap<Peer, Link>
  readonly notices: Notices
  readonly presence: () => Presence
}

/** The engine's events. None of them may end the process. */
const followEngine = (engine: Aedes, { links, notices }: Parts, arrivals: Arrivals, log: Log): void => {
  engine.on('connackSent', ({ returnCode }, client) => {
    if (returnCode === 0) arrivals.entered(client, client.clean)
  })
  const broken = (client: Peer, error: Error): void => {
    const { remote } = arrivals.ends(client)
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
    if (rights === null || (user !== null && before.passwordHash(user) !== after.passwordHash(user))) endLink(link, 'rights_changed')
    else link.rights = rights
  }
}

const createHooks = (deps: BrokerDeps, state: State, parts: Parts, arrivals: () => Arrivals): Hooks => {
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
    throttle: createThrottle(deps.now),
    members: () => state.members,
    ends: (peer) => arrivals().ends(peer),
    keepaliveLimit: () => state.settings.keepaliveLimit,
  })
  return {
    ...connect,
    // Wills alone come this way, at the end: rights may have changed since CONNECT, and a DISCONNECT may stand behind what had to wait.
    authorizePublish(client, { topic }, done) {
      const link = client === null ? undefined : parts.links.get(client)
      const may = link?.rights.publish(topic) === 'pass' && !link.leftUnheard()
      done(may ? null : new Error('the client may not publish its will any more'))
    },
    // Nothing is subscribed through the engine: engine-store.ts has it ask for a mark, which is not a subscription.
    authorizeSubscribe: (_client, _subscription, done) => done(null, null),
  }
}

/** What is done now and then: connections that do not read, sessions that are too old, what could not be written, figures. */
const startTending = (sessions: Sessions, arrivals: Arrivals, now: () => number, tellFigures: () => void): (() => void) => {
  let turns = 0
  const timer = setInterval(() => {
    arrivals.check(now())
    turns += 1
    if (turns % sweepEvery === 0) sessions.sweep()
    else sessions.journal.retry()
    if (turns % figuresEvery === 0) tellFigures()
  }, checkMs)
  return () => clearInterval(timer)
}

const openSessions = ({ rows, now, log, meter }: BrokerDeps, settings: () => MqttSettings, traffic: Traffic): Promise<Sessions> =>
  createSessions({
    rows,
    now,
    log,
    bounds: () => settings().sessions,
    maxRetainedBytes: () => settings().maxRetainedBytes,
    count(why) {
      meter.count('undelivered', why)
      if (why === 'session_expired') traffic.sessionsExpired += 1
      else traffic.publishDropped += 1
    },
  })

interface Paths {
  readonly sessions: Sessions
  readonly router: Router
  readonly wills: Wills
  readonly traffic: Traffic
}

/** The engine with all of this on its hooks, and the way in to it. */
const createEngine = async (deps: BrokerDeps, state: State, parts: Parts, paths: Paths) => {
  const { sessions, wills } = paths
  const arrivals: Arrivals = createArrivals({
    ...deps,
    ...parts,
    ...paths,
    feed: createFeed(sessions),
    settings: () => state.settings,
    core: () => present(state.core),
    handle: (stream) => engine.handle(stream),
  })
  const hooks = createHooks(deps, state, parts, () => arrivals)
  const engine = await Aedes.createBroker(engineOptions(hooks, createEngineStore(sessions, wills)))
  makeNumbersAsNeeded()
  mendRoll(engine)
  takePublishes(engine, (packet, client, done) => (client === null ? done() : wills.publish(client, packet as Will, done)))
  followEngine(engine, parts, arrivals, deps.log)
  return { engine, arrivals }
}

/** OTA_BAD_SETTINGS for users, filters and certificates that cannot be. Opens nothing. */
export const checkBroker = (settings: MqttSettings): void => {
  createMembers(settings)
  checkListeners(settings.listeners)
}

/** The broker, ready but deaf: it hears from `listen` on. Throws OTA_BAD_SETTINGS for users that cannot be, OTA_STORE_* for sessions that cannot be read. */
export const createBroker = async (deps: BrokerDeps): Promise<Broker> => {
  const { log, now } = deps
  const state: State = { settings: deps.settings, members: createMembers(deps.settings), core: null, presence: null, listeners: null }
  const parts: Parts = { links: new WeakMap(), notices: createNotices(deps), presence: () => present(state.presence) }
  const traffic = createTraffic()
  const sessions = await openSessions(deps, () => state.settings, traffic)
  const router = createRouter(sessions, now)
  const wills = createWills(sessions, router, log)
  const { engine, arrivals } = await createEngine(deps, state, parts, { sessions, router, wills, traffic })
  const tellFigures = createSysTopics({ ...deps, sessions, router, traffic })
  tellFigures()
  const stopTending = startTending(sessions, arrivals, now, tellFigures)

  const show = (topic: string, payload: Buffer, device: Session | null): void => {
    if (router.isHeard(topic, device))
      router.publish(
        { topic, payload, qos: 0, retain: false },
        [],
        () => undefined,
        () => undefined,
      )
  }

  const close = async (): Promise<void> => {
    stopTending()
    arrivals.stopping()
    // First the engine: it closes its clients with their wills, and knows no more of them when the sockets go.
    await new Promise<void>((resolve) => engine.close(resolve))
    await state.listeners?.close()
    await sessions.journal.settled()
  }

  return {
    transport: createTransport({ presence: () => state.presence ?? undefined, show, log }),
    async listen(core) {
      state.core = core
      state.presence = createPresence(core, log)
      wills.publishLeft()
      const opening = openListeners({
        ...deps,
        accept: arrivals.accept,
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
