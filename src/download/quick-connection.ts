// A connection of plain HTTP while its requests are the plainest: each is answered from memory, without Node's HTTP. The first one that is
// not goes to Node's server, and the connection stays there. Knows the core only through grants.

import type { BareOwner, BareSocket } from './bare-socket.ts'
import { type Speed, unknownSpeed } from './chunk.ts'
import type { ConnectionBounds } from './connection-bounds.ts'
import { lingerMs } from './delivered.ts'
import { headMs, idleMs, stuckMs } from './doors.ts'
import { createQuickDelivery, type QuickDelivery } from './quick-delivery.ts'
import { bringHere, type QuickAsk, type QuickReadParts, readQuickAsk, requestFor } from './quick-request.ts'
import { createQuickTransfer, type QuickRequest, type QuickSender, type QuickTransfer, type QuickTransferParts } from './quick-transfer.ts'

export interface QuickParts extends QuickTransferParts, QuickReadParts {
  readonly bounds: Pick<ConnectionBounds, 'left' | 'proven' | 'asked' | 'answered'>
  /** An answer with this status is out, or was cut off. */
  readonly counted: (status: number) => void
  /** How long a connection must be open and quiet until the last bytes of its answer count as delivered. */
  readonly quietMs: number
}

export interface QuickConnections {
  take(socket: BareSocket): void
  /** Ends each connection after its answer, and all of them after `graceMs`. Resolves when there is none left. */
  shut(graceMs: number): Promise<void>
}

interface All {
  readonly parts: QuickParts
  readonly open: Set<Quick>
  /** Looks at all of them while there are any. */
  looks: NodeJS.Timeout | undefined
  /** Set while it is stopping. */
  shut: (() => void) | undefined
}

/** Time-outs are this exact. */
const LOOK_MS = 1_000
const tooLate = Buffer.from('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')

class Quick implements BareOwner, QuickSender {
  readonly socket: BareSocket
  speed: Speed = unknownSpeed
  /** It has disconnected. */
  aborted = false
  state: 'idle' | 'asked' | 'sending' | 'ending' | 'over' = 'idle'
  private readonly all: All
  private readonly delivery: QuickDelivery
  private transfer: QuickTransfer | undefined = undefined
  /** What came before its turn. */
  private rest: Buffer | undefined = undefined
  private hasAsked = false
  /** The client has closed its side. */
  private hasEnded = false
  private activeAt: number
  private unsentAt = 0
  /** Whoever waits for something for it waits no longer once it has disconnected. */
  private leaving: Set<() => void> | undefined = undefined

  constructor(all: All, socket: BareSocket) {
    const { quietMs, monotonic } = all.parts
    this.all = all
    this.socket = socket
    this.delivery = createQuickDelivery(quietMs, monotonic)
    this.activeAt = monotonic()
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.leaving ??= new Set()
    this.leaving.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.leaving?.delete(listener)
  }

  received(bytes: Buffer): void {
    this.delivery.sure()
    this.active()
    if (this.state === 'idle') this.begin(bytes)
    else if (this.state !== 'ending') {
      this.rest = this.rest === undefined ? Buffer.from(bytes) : Buffer.concat([this.rest, bytes])
      this.socket.pause()
    }
  }

  ended(): void {
    this.hasEnded = true
    this.delivery.sure()
    if (this.state === 'idle') this.end()
  }

  wrote(): void {
    this.active()
    this.transfer?.wrote()
  }

  isOut(): void {
    const { all, socket, transfer } = this
    if (transfer === undefined) return
    const { part, keepsOpen } = transfer.request
    this.transfer = undefined
    this.active()
    transfer.leave()
    all.parts.counted(part.status)
    this.delivery.add(transfer.count, part.end - part.start)
    if (this.hasEnded) this.delivery.sure()
    if (!keepsOpen || this.hasEnded || all.shut !== undefined) this.end()
    else {
      this.state = 'idle'
      all.parts.bounds.answered(socket)
      if (this.rest !== undefined) this.goOn(this.rest)
    }
  }

  closed(): void {
    const { all, transfer } = this
    this.state = 'over'
    this.aborted = true
    for (const listener of this.leaving ?? []) listener()
    this.delivery.close()
    all.parts.bounds.left(this.socket)
    if (transfer !== undefined) {
      this.transfer = undefined
      transfer.leave()
      transfer.count.end()
      all.parts.counted(transfer.request.part.status)
    }
    remove(all, this)
  }

