// How much of an image is written at once: much to a fast client, little to a slow one, so that the bytes counted as served are close
// to those that were sent. A write completes only when all of it was accepted. Functions of numbers.

const FIRST = 65_536
const SMALLEST = 16_384
/** Until a connection has proved to be fast: the buffers of both systems accept megabytes even if the client reads nothing. */
const LARGEST_UNPROVED = 262_144
const LARGEST = 1_048_576
const PROVED_BYTES = 16_777_216

const QUICK_MS = 100
const SLOW_MS = 1_000
const WANTED_MS = 500

/** The measured speed of a connection, kept from one request to the next. */
export interface Speed {
  /** Bytes to write at once. */
  readonly chunk: number
  /** Bytes accepted quickly, in successive writes. */
  readonly quick: number
}

export const unknownSpeed: Speed = { chunk: FIRST, quick: 0 }

const within = (low: number, value: number, high: number): number => Math.min(high, Math.max(low, value))

/** The speed after a write of `bytes` that took `ms`. */
export const measured = (speed: Speed, bytes: number, ms: number): Speed => {
  if (ms > SLOW_MS) return { chunk: within(SMALLEST, Math.floor((bytes / ms) * WANTED_MS), FIRST), quick: 0 }
  if (ms > QUICK_MS) return speed
  if (speed.chunk === LARGEST) return speed
  const quick = Math.min(speed.quick + bytes, PROVED_BYTES)
  return { chunk: Math.min(speed.chunk * 2, quick < PROVED_BYTES ? LARGEST_UNPROVED : LARGEST), quick }
}
