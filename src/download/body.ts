// Sends an image's bytes at the client's own speed and counts those sent. Knows no tasks, no headers.

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Bandwidth } from './bandwidth.ts'
import type { TransferCount } from './byte-count.ts'
import { measured, type Speed, unknownSpeed } from './chunk.ts'
import type { Lease } from './image-cache.ts'
import type { Transfer } from './transfer-slots.ts'

export interface Body {
  readonly response: ServerResponse
  readonly lease: Lease
  readonly transfer: Transfer
  readonly count: TransferCount
  readonly left: AbortSignal
  readonly start: number
  readonly end: number
}

/** True if the operating system accepted all of it; false if the client disconnected. */
const write = (response: ServerResponse, piece: Buffer, isLast: boolean): Promise<boolean> =>
  new Promise((resolve) => {
    const closed = (): void => resolve(false)
    // Node reports what a broken connection has not sent without an error.
    const written = (error?: Error | null): void => {
      response.off('close', closed)
      resolve(!error && !socket.destroyed)
    }
    const { socket } = response.req
    if (response.destroyed) return closed()
    response.once('close', closed)
    if (isLast) response.end(piece, written)
    else response.write(piece, written)
  })

/** A write, during which the server waits for the client. */
const writeTo = async ({ response, transfer }: Body, piece: Buffer, isLast: boolean): Promise<boolean> => {
  const written = write(response, piece, isLast)
  transfer.writing()
  const isOut = await written
  transfer.wrote()
  return isOut
}

const withoutTimeout = async (held: Promise<boolean>, socket: Socket): Promise<boolean> => {
  const { timeout = 0 } = socket
  socket.setTimeout(0)
  try {
    return await held
  } finally {
    socket.setTimeout(timeout)
  }
}

/** A client may wait for its place without a limit: the time-out of its connection is for clients that accept no byte. */
export const waitForPlace = (transfer: Transfer, socket: Socket): boolean | Promise<boolean> => {
  const held = transfer.hold()
  return typeof held === 'boolean' ? held : withoutTimeout(held, socket)
}

/** A connection keeps its measured speed from one range to the next. Resolves to true if all bytes were sent. */
export const createSender = (bandwidth: Bandwidth, now: () => number): ((body: Body) => Promise<boolean>) => {
  const speeds = new WeakMap<Socket, Speed>()

  return async (body) => {
    const { response, lease, transfer, count, left, start, end } = body
    const { socket } = response.req
    let speed = speeds.get(socket) ?? unknownSpeed
    let position = start
    while (position < end && !left.aborted) {
      if (!(await waitForPlace(transfer, socket))) return false
      const most = await bandwidth.take(Math.min(speed.chunk, end - position), left)
      if (most === 0) return false
      const piece = await lease.read(position, most)
      const startedAt = now()
      const next = position + piece.length
      if (!(await writeTo(body, piece, next === end))) return false
      count.add(position, next)
      speed = measured(speed, piece.length, now() - startedAt)
      speeds.set(socket, speed)
      position = next
    }
    return position === end
  }
}
