// How much of a write the system has not accepted yet. A write completes only as a whole, which takes a slow client minutes; Node's own
// time-outs of sockets look at the same figure.

import type { Socket } from 'node:net'

/** 0 where nothing is being written, or Node does not report it. */
export const unsentBytes = (socket: Socket): number => {
  const handle: unknown = Reflect.get(socket, '_handle')
  const bytes: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'writeQueueSize') : undefined
  return typeof bytes === 'number' ? bytes : 0
}
