// Whether the last bytes of an answer have arrived: the system takes them long before a slow device has them, and tells no
// more. Known by the next request on the connection, by its orderly end, or by its staying open and quiet for a while. Knows no tasks.

import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface Deliveries {
  /**
   * All of an answer of so many bytes went out on this socket: calls `arrived` (`sure`: by an act of the client, not for mere quiet), or
   * `lost` when the socket breaks before that is known.
   */
  await(socket: Socket, bytes: number, delivered: (sure: boolean) => void, lost: () => void): void
}

/** What a client has to close its own side, once the server has closed its. */
const lingerMs = 60_000

/** Node closes a connection for good with the last byte that the system took: here the client's own end is waited for. */
const linger = (socket: Socket): void => {
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    timer.unref()
    socket.once('close', () => clearTimeout(timer))
  }
}

/** What the system has taken may still be on its way for as long as a slow device needs for it. */
const slowBytesPerMs = 20
/** Connections are kept open a little longer than this. */
const longestQuietMs = 60_000

/** `quietMs`, and the time for its bytes: a connection that stays open so long after an answer belongs to a device that is busy with it. */
export const createDeliveries = (server: Server, quietMs: number): Deliveries => {
  const waiting = new WeakMap<Socket, () => void>()
  server.on('connection', linger)
  server.on('request', ({ socket }: { readonly socket: Socket }) => waiting.get(socket)?.())
  return {
    await(socket, bytes, delivered, lost) {
      const settle = (tell: () => void) => (): void => {
        clearTimeout(timer)
        waiting.delete(socket)
        socket.off('end', yes)
        socket.off('close', no)
        tell()
      }
      const yes = settle(() => delivered(true))
      const quiet = settle(() => delivered(false))
      const no = settle(lost)
      const timer = setTimeout(quiet, Math.min(longestQuietMs, quietMs + bytes / slowBytesPerMs))
      timer.unref()
      waiting.set(socket, yes)
      socket.once('end', yes)
      socket.once('close', no)
      if (socket.readableEnded) yes()
      else if (socket.destroyed) no()
    },
  }
}
