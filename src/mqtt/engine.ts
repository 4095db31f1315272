// Aedes with this room on its hooks: it handles CONNECT, keep-alive, takeover and the end of connections, and sees no messages
// (docs/adr/0011-delivery-is-our-own.md). The only file that imports Aedes.

import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { Aedes, type AedesOptions } from 'aedes'
import type { Dialect } from '../ota/dialects/dialect.ts'
import { createPasswordCheck } from '../password.ts'
import { type Acceptor, type AcceptorDeps, createAcceptor } from './accept.ts'
import type { Addresses } from './addresses.ts'
import { fixClientList, makeNumbersAsNeeded, takePublishes } from './aedes-private.ts'
import type { Client, EngineClient } from './client.ts'
import { createConnect } from './connect.ts'
import { createEngineStore } from './engine-store.ts'
import { type AdmissionDeps, createAdmission } from './entry/admission.ts'
import { type Identity, identify, isRefusal } from './entry/identity.ts'
import type { Members } from './entry/members.ts'
import { createThrottle } from './entry/throttle.ts'
import { nameOf } from './notices.ts'
import { createFeed } from './sessions/feed.ts'
import type { StoredWill } from './sessions/rows.ts'
import { faultReason } from './wire/end-reasons.ts'
import { type Claimed, isWireFault } from './wire/packets.ts'

export interface EngineDeps extends Omit<AcceptorDeps, 'feed' | 'handle'>, Pick<AdmissionDeps, 'enrolment' | 'registry'> {
  readonly dialect: Dialect
  readonly members: () => Members
  readonly addresses: Addresses
}

/** What the broker needs of Aedes. */
export interface Engine {
  close(done: () => void): void
}

const passwordsAtOnce = 2
const passwordsWaiting = 64
const patience = 10_000
const connectTimeout = 10_000

type Hooks = Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe'>

const engineOptions = (hooks: Hooks, persistence: object): AedesOptions => ({
  ...hooks,
  id: randomUUID(),
  persistence,
  connectTimeout,
  // What is written to its streams is taken at once: write-buffer.ts has the bounds.
  drainTimeout: 0,
  // Client ids of any length are accepted (protocol.md §6).
  maxClientsIdLength: Number.MAX_SAFE_INTEGER,
})

/** Before CONNECT a client has no name. */
const connectionOf = (identity: Identity | null): string => (identity === null ? 'a connection' : `the connection of ${nameOf(identity)}`)

/** The engine's events. None of them may end the process. */
const followEngine = (engine: Aedes, { clients, notices, log, members }: EngineDeps, acceptor: Acceptor): void => {
  const claimedIdentity = ({ clientId, user }: Claimed): Identity | null => {
    const identity = user === null ? null : identify(clientId ?? '', user, (name) => members().isUser(name))
    return identity === null || isRefusal(identity) ? null : identity
  }
  engine.on('connackSent', ({ returnCode }, engineClient) => {
    if (returnCode === 0) acceptor.entered(engineClient, engineClient.clean)
  })
  const broken = (engineClient: EngineClient, error: Error): void => {
    const { remote } = acceptor.socketOf(engineClient)
    if (isWireFault(error) && error.claimed !== undefined) {
      notices.unsupported(claimedIdentity(error.claimed), remote, error, error.claimed)
      return
    }
    const identity = clients.get(engineClient)?.identity ?? null
    const reason = faultReason(error)
    if (reason === null) log.debug({ client: nameOf(identity), remote, reason: error.message }, 'a connection ended')
    else notices.broken(reason, remote, `closed ${connectionOf(identity)}: ${error.message}`)
  }
  engine.on('clientError', broken)
  engine.on('connectionError', broken)
  // Declared for listeners of EventEmitter only.
  const emitter: EventEmitter = engine
  emitter.on('error', (error: unknown) => log.error({ err: error }, 'the session store failed'))
}

/** Under `open`, and without a credential, a name is only a name. */
const provesIdentity = ({ enrolment, registry }: EngineDeps, { identity, certificate }: Client): boolean => {
  if (identity.kind !== 'device') return identity.kind === 'user'
  if (certificate === identity.key) return true
  return enrolment !== 'open' && (registry.device(identity.key)?.credential.kind ?? 'none') !== 'none'
}

const createConnectHooks = (deps: EngineDeps, acceptor: () => Acceptor) => {
  const admit = createAdmission({
    ...deps,
    passwordHash: (user) => deps.members().passwordHash(user),
    anonymousAllowed: () => deps.members().anonymousAllowed(),
    checkPassword: createPasswordCheck(passwordsAtOnce, passwordsWaiting),
    mayBeNew: deps.addresses.mayBeNew,
  })
  return createConnect({
    ...deps,
    admit,
    patience,
    throttle: createThrottle(deps.now),
    isProved: (client) => provesIdentity(deps, client),
    socketOf: (engineClient) => acceptor().socketOf(engineClient),
    keepaliveLimit: () => deps.settings().keepaliveLimit,
  })
}

const createHooks = (deps: EngineDeps, acceptor: () => Acceptor): Hooks => ({
  ...createConnectHooks(deps, acceptor),
  // Only wills are published through the engine, at the end: rights may have changed since CONNECT, and a DISCONNECT may be among the packets that had to wait.
  authorizePublish(engineClient, { topic }, done) {
    const client = engineClient === null ? undefined : deps.clients.get(engineClient)
    const may = client?.rights.publish(topic) === 'pass' && !client.hasUnhandledDisconnect()
    done(may ? null : new Error('the client may not publish its will any more'))
  },
  // Nothing is subscribed through the engine: what it restores is the mark of engine-store.ts, which is no subscription.
  authorizeSubscribe: (_engineClient, _subscription, done) => done(null, null),
})

/** The engine, and the acceptor that gives it connections. */
export const createEngine = async (deps: EngineDeps): Promise<{ readonly engine: Engine; readonly acceptor: Acceptor }> => {
  const { sessions, wills } = deps
  const acceptor: Acceptor = createAcceptor({ ...deps, feed: createFeed(sessions), handle: (stream) => engine.handle(stream) })
  const hooks = createHooks(deps, () => acceptor)
  const engine = await Aedes.createBroker(engineOptions(hooks, createEngineStore(sessions, wills)))
  makeNumbersAsNeeded()
  fixClientList(engine)
  takePublishes(engine, (packet, engineClient, done) =>
    engineClient === null
      ? done()
      : wills.publish(engineClient, packet as StoredWill, done, deps.clients.get(engineClient as EngineClient)?.session?.owner),
  )
  followEngine(engine, deps, acceptor)
  return { engine, acceptor }
}
