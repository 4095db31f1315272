// Slows the guessing of passwords: after several wrong ones for one name from one address (of IPv6, one network), its attempts are refused for
// two seconds. Other names from there, and that name from other addresses, are not affected. Pure except for its own memory.

import { networkOf } from '../../address-network.ts'
import { createRate } from '../../rate.ts'

export interface Throttle {
  /** Whether the next attempt with that name from that address is checked. */
  allows(address: string, name: string): boolean
  /** Its password was wrong. */
  failed(address: string, name: string): void
}

/** Wrong attempts allowed at once, and per second from then on; each one beyond causes a pause. */
const burst = 10
const perSecond = 0.1
const pauseMs = 2000
const maxPauses = 10_000

export const createThrottle = (now: () => number): Throttle => {
  const mayFail = createRate<string>(burst, perSecond, now)
  const pauses = new Map<string, number>()
  const keyOf = (address: string, name: string): string => `${networkOf(address)} ${name}`

  return {
    allows(address, name) {
      if (pauses.size === 0) return true
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
      // Filling the map with names only ends the pauses early.
      if (pauses.size >= maxPauses) pauses.clear()
      pauses.set(key, now() + pauseMs)
    },
  }
}
