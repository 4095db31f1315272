// Whether the last bytes of a response were delivered: the system accepts them long before a slow device has them, and reports no
// more. Known from the next request on the connection, its orderly end, or a quiet time on the open connection. Knows no tasks.

import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

export interface Deliveries {
  /**
   * All of a response of `bytes` was sent on this socket: calls `delivered` (`sure`: known from an act of the client, not only from a
   * quiet time), or `lost` if the socket breaks before that is known.
   */
  await(socket: Socket, bytes: number, delivered: (sure: boolean) => void, lost: () => void): void
}

/** How long a client has to close its side after the server has closed its own. */
export const lingerMs = 60_000

/** Node destroys a connection once the system has accepted the last byte: here it waits for the client to close. */
const linger = (socket: Socket): void => {
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    timer.unref()
    socket.once('close', () => clearTimeout(timer))
  }
}

/** Bytes that the system has accepted may still be in transit for as long as a slow device needs for them. */
const slowBytesPerMs = 20
/** Idle connections are kept open a little longer than this. */
const longestQuietMs = 60_000

/** How long a connection must be open and quiet until `bytes` sent on it count as delivered. */
export const quietFor = (bytes: number, quietMs: number): number => Math.min(longestQuietMs, quietMs + bytes / slowBytesPerMs)

/** One response of a connection; what was sent before it on the same connection arrives before it. */
interface Sent {
  readonly bytes: number
  readonly delivered: (sure: boolean) => void
  readonly lost: () => void
}

interface Wait {
  readonly sent: readonly Sent[]
  readonly yes: () => void
  readonly stop: () => void
}

/** Waits `quietMs` plus the time for the bytes: a connection that is still open then belongs to a device that has received the response. */
export const createDeliveries = (server: Pick<EventEmitter, 'on'>, quietMs: number): Deliveries => {
  const waiting = new WeakMap<Socket, Wait>()
  server.on('connection', linger)
  server.on('request', ({ socket }: { readonly socket: Socket }) => waiting.get(socket)?.yes())
  const wait = (socket: Socket, sent: readonly Sent[]): void => {
    const stop = (): void => {
      clearTimeout(timer)
      waiting.delete(socket)
      socket.off('end', yes)
      socket.off('close', no)
    }
    const settle = (report: (one: Sent) => void) => (): void => {
      stop()
      for (const one of sent) report(one)
    }
    const yes = settle(({ delivered }) => delivered(true))
    const quiet = settle(({ delivered }) => delivered(false))
    const no = settle(({ lost }) => lost())
    const bytes = sent.reduce((sum, one) => sum + one.bytes, 0)
    const timer = setTimeout(quiet, quietFor(bytes, quietMs))
    timer.unref()
    waiting.set(socket, { sent, yes, stop })
    socket.once('end', yes)
    socket.once('close', no)
    if (socket.readableEnded) yes()
    else if (socket.destroyed) no()
  }
  return {
    await(socket, bytes, delivered, lost) {
      const before = waiting.get(socket)
      before?.stop()
      wait(socket, [...(before?.sent ?? []), { bytes, delivered, lost }])
    },
  }
}
