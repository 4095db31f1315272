// Leaves others at least half of the time: after each while of work as long a rest, in which a server does what has come in meanwhile.

import { setTimeout as rest } from 'node:timers/promises'

/** Shorter than this, a while is not worth a timer, ms. */
const leastMs = 2
/** What a reader or a disk is waited for is no work: a rest is no longer than this, ms. */
const mostMs = 20

export interface PaceParts {
  readonly now?: () => number
  readonly sleep?: (ms: number) => Promise<unknown>
}

export interface Pace {
  /** Work begins, or goes on. */
  begin(): void
  /** Work has been done since then: rests if it is time. */
  end(): Promise<void>
}

export const createPace = ({ now = () => performance.now(), sleep = rest }: PaceParts = {}): Pace => {
  let began = now()
  let worked = 0
  return {
    begin() {
      began = now()
    },
    async end() {
      worked += now() - began
      if (worked < leastMs) return
      const ms = Math.min(worked, mostMs)
      worked = 0
      await sleep(ms)
    },
  }
}

/** The same bytes. What its reader does with them counts as no work. */
export const paced = async function* (bytes: AsyncIterable<Uint8Array>, pace: Pace): AsyncGenerator<Uint8Array> {
  pace.begin()
  for await (const chunk of bytes) {
    await pace.end()
    yield chunk
    pace.begin()
  }
}
