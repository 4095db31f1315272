// The broker's open connections: takes accepted sockets, checks them periodically, and reports what ended them. Wires what they share.

import type { Settings } from '../settings.ts'
import type { ByteChannel } from '../tcp/channel.ts'
import { type Identity, identify, isRefusal } from './entry/identity.ts'
import type { Members } from './entry/members.ts'
import { createLink, type LinkDeps, type ServedLink } from './link.ts'
import type { Peer } from './listen/peer.ts'
import { nameOf } from './notices.ts'
import { createAfterwards, createPortions } from './portions.ts'
import type { SocketDeps } from './socket.ts'
import type { Traffic } from './traffic.ts'
import { faultReason } from './wire/end-reasons.ts'
import { type Claimed, isWireFault } from './wire/packets.ts'
import { createDefer, usualLimits } from './write-buffer.ts'

export interface AcceptorDeps extends Omit<LinkDeps, 'socket' | 'connectMs' | 'isStopping' | 'ended'> {
  readonly settings: () => Settings['mqtt']
  readonly now: () => number
  readonly members: () => Members
}

export interface Acceptor {
  readonly accept: (channel: ByteChannel, peer: Peer) => void
  /** Called periodically: ends connections whose clients do not read, and retries retained messages that had no room. */
  check(now: number): void
  /** The server is stopping: the reason of connections that end from now on, and no CONNECT is answered any more. */
  stopping(): void
}

const connectMs = 10_000

/** Connections whose end is handled in one turn of the event loop: thousands may end at once, and other clients must not wait for them all. */
const endsPerTurn = 16

/** The longest CONNECT [MQTT 3.1.1 §3.1]: two headers and five fields. No more than that is buffered for an unknown client. */
const maxConnectBytes = 4 + 10 + 5 * (2 + 65_535)

const createSocketDeps = ({ settings, now }: AcceptorDeps, traffic: Traffic): SocketDeps => {
  const defer = createDefer()
  return {
    output: {
      limits: usualLimits,
      now,
      defer,
      sent(bytes, packets) {
        traffic.bytesSent += bytes
        traffic.packetsSent += packets
      },
    },
    portion: createPortions(endsPerTurn, defer.run),
    afterwards: createAfterwards(),
    limits: { connectBytes: () => maxConnectBytes, packetBytes: () => settings().maxPacketBytes },
  }
}

/** Before CONNECT a client has no name. */
const connectionOf = (identity: Identity | null): string => (identity === null ? 'a connection' : `the connection of ${nameOf(identity)}`)

/** Reports what ended a connection, unless that is reported elsewhere. */
const createReport = ({ notices, log, members }: AcceptorDeps) => {
  const claimedIdentity = ({ clientId, user }: Claimed): Identity | null => {
    const identity = user === null ? null : identify(clientId ?? '', user, (name) => members().isUser(name))
    return identity === null || isRefusal(identity) ? null : identity
  }
  return ({ client, remote }: ServedLink, error: Error): void => {
    if (isWireFault(error) && error.claimed !== undefined) {
      notices.unsupported(claimedIdentity(error.claimed), remote, error, error.claimed)
      return
    }
    const identity = client?.identity ?? null
    const reason = faultReason(error)
    if (reason === null) log.debug({ client: nameOf(identity), remote, reason: error.message }, 'a connection ended')
    else notices.broken(reason, remote, `closed ${connectionOf(identity)}: ${error.message}`)
  }
}

export const createAcceptor = (deps: AcceptorDeps): Acceptor => {
  const { traffic, feed } = deps
  const open = new Set<ServedLink>()
  const report = createReport(deps)
  let isStopping = false
  const shared: LinkDeps = {
    ...deps,
    connectMs,
    socket: createSocketDeps(deps, traffic),
    isStopping: () => isStopping,
    ended(link, error) {
      open.delete(link)
      if (error !== null) report(link, error)
    },
  }
  return {
    accept(channel, peer) {
      traffic.sockets += 1
      open.add(createLink(channel, peer, shared))
    },
    check(at) {
      for (const link of open) link.check(at)
      feed.retry()
    },
    stopping() {
      isStopping = true
    },
  }
}
