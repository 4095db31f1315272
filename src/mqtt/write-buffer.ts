// The bounded way out of one connection: what is written in one turn goes out together, and a client that does not read costs its
// bound and then its connection. Knows a socket, and no packet.

import type { Duplex } from 'node:stream'

export interface WriteBufferLimits {
  /** From here on nothing is taken that can wait. */
  readonly highBytes: number
  /** A client that has read nothing for so long is cut, ms. */
  readonly stallMs: number
  /** The same, once there is no room left for what it should get. */
  readonly overrunMs: number
}

export interface WriteBuffer {
  /** Whole packets, `count` of them. */
  write(bytes: Buffer, count?: number): void
  /** Bytes that the system has not taken. */
  readonly waiting: number
  readonly congested: boolean
  /** SocketAccess it as one that reads nothing. */
  cut(): void
  /** There is no room left for what waits for this client. */
  overrun(): void
  /** Asked now and then: ends a connection that reads nothing. */
  check(now: number): void
  /** What was written leaves at once, as far as the system takes it. */
  flush(): void
}

export interface WriteBufferDeps {
  readonly raw: Duplex
  readonly limits: WriteBufferLimits
  readonly now: () => number
  /** It takes again what can wait. */
  readonly drained: () => void
  /** The client has read something. */
  readonly progress: () => void
  /** It was too slow; said once. */
  readonly tooSlow: (waiting: number) => void
  readonly sent: (bytes: number, packets: number) => void
  /** Runs the job at the end of this turn. */
  readonly defer: (job: () => void) => void
}

/** Small pieces are joined into one; large ones go as they are. */
const joinBelow = 65_536

/** What is smaller on average is copied rather than handed over piece by piece. */
const smallPiece = 4096

/** Runs jobs together, when what came in this turn has been handled. */
export const createDefer = (): WriteBufferDeps['defer'] => {
  let jobs: (() => void)[] = []
  const run = (): void => {
    const due = jobs
    jobs = []
    for (const job of due) job()
  }
  return (job) => {
    if (jobs.push(job) === 1) setImmediate(run)
  }
}

export const createWriteBuffer = ({ raw, limits, now, drained, progress, tooSlow, sent, defer }: WriteBufferDeps): WriteBuffer => {
  let pieces: Buffer[] = []
  let gathered = 0
  /** Handed to the socket, not yet taken by the system. */
  let under = 0
  let lastProgress = 0
  let wasCongested = false
  let full = false
  let cut = false

  const took = (bytes: number): void => {
    under -= bytes
    lastProgress = now()
    progress()
    if (wasCongested && under + gathered < limits.highBytes / 2) {
      wasCongested = false
      full = false
      drained()
    }
  }

  const hand = (bytes: Buffer): void => {
    if (under === 0) lastProgress = now()
    under += bytes.length
    raw.write(bytes, () => took(bytes.length))
  }

  const flush = (): void => {
    const [out, size] = [pieces, gathered]
    if (out.length === 0) return
    pieces = []
    gathered = 0
    if (raw.destroyed || !raw.writable) return
    if (out.length === 1) hand(out[0] as Buffer)
    else if (size < joinBelow || size < out.length * smallPiece) hand(Buffer.concat(out, size))
    else {
      raw.cork()
      for (const piece of out) hand(piece)
      raw.uncork()
    }
  }

  const end = (): void => {
    if (cut) return
    cut = true
    tooSlow(under + gathered)
  }

  const check = (at: number): void => {
    if (under > 0 && at - lastProgress > (full ? limits.overrunMs : limits.stallMs)) end()
  }

  return {
    get waiting() {
      return under + gathered
    },
    get congested() {
      // To a socket that is gone nothing waits.
      if (raw.destroyed || under + gathered < limits.highBytes) return false
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
