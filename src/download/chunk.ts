// How much of an image is written at once: much to a fast client, little to a slow one, so that what counts as served is close
// to what went out. A write only tells when all of it has been taken. Functions of numbers.

const FIRST = 65_536
const SMALLEST = 16_384
/** Until a connection has proved to be fast: the buffers of both systems can swallow megabytes from one that reads nothing. */
const LARGEST_UNPROVED = 262_144
const LARGEST = 1_048_576
const PROOF = 16_777_216

const QUICK_MS = 100
const SLOW_MS = 1_000
const WANTED_MS = 500

/** What is known of a connection; it is kept from one request to the next. */
export interface Speed {
  /** Bytes to write at once. */
  readonly chunk: number
  /** Bytes taken quickly, one write after the other. */
  readonly quick: number
}

export const unknownSpeed: Speed = { chunk: FIRST, quick: 0 }

const within = (low: number, value: number, high: number): number => Math.min(high, Math.max(low, value))

/** The speed after a write of `bytes` that took `ms`. */
export const measured = (speed: Speed, bytes: number, ms: number): Speed => {
  if (ms > SLOW_MS) return { chunk: within(SMALLEST, Math.floor((bytes / ms) * WANTED_MS), FIRST), quick: 0 }
  if (ms > QUICK_MS) return speed
  const quick = Math.min(speed.quick + bytes, PROOF)
  return { chunk: Math.min(speed.chunk * 2, quick < PROOF ? LARGEST_UNPROVED : LARGEST), quick }
}
