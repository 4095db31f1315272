// Passwords are not guessed here at speed: who fails again and again under one name from one address is not heard for a moment.
// Others from that address, and that name from others, are. Pure but for its own memory.

import { createRate } from '../../rate.ts'

export interface Throttle {
  /** Whether a try of that name from that address is looked at. */
  allows(address: string, name: string): boolean
  /** It was wrong. */
  failed(address: string, name: string): void
}

/** Wrong tries at once, and a second from then on; one beyond that costs a pause. */
const burst = 10
const perSecond = 0.1
const pauseMs = 2000
const maxPauses = 10_000

export const createThrottle = (now: () => number): Throttle => {
  const mayFail = createRate<string>(burst, perSecond, now)
  const pauses = new Map<string, number>()
  const keyOf = (address: string, name: string): string => `${address} ${name}`

  return {
    allows(address, name) {
      const key = keyOf(address, name)
      const until = pauses.get(key)
      if (until === undefined) return true
      if (now() < until) return false
      pauses.delete(key)
      return true
    },
    failed(address, name) {
      const key = keyOf(address, name)
      if (mayFail(key)) return
      // Whoever fills it with names pays with pauses that end early.
      if (pauses.size >= maxPauses) pauses.clear()
      pauses.set(key, now() + pauseMs)
    },
  }
}
