// A connection of plain HTTP while its requests are the plainest: each is answered from memory, without Node's HTTP. The first one that is
// not goes to Node's server, and the connection stays there. Knows the core only through grants.

import type { Socket } from 'node:net'
import { unknownSpeed } from './chunk.ts'
import type { ConnectionBounds } from './connection-bounds.ts'
import { lingerMs } from './delivered.ts'
import { headMs, idleMs, stuckMs } from './doors.ts'
import { createQuickDelivery, type QuickDelivery } from './quick-delivery.ts'
import { bringHere, type QuickAsk, type QuickReadParts, readQuickAsk, requestFor } from './quick-request.ts'
import {
  beginQuick,
  goOn,
  leaveQuick,
  type QuickRequest,
  type QuickSender,
  type QuickTransfer,
  type QuickTransferParts,
} from './quick-transfer.ts'
import type { Leaving } from './transfer-slots.ts'
import { unsentBytes } from './unsent.ts'

export interface QuickParts extends QuickTransferParts, QuickReadParts {
  readonly bounds: Pick<ConnectionBounds, 'proven' | 'asked' | 'answered'>
  /** An answer with this status is out, or was cut off. */
  readonly counted: (status: number) => void
  /** How long a connection must be open and quiet until the last bytes of its answer count as delivered. */
  readonly quietMs: number
}

export interface QuickConnections {
  /** `pass` gives the connection to Node's HTTP server. */
  take(socket: Socket, pass: () => void): void
  /** Ends each connection after its answer, and all of them after `graceMs`. */
  shut(graceMs: number): void
}

interface All {
  readonly parts: QuickParts
  readonly open: Set<Quick>
  isShut: boolean
}

interface Quick extends QuickSender {
  readonly all: All
  readonly pass: () => void
  readonly delivery: QuickDelivery
  /** It has disconnected: whoever waits for something for it waits no longer. */
  readonly leave: () => void
  readonly listeners: readonly (readonly [event: string, listener: (bytes: Buffer) => void])[]
  state: 'idle' | 'asked' | 'sending' | 'ending' | 'over'
  transfer: QuickTransfer | undefined
  /** What came before its turn. */
  rest: Buffer | undefined
  hasAsked: boolean
  /** The client has closed its side. */
  hasEnded: boolean
  stuckFor: number
}

const leavingOf = (): { readonly left: Leaving; readonly leave: () => void } => {
  const listeners = new Set<() => void>()
  const left = {
    aborted: false,
    addEventListener: (_type: 'abort', listener: () => void) => void listeners.add(listener),
    removeEventListener: (_type: 'abort', listener: () => void) => void listeners.delete(listener),
  }
  const leave = (): void => {
    left.aborted = true
    for (const listener of listeners) listener()
  }
  return { left, leave }
}

/** Nothing but the client's own end is waited for. */
const end = (quick: Quick): void => {
  const { socket, all } = quick
  quick.state = 'ending'
  socket.setTimeout(lingerMs)
  if (all.isShut) socket.end(() => socket.destroy())
  else socket.end()
}

/** Node's server has the connection, from `bytes` on. */
const toNode = (quick: Quick, bytes: Buffer): void => {
  const { socket, pass, rest, all } = quick
  quick.state = 'over'
  quick.delivery.close()
  all.open.delete(quick)
  for (const [event, listener] of quick.listeners) socket.off(event, listener)
  socket.setTimeout(0)
  pass()
  socket.emit('data', rest === undefined ? bytes : Buffer.concat([bytes, rest]))
  if (socket.isPaused()) socket.resume()
}

const passOn = (quick: Quick, bytes: Buffer): void => {
  if (quick.hasEnded || quick.socket.destroyed) end(quick)
  else toNode(quick, bytes)
}

const answer = (quick: Quick, request: QuickRequest): void => {
  const { all, socket } = quick
  all.parts.bounds.proven(socket)
  quick.state = 'sending'
  quick.transfer = beginQuick(all.parts, quick, request)
}

/** True: it is being answered, or Node has it. */
const tryAnswer = (quick: Quick, bytes: Buffer, ask: QuickAsk): boolean => {
  const { parts } = quick.all
  const request = requestFor(parts, ask)
  if (request === 'absent') return false
  if (request === undefined || !parts.slots.hasRoom()) passOn(quick, bytes)
  else answer(quick, request)
  return true
}

const answerLater = async (quick: Quick, bytes: Buffer, ask: QuickAsk): Promise<void> => {
  await bringHere(quick.all.parts, ask)
  if (quick.state === 'asked' && !tryAnswer(quick, bytes, ask)) passOn(quick, bytes)
}

