// Requests of one connection, each begun when the answer to the one before is out: a client that sends several at once holds one place, and
// those that its broken connection leaves behind hold none. Knows neither links nor images.

import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Log } from '../log.ts'

/** Requests that wait on one connection; who sends more reads no answers. */
const mostWaiting = 64

interface Waiting {
  readonly response: ServerResponse
  readonly begin: () => void
}

export const inOrder = (listener: RequestListener, log: Log): RequestListener => {
  const connections = new WeakMap<Socket, Waiting[]>()

  /** Node gives the connection to the next response before the one before closes, unless there will be no next one. */
  const beginNext = (socket: Socket, waiting: Waiting[]): void => {
    const next = waiting.shift()
    if (next === undefined) connections.delete(socket)
    else if (next.response.socket !== null) begin(socket, waiting, next)
  }
  const begin = (socket: Socket, waiting: Waiting[], { response, begin: act }: Waiting): void => {
    response.once('close', () => beginNext(socket, waiting))
    act()
  }
  return (request, response) => {
    const { socket } = request
    const mine: Waiting = { response, begin: () => listener(request, response) }
    const waiting = connections.get(socket)
    if (waiting === undefined) {
      const others: Waiting[] = []
      connections.set(socket, others)
      begin(socket, others, mine)
    } else if (waiting.length < mostWaiting) waiting.push(mine)
    else {
      log.warn({ address: socket.remoteAddress ?? '' }, `a download connection was closed: ${mostWaiting} requests wait on it already`)
      socket.destroy()
    }
  }
}
