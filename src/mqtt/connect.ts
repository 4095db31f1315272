// The way of a CONNECT: who it says it is, its will, its proof, then its place among the connections. Knows the
// engine only by its two hooks `preConnect` and `authenticate`.

import type { IConnectPacket } from 'mqtt-packet'
import type { Log } from '../log.ts'
import { filterRights } from './entry/access.ts'
import type { Admission } from './entry/admission.ts'
import { identify, isRefusal, type Refusal, sessionId } from './entry/identity.ts'
import type { Members } from './entry/members.ts'
import type { Throttle } from './entry/throttle.ts'
import { createLink, type Ends, type Link, type Peer } from './link.ts'
import { addressOf } from './listen/address.ts'
import { type Notices, nameOf } from './notices.ts'
import type { Presence } from './presence.ts'

export interface ConnectDeps {
  readonly links: WeakMap<Peer, Link>
  readonly members: () => Members
  readonly admit: Admission
  readonly presence: () => Presence
  readonly ends: (peer: Peer) => Ends
  readonly notices: Notices
  readonly log: Log
  readonly throttle: Throttle
  /** Longest keep-alive allowed, seconds; 0: any. */
  readonly keepaliveLimit: () => number
  /** How long a CONNECT may take to be let in, milliseconds. */
  readonly patience: number
}

type Authenticated = (error: (Error & { returnCode: Refusal['code'] }) | null, success: boolean | null) => void

const tooSlow: Refusal = { code: 3, reason: 'timeout', text: 'it could not be found out in time whether it may come in' }
const failed: Refusal = { code: 3, reason: 'unavailable', text: 'it could not be found out whether it may come in' }
const tooMany: Refusal = { code: 3, reason: 'too_many_tries', text: 'showed wrong passwords too often; it is heard again in two seconds' }
const noRights = filterRights([], [])

/** What the wire's rules or the settings refuse before anybody is asked who it is. */
const ruleRefusal = (packet: IConnectPacket, limit: number): Refusal | null => {
  // [MQTT-3.1.3-8]
  if (packet.clientId === '' && packet.clean !== true)
    return { code: 2, reason: 'client_id', text: 'a session that stays needs a client id' }
  const asked = packet.keepalive ?? 0
  if (limit === 0 || (asked > 0 && asked <= limit)) return null
  return { code: 5, reason: 'keep_alive', text: `asks for a keep-alive of ${asked} s; mqtt.keepaliveLimit allows 1 to ${limit} s` }
}

/** A will on a topic that the client may not publish to, or on an OTA topic, is taken off and the CONNECT goes on (protocol.md §6). */
const trimWill = (link: Link, packet: IConnectPacket, notices: Notices): void => {
  const topic = packet.will?.topic
  if (topic === undefined) return
  const verdict = link.rights.publish(topic)
  if (verdict === 'pass') return
  delete packet.will
  notices.publishDenied(link, topic, 'will')
}

/** The client behind a CONNECT, as far as it can be told without proof. */
const recognise = (deps: ConnectDeps, peer: Peer, packet: IConnectPacket): Refusal | null => {
  const identity = identify(packet.clientId, packet.username, (name) => deps.members().isUser(name))
  if (isRefusal(identity)) return identity
  const link = createLink(identity, peer, deps.ends(peer), deps.members().rightsOf(identity) ?? noRights)
  deps.links.set(peer, link)
  trimWill(link, packet, deps.notices)
  const refusal = ruleRefusal(packet, deps.keepaliveLimit())
  packet.clientId = sessionId(identity, packet.clientId)
  return refusal
}

/** Lets the client in or says why not; in the end the device has no other connection. */
const enter = async (deps: ConnectDeps, link: Link, password: Uint8Array | undefined, isLate: () => boolean): Promise<Refusal | null> => {
  const [address, name] = [addressOf(link.remote), nameOf(link.identity)]
  if (!deps.throttle.allows(address, name)) return tooMany
  const refusal = await deps.admit(link.identity, password)
  if (refusal?.code === 4) deps.throttle.failed(address, name)
  // One that left meanwhile, or was given up, must not push out its successor.
  if (refusal !== null || isLate() || link.peer.closed) return refusal
  // A reload may have come between.
  link.rights = deps.members().rightsOf(link.identity) ?? noRights
  await deps.presence().take(link)
  return null
}

export const createConnect = (deps: ConnectDeps) => {
  const { links, notices, log } = deps
  const refusals = new WeakMap<Peer, Refusal>()

  const answer = (peer: Peer, refusal: Refusal | null, done: Authenticated): void => {
    if (refusal === null) {
      done(null, true)
      return
    }
    const link = links.get(peer)
    if (!peer.closed) notices.refused(link?.identity ?? null, deps.ends(peer).remote, refusal)
    done(Object.assign(new Error(refusal.text), { returnCode: refusal.code }), null)
  }

  return {
    preConnect(peer: Peer, packet: IConnectPacket, done: (error: Error | null, success: boolean) => void): void {
      const refusal = recognise(deps, peer, packet)
      if (refusal !== null) refusals.set(peer, refusal)
      done(null, true)
    },

    authenticate(peer: Peer, _username: string | undefined, password: Uint8Array | undefined, done: Authenticated): void {
      const link = links.get(peer)
      const early = refusals.get(peer)
      if (link === undefined || early !== undefined) {
        answer(peer, early ?? failed, done)
        return
      }
      let settled = false
      const settle = (refusal: Refusal | null): void => {
        if (settled) return
        settled = true
        clearTimeout(timer)
        answer(peer, refusal, done)
      }
      const timer = setTimeout(() => settle(tooSlow), deps.patience)
      enter(deps, link, password, () => settled).then(settle, (error: unknown) => {
        log.error({ err: error, client: nameOf(link.identity) }, 'could not find out whether a client may come in')
        settle(failed)
      })
    },
  }
}
