// Bounds of connections: many that never ask for an image must not keep out those that do. Where there are too many, the oldest that has
// shown no valid link is closed, then the one that has been idle for longest; who has just come is served.

import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from '../address-network.ts'
import type { TurnedAwayReason } from './messages.ts'

export interface BoundOptions {
  readonly most: number
  /** Of one address (of IPv6, one network), without a valid link; programs of this machine are not bounded. */
  readonly pendingPerAddress: number
  readonly turnedAway: (reason: TurnedAwayReason, address: string) => void
  readonly changed: () => void
}

/** A connection, as its bounds know it. */
export interface Bounded {
  readonly remoteAddress?: string | undefined
  destroy(): unknown
}

export interface ConnectionBounds {
  /** A connection that the server does not announce, until it has left. */
  entered(socket: Bounded): void
  left(socket: Bounded): void
  /** Its client has shown a valid link. */
  proven(socket: Bounded): void
  /** A request has come, or its answer is out, on a connection whose requests the server does not announce. */
  asked(socket: Bounded): void
  answered(socket: Bounded): void
  readonly count: () => number
}

const isLoopback = (address: string): boolean => /^(::ffff:)?127\.|^::1$/.test(address)

export const createConnectionBounds = (
  server: Pick<EventEmitter, 'on'>,
  { most, pendingPerAddress, turnedAway, changed }: BoundOptions,
): ConnectionBounds => {
  const all = new Set<Bounded>()
  /** In the order in which they came. */
  const pending = new Map<Bounded, string>()
  const addresses = new Map<string, Set<Bounded>>()
  /** Between two requests, in the order in which they became so. */
  const idle = new Set<Bounded>()
  /** Its last request, of those that came together too. */
  const newest = new WeakMap<Bounded, ServerResponse>()

  const proven = (socket: Bounded): void => {
    const address = pending.get(socket)
    if (address === undefined) return
    pending.delete(socket)
    const same = addresses.get(address)
    if (same?.delete(socket) === true && same.size === 0) addresses.delete(address)
  }
  const remove = (socket: Bounded): void => {
    proven(socket)
    idle.delete(socket)
    if (all.delete(socket)) changed()
  }
  const close = (socket: Bounded, reason: TurnedAwayReason): void => {
    turnedAway(reason, socket.remoteAddress ?? '')
    remove(socket)
    socket.destroy()
  }
  const add = (socket: Bounded, address: string): void => {
    all.add(socket)
    pending.set(socket, address)
    addresses.set(address, (addresses.get(address) ?? new Set()).add(socket))
    changed()
  }
  const enter = (socket: Bounded): void => {
    const address = socket.remoteAddress ?? ''
    const network = networkOf(address)
    add(socket, network)
    const same = addresses.get(network)
    const [firstOfSame = socket] = same ?? []
    if (same !== undefined && same.size > pendingPerAddress && !isLoopback(address)) close(firstOfSame, 'address')
    if (all.size <= most) return
    const [first = socket] = pending.keys()
    const [firstIdle = socket] = idle
    close(first === socket ? firstIdle : first, 'connections')
  }
  // A TLS handshake counts as a connection that has not asked yet; then the TLS socket takes its place.
  const announced = (socket: Socket): void => {
    enter(socket)
    socket.once('close', () => remove(socket))
  }
  server.on('handshake', announced)
  server.on('secured', remove)
  server.on('connection', announced)
  const answered = (socket: Bounded): void => {
    if (all.has(socket) && !pending.has(socket)) idle.add(socket)
  }
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket)
    newest.set(socket, response)
    response.once('close', () => {
      if (newest.get(socket) === response) answered(socket)
    })
  })
  return { entered: enter, left: remove, proven, asked: (socket) => void idle.delete(socket), answered, count: () => all.size }
}
