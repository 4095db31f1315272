// How much passed through the server in each of the last 300 seconds. Pure but for its own memory: `tick` is called once a second.

import type { Site } from './site.ts'

/** Of one second. */
export interface SecondRates {
  readonly messagesReceived: number
  readonly messagesSent: number
  readonly downloadBytes: number
}

export interface Pulse {
  /** Takes what has passed since the last call. */
  tick(): void
  /** The last second. */
  latest(): SecondRates
  /** The oldest first, at most 300. */
  history(): readonly SecondRates[]
}

export const pulseMs = 1000
const kept = 300
const none: SecondRates = { messagesReceived: 0, messagesSent: 0, downloadBytes: 0 }

export const createPulse = (site: Pick<Site, 'messages' | 'downloads'>, now: () => number): Pulse => {
  const totals = (): SecondRates => {
    const { received, sent } = site.messages()
    return { messagesReceived: received, messagesSent: sent, downloadBytes: site.downloads().bytes }
  }
  const ring: SecondRates[] = []
  let ticks = 0
  let [before, at] = [totals(), now()]
  return {
    tick() {
      const [after, time] = [totals(), now()]
      // A timer may be late: then the second is a longer one.
      const seconds = Math.max(time - at, 1) / pulseMs
      const per = (name: keyof SecondRates): number => Math.max(0, Math.round((after[name] - before[name]) / seconds))
      ring[ticks % kept] = {
        messagesReceived: per('messagesReceived'),
        messagesSent: per('messagesSent'),
        downloadBytes: per('downloadBytes'),
      }
      ticks += 1
      before = after
      at = time
    },
    latest: () => ring[(ticks - 1) % kept] ?? none,
    history: () => (ticks <= kept ? [...ring] : [...ring.slice(ticks % kept), ...ring.slice(0, ticks % kept)]),
  }
}