const begin = (quick: Quick, bytes: Buffer): void => {
  const { all, socket } = quick
  const ask = all.isShut ? undefined : readQuickAsk(all.parts, bytes)
  if (ask === undefined) {
    passOn(quick, bytes)
    return
  }
  quick.state = 'asked'
  if (!quick.hasAsked) socket.setTimeout(idleMs)
  quick.hasAsked = true
  all.parts.bounds.asked(socket)
  if (!tryAnswer(quick, bytes, ask)) void answerLater(quick, bytes, ask)
}

const arrived = (quick: Quick, bytes: Buffer): void => {
  quick.delivery.sure()
  if (quick.state === 'idle') begin(quick, bytes)
  else if (quick.state !== 'ending') {
    quick.rest = quick.rest === undefined ? bytes : Buffer.concat([quick.rest, bytes])
    quick.socket.pause()
  }
}

const next = (quick: Quick): void => {
  const { rest, socket } = quick
  if (rest === undefined) return
  quick.rest = undefined
  begin(quick, rest)
  if (quick.rest === undefined) socket.resume()
}

const isOut = (quick: Quick, transfer: QuickTransfer): void => {
  const { all, socket } = quick
  const { parts } = all
  const { part, keepsOpen } = transfer.request
  quick.transfer = undefined
  leaveQuick(transfer)
  parts.counted(part.status)
  quick.delivery.add(transfer.count, part.end - part.start)
  if (quick.hasEnded) quick.delivery.sure()
  if (!keepsOpen || quick.hasEnded || all.isShut) end(quick)
  else {
    quick.state = 'idle'
    parts.bounds.answered(socket)
    next(quick)
  }
}

const wrote = (quick: Quick, error: Error | null | undefined): void => {
  const { transfer, all, socket } = quick
  // Node reports what a broken connection has not sent without an error.
  if (transfer === undefined || error || socket.destroyed) return
  quick.stuckFor = 0
  if (goOn(all.parts, quick, transfer)) isOut(quick, transfer)
}

const ended = (quick: Quick): void => {
  quick.hasEnded = true
  quick.delivery.sure()
  if (quick.state === 'idle') end(quick)
}

/** A time-out of the socket: it was quiet for as long as its state allows, or it is being written to and accepted nothing. */
const quiet = (quick: Quick): void => {
  const { socket, state } = quick
  if (state === 'sending') {
    quick.stuckFor += idleMs
    if (quick.stuckFor < stuckMs) socket.setTimeout(idleMs)
    else socket.destroy()
  } else if (quick.hasAsked || state !== 'idle') socket.destroy()
  else {
    socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    end(quick)
  }
}

const closed = (quick: Quick): void => {
  const { transfer, all } = quick
  quick.state = 'over'
  all.open.delete(quick)
  quick.leave()
  quick.delivery.close()
  if (transfer === undefined) return
  quick.transfer = undefined
  leaveQuick(transfer)
  transfer.count.end()
  all.parts.counted(transfer.request.part.status)
}

const open = (all: All, socket: Socket, pass: () => void): Quick => {
  const quick: Quick = {
    all,
    socket,
    pass,
    ...leavingOf(),
    delivery: createQuickDelivery(all.parts.quietMs, all.parts.monotonic),
    unsent: () => (socket.writableLength === 0 ? 0 : unsentBytes(socket)),
    cut: () => void socket.destroy(),
    wrote: (error) => wrote(quick, error),
    listeners: [
      ['data', (bytes: Buffer) => arrived(quick, bytes)],
      ['end', () => ended(quick)],
      ['timeout', () => quiet(quick)],
      ['close', () => closed(quick)],
      // What is left follows from its close.
      ['error', () => undefined],
    ],
    speed: unknownSpeed,
    state: 'idle',
    transfer: undefined,
    rest: undefined,
    hasAsked: false,
    hasEnded: false,
    stuckFor: 0,
  }
  return quick
}

export const createQuickConnections = (parts: QuickParts): QuickConnections => {
  const all: All = { parts, open: new Set(), isShut: false }
  return {
    take: (socket, pass) => {
      if (socket.destroyed) return
      const quick = open(all, socket, pass)
      all.open.add(quick)
      socket.setTimeout(headMs)
      for (const [event, listener] of quick.listeners) socket.on(event, listener)
    },
    shut: (graceMs) => {
      all.isShut = true
      for (const { state, socket } of all.open) if (state === 'idle') socket.destroy()
      setTimeout(() => {
        for (const { socket } of all.open) socket.destroy()
      }, graceMs).unref()
    },
  }
}
