// How a CONNECT is handled: identity, will, credentials, then the registration as the device's newest connection. Knows the engine
// only by its two hooks `preConnect` and `authenticate`.

import type { IConnectPacket } from 'mqtt-packet'
import type { Log } from '../log.ts'
import type { DeviceTopics, Dialect } from '../ota/dialects/dialect.ts'
import type { Addresses } from './addresses.ts'
import { type Client, createClient, type EngineClient, type SocketAccess } from './client.ts'
import type { DeviceClients } from './device-clients.ts'
import { deviceRights, filterRights, type Rights } from './entry/access.ts'
import type { Admission } from './entry/admission.ts'
import { type Identity, identify, isRefusal, type Refusal, sessionId } from './entry/identity.ts'
import type { Members } from './entry/members.ts'
import type { Throttle } from './entry/throttle.ts'
import { addressOf } from './listen/address.ts'
import { type Notices, nameOf } from './notices.ts'
import type { Claimed } from './wire/packets.ts'

export interface ConnectDeps {
  readonly clients: WeakMap<EngineClient, Client>
  readonly dialect: Dialect
  readonly members: () => Members
  readonly admit: Admission
  readonly deviceClients: () => DeviceClients
  readonly socketOf: (engineClient: EngineClient) => SocketAccess
  readonly notices: Notices
  readonly log: Log
  readonly throttle: Throttle
  /** Whether a client that was admitted has shown a password or a certificate that counts. */
  readonly isProved: (client: Client) => boolean
  readonly addresses: Pick<Addresses, 'release'>
  /** Longest keep-alive allowed, seconds; 0: any. */
  readonly keepaliveLimit: () => number
  /** How long admission may take, milliseconds. */
  readonly patience: number
}

type Authenticated = (error: (Error & { returnCode: Refusal['code'] }) | null, success: boolean | null) => void

const nobody: Claimed = { clientId: null, user: null }
const tooSlow: Refusal = { code: 3, reason: 'timeout', text: 'its credentials could not be checked in time' }
const failed: Refusal = { code: 3, reason: 'unavailable', text: 'its credentials could not be checked' }
const tooMany: Refusal = {
  code: 3,
  reason: 'too_many_tries',
  text: 'sent a wrong password too often; its next attempt is accepted in two seconds',
}

/** What the standard or the settings refuse, whoever the client is. */
const ruleRefusal = (packet: IConnectPacket, limit: number): Refusal | null => {
  // MQTT 3.1 §3.1: at least one character, whatever the clean session flag says.
  if (packet.clientId === '' && packet.protocolVersion === 3) return { code: 2, reason: 'client_id', text: 'MQTT 3.1 needs a client id' }
  // [MQTT-3.1.3-8]
  if (packet.clientId === '' && packet.clean !== true) return { code: 2, reason: 'client_id', text: 'clean session 0 needs a client id' }
  const asked = packet.keepalive ?? 0
  if (limit === 0 || (asked > 0 && asked <= limit)) return null
  return { code: 5, reason: 'keep_alive', text: `requested a keep-alive of ${asked} s; mqtt.keepaliveLimit allows 1 to ${limit} s` }
}

/** Removes a will on a topic that the client may not publish to, or on an OTA topic; the CONNECT continues without it (protocol.md §6). */
const trimWill = (client: Client, packet: IConnectPacket, notices: Notices): void => {
  const topic = packet.will?.topic
  if (topic === undefined) return
  if (client.rights.publish(topic) === 'pass') return
  delete packet.will
  notices.publishDenied(client, topic, 'will')
}

/** The rights of a device by its topics, of any other client by the settings; none where these do not name it any more. */
const rightsOf = ({ dialect, members }: ConnectDeps, identity: Identity, topics: DeviceTopics | null): Rights =>
  topics === null ? (members().rightsOf(identity) ?? filterRights([], [], dialect.isReserved)) : deviceRights(topics)

/** The client that a CONNECT claims to be, before its credentials are checked. */
const identifyClient = (deps: ConnectDeps, engineClient: EngineClient, packet: IConnectPacket): Refusal | null => {
  const identity = identify(packet.clientId, packet.username, (name) => deps.members().isUser(name))
  if (isRefusal(identity)) return identity
  const topics = identity.kind === 'device' ? deps.dialect.topicsOf(identity.product, identity.name) : null
  const client = createClient(identity, engineClient, deps.socketOf(engineClient), topics, rightsOf(deps, identity, topics))
  deps.clients.set(engineClient, client)
  trimWill(client, packet, deps.notices)
  const refusal = ruleRefusal(packet, deps.keepaliveLimit())
  packet.clientId = sessionId(identity, packet.clientId)
  return refusal
}

/** Admits the client or returns why not. When it resolves, the device has no other connection. */
const enter = async (
  deps: ConnectDeps,
  client: Client,
  password: Uint8Array | undefined,
  isLate: () => boolean,
): Promise<Refusal | null> => {
  const [address, name] = [addressOf(client.remote), nameOf(client.identity)]
  if (!deps.throttle.allows(address, name)) return tooMany
  const refusal = await deps.admit(client.identity, { password, certificate: client.certificate }, address)
  if (refusal?.code === 4) deps.throttle.failed(address, name)
  // A client that left meanwhile, or timed out, must not close its successor's connection.
  if (refusal !== null || isLate() || client.engineClient.closed) return refusal
  if (deps.isProved(client)) deps.addresses.release(client.remote)
  // The settings may have been reloaded meanwhile; the rights of a device do not depend on them.
  if (client.topics === null) client.rights = rightsOf(deps, client.identity, null)
  await deps.deviceClients().take(client)
  return null
}

export const createConnect = (deps: ConnectDeps) => {
  const { clients, notices, log } = deps
  const refusals = new WeakMap<EngineClient, Refusal>()
  const claims = new WeakMap<EngineClient, Claimed>()

  const answer = (engineClient: EngineClient, refusal: Refusal | null, done: Authenticated): void => {
    if (refusal === null) {
      done(null, true)
      return
    }
    const client = clients.get(engineClient)
    if (!engineClient.closed)
      notices.refused(client?.identity ?? null, deps.socketOf(engineClient).remote, refusal, claims.get(engineClient) ?? nobody)
    done(Object.assign(new Error(refusal.text), { returnCode: refusal.code }), null)
  }

  return {
    preConnect(engineClient: EngineClient, packet: IConnectPacket, done: (error: Error | null, success: boolean) => void): void {
      claims.set(engineClient, { clientId: packet.clientId, user: packet.username ?? null })
      const refusal = identifyClient(deps, engineClient, packet)
      if (refusal !== null) refusals.set(engineClient, refusal)
      done(null, true)
    },

    authenticate(engineClient: EngineClient, _username: string | undefined, password: Uint8Array | undefined, done: Authenticated): void {
      const client = clients.get(engineClient)
      const early = refusals.get(engineClient)
      if (client === undefined || early !== undefined) {
        answer(engineClient, early ?? failed, done)
        return
      }
      let settled = false
      const settle = (refusal: Refusal | null): void => {
        if (settled) return
        settled = true
        clearTimeout(timer)
        answer(engineClient, refusal, done)
      }
      const timer = setTimeout(() => settle(tooSlow), deps.patience)
      enter(deps, client, password, () => settled).then(settle, (error: unknown) => {
        log.error({ err: error, client: nameOf(client.identity) }, 'the credentials of a client could not be checked')
        settle(failed)
      })
    },
  }
}
