// The bounded output buffer of one socket: what is written in one turn is sent together, and a client that does not read is disconnected
// when the bound is reached. Knows no packets.

import type { ByteChannel } from '../tcp/channel.ts'

export interface WriteBufferLimits {
  /** At this size the buffer is congested: what can wait is not written. */
  readonly highBytes: number
  /** A client that has read nothing for this long is disconnected, ms. */
  readonly stallMs: number
  /** The same, once a message found no room in its queue. */
  readonly overrunMs: number
}

export interface WriteBuffer {
  /** Writes whole packets, `count` of them. */
  write(bytes: Buffer, count?: number): void
  /** Bytes that the system has not taken yet. */
  readonly waiting: number
  readonly congested: boolean
  /** Ends the connection as one that does not read. */
  cut(): void
  /** A message found no room in the client's queue. */
  overrun(): void
  /** Called periodically: ends a connection that does not read. */
  check(now: number): void
  /** Sends at once what was written, as far as the system takes it. */
  flush(): void
  /** The system has taken bytes that waited in the channel. */
  took(bytes: number): void
}

/** What all write buffers of a broker share. */
export interface WriteBufferDeps {
  readonly limits: WriteBufferLimits
  readonly now: () => number
  readonly sent: (bytes: number, packets: number) => void
  /** Flushes it at the end of this turn of the event loop. */
  readonly defer: (buffer: Pick<WriteBuffer, 'flush'>) => void
}

/** Whose output it is. */
export interface WriteBufferOwner {
  /** It is not congested any more. */
  drained(): void
  /** The client has read something. */
  progress(): void
  /** The client is too slow; called once. */
  tooSlow(waiting: number): void
}

/** For clients of any kind. */
export const usualLimits: WriteBufferLimits = { highBytes: 262_144, stallMs: 20_000, overrunMs: 2000 }

/** Up to this size, pieces are joined into one buffer. */
const joinBelow = 65_536

/** Pieces that are smaller on average are joined too: copying them is faster than writing each. */
const smallPiece = 4096

export type Defer = WriteBufferDeps['defer'] & {
  /** Flushes what waits now. */
  readonly run: () => void
}

/** Flushes buffers together, after everything received in this turn has been handled. */
export const createDefer = (): Defer => {
  let isDue = false
  let waiting: Pick<WriteBuffer, 'flush'>[] = []
  const run = (): void => {
    const due = waiting
    waiting = []
    for (const buffer of due) buffer.flush()
  }
  const atTheEnd = (): void => {
    isDue = false
    run()
  }
  const defer: WriteBufferDeps['defer'] = (buffer) => {
    waiting.push(buffer)
    if (isDue) return
    isDue = true
    setImmediate(atTheEnd)
  }
  return Object.assign(defer, { run })
}

/** What each buffer has while nothing waits; never changed. */
const nothing: Buffer[] = []

class SocketBuffer implements WriteBuffer {
  private pieces: Buffer[] = nothing
  private gathered = 0
  /** Bytes written to the channel that the system has not taken yet. */
  private inSocket = 0
  private lastProgress = 0
  private wasCongested = false
  private full = false
  private isCut = false
  private readonly raw: ByteChannel
  private readonly owner: WriteBufferOwner
  private readonly deps: WriteBufferDeps

  constructor(raw: ByteChannel, owner: WriteBufferOwner, deps: WriteBufferDeps) {
    this.raw = raw
    this.owner = owner
    this.deps = deps
  }

  took(bytes: number): void {
    const { now, limits } = this.deps
    this.inSocket -= bytes
    this.lastProgress = now()
    this.owner.progress()
    if (!this.wasCongested || this.waiting >= limits.highBytes / 2) return
    this.wasCongested = false
    this.full = false
    this.owner.drained()
  }

  private send(pieces: readonly Buffer[], size: number): void {
    const isFirst = this.inSocket === 0
    this.inSocket += size
    const only = pieces[0]
    if (!(pieces.length === 1 && only !== undefined ? this.raw.write(only) : this.raw.writeAll(pieces))) {
      if (isFirst) this.lastProgress = this.deps.now()
    } else if (this.wasCongested) {
      // Its owner may be writing.
      process.nextTick(() => this.took(size))
    } else {
      this.inSocket -= size
      this.owner.progress()
    }
  }

  get waiting(): number {
    return this.inSocket + this.gathered
  }

  get congested(): boolean {
    // Nothing waits for a socket that is gone. (Asked several times for each packet: the sum is faster than the stream's state.)
    if (this.waiting < this.deps.limits.highBytes || this.raw.destroyed) return false
    this.wasCongested = true
    return true
  }

  flush(): void {
    const { raw, pieces, gathered } = this
    if (pieces.length === 0) return
    this.pieces = nothing
    this.gathered = 0
    if (!raw.writable) return
    const joins = pieces.length > 1 && (gathered < joinBelow || gathered < pieces.length * smallPiece)
    this.send(joins ? [Buffer.concat(pieces, gathered)] : pieces, gathered)
  }

  cut(): void {
    if (this.isCut) return
    this.isCut = true
    this.owner.tooSlow(this.waiting)
  }

  check(at: number): void {
    const { stallMs, overrunMs } = this.deps.limits
    if (this.inSocket > 0 && at - this.lastProgress > (this.full ? overrunMs : stallMs)) this.cut()
  }

  write(bytes: Buffer, count = 1): void {
    const { sent, defer } = this.deps
    if (this.isCut || this.raw.destroyed) return
    sent(bytes.length, count)
    if (this.pieces === nothing) this.pieces = [bytes]
    else this.pieces.push(bytes)
    this.gathered += bytes.length
    if (this.pieces.length === 1) defer(this)
    else if (this.gathered >= joinBelow) this.flush()
  }

  overrun(): void {
    this.full = true
    this.check(this.deps.now())
  }
}

export const createWriteBuffer = (raw: ByteChannel, owner: WriteBufferOwner, deps: WriteBufferDeps): WriteBuffer =>
  new SocketBuffer(raw, owner, deps)
