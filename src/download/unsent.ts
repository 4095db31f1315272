// How much of a write the system has not accepted yet. A write completes only as a whole, which takes a slow client minutes; Node's own
// time-outs of sockets look at the same figure.

import type { Socket } from 'node:net'

const queued = (handle: unknown): number => {
  const bytes: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'writeQueueSize') : undefined
  return typeof bytes === 'number' ? bytes : 0
}

/** What TLS has encrypted leaves in pieces of up to 160 KiB: what TCP has of them falls with every packet. */
const below = (handle: unknown): unknown => (typeof handle === 'object' && handle !== null ? Reflect.get(handle, '_parent') : undefined)

/** 0 where nothing is being written, or Node does not report it. With TLS more than is left, but less whenever the system accepts some. */
export const unsentBytes = (socket: Socket): number => {
  const handle: unknown = Reflect.get(socket, '_handle')
  return queued(handle) + queued(below(handle))
}
