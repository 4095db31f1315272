// Who sends a CONNECT, and whether it may connect: identity, will, credentials, then the registration as the device's newest connection.
// Knows no sockets; what a connection does then is in link.ts.

import type { Log } from '../log.ts'
import type { DeviceTopics, Dialect } from '../ota/dialects/dialect.ts'
import type { Addresses } from './addresses.ts'
import { type Client, createClient, type Link } from './client.ts'
import type { DeviceClients } from './device-clients.ts'
import { deviceRights, filterRights, type Rights } from './entry/access.ts'
import type { Admission } from './entry/admission.ts'
import { type Identity, identify, isRefusal, type Refusal, sessionId } from './entry/identity.ts'
import type { Members } from './entry/members.ts'
import type { Throttle } from './entry/throttle.ts'
import { addressOf } from './listen/address.ts'
import { type Notices, nameOf } from './notices.ts'
import type { Connect, Will } from './wire/packets.ts'

export interface ConnectDeps {
  readonly dialect: Dialect
  readonly members: () => Members
  readonly admit: Admission
  readonly deviceClients: () => DeviceClients
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

/** Who a CONNECT says that its client is. */
export interface Identified {
  /** Null: refused before it was known. */
  readonly client: Client | null
  /** The name of its session; empty: the client has no client id, and gets one. */
  readonly sessionId: string
  /** Null: it has none, or may not have it. */
  readonly will: Will | null
  /** What the standard or the settings refuse, whatever its credentials are. */
  readonly refusal: Refusal | null
}

export interface Connecting {
  identify(link: Link, packet: Connect): Identified
  /** Why the client may not connect; null: it may, and its device has no other connection. Never rejects. */
  admit(client: Client, password: Buffer | null): Promise<Refusal | null>
}

const tooSlow: Refusal = { code: 3, reason: 'timeout', text: 'its credentials could not be checked in time' }
const failed: Refusal = { code: 3, reason: 'unavailable', text: 'its credentials could not be checked' }
const tooMany: Refusal = {
  code: 3,
  reason: 'too_many_tries',
  text: 'sent a wrong password too often; its next attempt is accepted in two seconds',
}

/** What the standard or the settings refuse, whoever the client is. */
const ruleRefusal = ({ clientId, level, clean, keepalive }: Connect, limit: number): Refusal | null => {
  // MQTT 3.1 §3.1: at least one character, whatever the clean session flag says.
  if (clientId === '' && level === 3) return { code: 2, reason: 'client_id', text: 'MQTT 3.1 needs a client id' }
  // [MQTT-3.1.3-8]
  if (clientId === '' && !clean) return { code: 2, reason: 'client_id', text: 'clean session 0 needs a client id' }
  if (limit === 0 || (keepalive > 0 && keepalive <= limit)) return null
  return { code: 5, reason: 'keep_alive', text: `requested a keep-alive of ${keepalive} s; mqtt.keepaliveLimit allows 1 to ${limit} s` }
}

/** Without a will on a topic that the client may not publish to, or on an OTA topic; the CONNECT continues (protocol.md §6). */
const allowedWill = (client: Client, { will }: Connect, notices: Notices): Will | null => {
  if (will === null || client.rights.publish(will.topic) === 'pass') return will
  notices.publishDenied(client, will.topic, 'will')
  return null
}

/** The rights of a device by its topics, of any other client by the settings; none where these do not name it any more. */
const rightsOf = ({ dialect, members }: ConnectDeps, identity: Identity, topics: DeviceTopics | null): Rights =>
  topics === null ? (members().rightsOf(identity) ?? filterRights([], [], dialect.isReserved)) : deviceRights(topics)

/** Admits the client or returns why not. When it resolves, the device has no other connection. */
const enter = async (deps: ConnectDeps, client: Client, password: Buffer | null, isLate: () => boolean): Promise<Refusal | null> => {
  const { link, identity } = client
  const [address, name] = [addressOf(link.remote), nameOf(identity)]
  if (!deps.throttle.allows(address, name)) return tooMany
  const refusal = await deps.admit(identity, { password: password ?? undefined, certificate: link.certificate }, address)
  if (refusal?.code === 4) deps.throttle.failed(address, name)
  // A client that left meanwhile, or timed out, must not close its successor's connection.
  if (refusal !== null || isLate() || link.closed) return refusal
  if (deps.isProved(client)) deps.addresses.release(link.remote)
  // The settings may have been reloaded meanwhile; the rights of a device do not depend on them.
  if (client.topics === null) client.rights = rightsOf(deps, identity, null)
  await deps.deviceClients().take(client)
  return null
}

export const createConnect = (deps: ConnectDeps): Connecting => ({
  identify(link, packet) {
    const { clientId, username } = packet
    const identity = identify(clientId, username ?? undefined, (name) => deps.members().isUser(name))
    if (isRefusal(identity)) return { client: null, sessionId: '', will: null, refusal: identity }
    const topics = identity.kind === 'device' ? deps.dialect.topicsOf(identity.product, identity.name) : null
    const client = createClient(identity, link, topics, rightsOf(deps, identity, topics))
    const will = allowedWill(client, packet, deps.notices)
    return { client, sessionId: sessionId(identity, clientId), will, refusal: ruleRefusal(packet, deps.keepaliveLimit()) }
  },

  admit: (client, password) =>
    new Promise((resolve) => {
      let isSettled = false
      const settle = (refusal: Refusal | null): void => {
        isSettled = true
        clearTimeout(timer)
        resolve(refusal)
      }
      const timer = setTimeout(settle, deps.patience, tooSlow)
      enter(deps, client, password, () => isSettled).then(settle, (error: unknown) => {
        deps.log.error({ err: error, client: nameOf(client.identity) }, 'the credentials of a client could not be checked')
        settle(failed)
      })
    }),
})
