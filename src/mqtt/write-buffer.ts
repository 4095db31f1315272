// The bounded output buffer of one socket: what is written in one turn is sent together, and a client that does not read is disconnected
// when the bound is reached. Knows no packets.

import type { Duplex } from 'node:stream'

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
}

export interface WriteBufferDeps {
  /** A TCP, TLS or WebSocket stream. */
  readonly raw: Duplex
  readonly limits: WriteBufferLimits
  readonly now: () => number
  /** It is not congested any more. */
  readonly drained: () => void
  /** The client has read something. */
  readonly progress: () => void
  /** The client is too slow; called once. */
  readonly tooSlow: (waiting: number) => void
  readonly sent: (bytes: number, packets: number) => void
  /** Runs the job at the end of this turn of the event loop. */
  readonly defer: (job: () => void) => void
}

/** Up to this size, pieces are joined into one buffer. */
const joinBelow = 65_536

/** Pieces that are smaller on average are joined too: copying them is faster than writing each. */
const smallPiece = 4096

export type Defer = WriteBufferDeps['defer'] & {
  /** Runs what waits now. */
  readonly run: () => void
}

/** Runs jobs together, after everything received in this turn has been handled. */
export const createDefer = (): Defer => {
  let isDue = false
  let jobs: (() => void)[] = []
  const run = (): void => {
    const due = jobs
    jobs = []
    for (const job of due) job()
  }
  const atTheEnd = (): void => {
    isDue = false
    run()
  }
  const defer = (job: () => void): void => {
    jobs.push(job)
    if (isDue) return
    isDue = true
    setImmediate(atTheEnd)
  }
  return Object.assign(defer, { run })
}

export const createWriteBuffer = ({ raw, limits, now, drained, progress, tooSlow, sent, defer }: WriteBufferDeps): WriteBuffer => {
  let pieces: Buffer[] = []
  let gathered = 0
  /** Bytes written to the socket that the system has not taken yet. */
  let inSocket = 0
  let lastProgress = 0
  let wasCongested = false
  let full = false
  let cut = false

  const took = (bytes: number): void => {
    inSocket -= bytes
    lastProgress = now()
    progress()
    if (wasCongested && inSocket + gathered < limits.highBytes / 2) {
      wasCongested = false
      full = false
      drained()
    }
  }

  const send = (bytes: Buffer): void => {
    if (inSocket === 0) lastProgress = now()
    inSocket += bytes.length
    raw.write(bytes, () => took(bytes.length))
  }

  const flush = (): void => {
    const [out, size] = [pieces, gathered]
    if (out.length === 0) return
    pieces = []
    gathered = 0
    if (raw.destroyed || !raw.writable) return
    if (out.length === 1) send(out[0] as Buffer)
    else if (size < joinBelow || size < out.length * smallPiece) send(Buffer.concat(out, size))
    else {
      raw.cork()
      for (const piece of out) send(piece)
      raw.uncork()
    }
  }

  const end = (): void => {
    if (cut) return
    cut = true
    tooSlow(inSocket + gathered)
  }

  const check = (at: number): void => {
    if (inSocket > 0 && at - lastProgress > (full ? limits.overrunMs : limits.stallMs)) end()
  }

  return {
    get waiting() {
      return inSocket + gathered
    },
    get congested() {
      // Nothing waits for a socket that is gone. (Asked several times for each packet: the sum is faster than the stream's state.)
      if (inSocket + gathered < limits.highBytes || raw.destroyed) return false
      wasCongested = true
      return true
    },
    flush,
    check,
    cut: end,
    write(bytes, count = 1) {
      if (cut || raw.destroyed) return
      sent(bytes.length, count)
      pieces.push(bytes)
      gathered += bytes.length
      if (pieces.length === 1) defer(flush)
      else if (gathered >= joinBelow) flush()
    },
    overrun() {
      full = true
      check(now())
    },
  }
}