  /** Ends it where it was quiet for as long as its state allows, or is being written to and accepts nothing. */
  look(now: number): void {
    if (this.state === 'sending') this.lookAtWrite(now)
    if (now - this.activeAt < this.patience()) return
    if (this.hasAsked || this.state !== 'idle') this.socket.destroy()
    else {
      this.socket.write(tooLate)
      this.end()
    }
  }

  private patience(): number {
    if (this.state === 'sending') return stuckMs
    if (this.state === 'ending') return lingerMs
    return this.hasAsked ? idleMs : headMs
  }

  private lookAtWrite(now: number): void {
    const unsent = this.socket.unsent()
    if (this.transfer?.isWaiting !== true && unsent === this.unsentAt) return
    this.activeAt = now
    this.unsentAt = unsent
  }

  private active(): void {
    this.activeAt = this.all.parts.monotonic()
  }

  private begin(bytes: Buffer): void {
    const { parts, shut } = this.all
    const ask = shut === undefined ? readQuickAsk(parts, bytes) : undefined
    if (ask === undefined) {
      this.passOn(bytes)
      return
    }
    this.state = 'asked'
    this.hasAsked = true
    parts.bounds.asked(this.socket)
    if (!this.tryAnswer(bytes, ask)) void this.answerLater(Buffer.from(bytes), ask)
  }

  /** True: it is being answered, or Node has it. */
  private tryAnswer(bytes: Buffer, ask: QuickAsk): boolean {
    const { parts } = this.all
    const request = requestFor(parts, ask)
    if (request === 'absent') return false
    if (request === undefined || !parts.slots.hasRoom()) this.passOn(bytes)
    else this.answer(request)
    return true
  }

  private async answerLater(bytes: Buffer, ask: QuickAsk): Promise<void> {
    await bringHere(this.all.parts, ask)
    if (this.state === 'asked' && !this.tryAnswer(bytes, ask)) this.passOn(bytes)
  }

  private answer(request: QuickRequest): void {
    const { parts } = this.all
    parts.bounds.proven(this.socket)
    this.state = 'sending'
    this.transfer = createQuickTransfer(parts, this, request)
    this.transfer.send()
  }

  private goOn(rest: Buffer): void {
    this.rest = undefined
    this.begin(rest)
    if (this.rest === undefined && this.state !== 'over') this.socket.resume()
  }

  /** Nothing but the client's own end is waited for. */
  private end(): void {
    this.state = 'ending'
    this.active()
    this.socket.end(this.all.shut !== undefined)
  }

  /** Node's server has the connection, from `bytes` on. */
  private passOn(bytes: Buffer): void {
    const { all, socket, rest } = this
    if (this.hasEnded || socket.destroyed || all.shut !== undefined) {
      this.end()
      return
    }
    this.state = 'over'
    this.delivery.close()
    all.parts.bounds.left(socket)
    remove(all, this)
    socket.pass(rest === undefined ? Buffer.from(bytes) : Buffer.concat([bytes, rest]))
  }
}

const remove = (all: All, quick: Quick): void => {
  all.open.delete(quick)
  if (all.open.size > 0) return
  clearInterval(all.looks)
  all.looks = undefined
  all.shut?.()
}

const look = (all: All): void => {
  const now = all.parts.monotonic()
  for (const quick of all.open) quick.look(now)
}

const take = (all: All, socket: BareSocket): void => {
  if (socket.destroyed) return
  const quick = new Quick(all, socket)
  all.open.add(quick)
  all.looks ??= setInterval(look, LOOK_MS, all).unref()
  socket.open(quick)
}

export const createQuickConnections = (parts: QuickParts): QuickConnections => {
  const all: All = { parts, open: new Set(), looks: undefined, shut: undefined }
  return {
    take: (socket) => take(all, socket),
    shut: (graceMs) =>
      new Promise((resolve) => {
        all.shut = resolve
        for (const { state, socket } of all.open) if (state === 'idle') socket.destroy()
        setTimeout(() => {
          for (const { socket } of all.open) socket.destroy()
        }, graceMs).unref()
        if (all.open.size === 0) resolve()
      }),
  }
}
