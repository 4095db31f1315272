// Slows the guessing of passwords: after some wrong ones for one name from one address (of IPv6, one network), further ones are refused for a
// while that doubles. Other names from there, and that name from other addresses, are not affected. Pure except for its own memory.

import { networkOf } from '../address-network.ts'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'

interface Tried {
  readonly wrong: number
  readonly at: number
}

export interface Tries {
  /** OTA_TOO_MANY_TRIES while that name is refused from that address. */
  check(address: string, name: string): void
  wrong(address: string, name: string): void
  right(address: string, name: string): void
}

const free = 5
const longestMs = 300_000
const forgottenMs = 3_600_000
const mostKept = 10_000

/** How long after the last of so many wrong ones. */
export const pauseMs = (wrong: number): number => (wrong < free ? 0 : Math.min(longestMs, 2000 * 2 ** (wrong - free)))

export const createTries = (now: () => number): Tries => {
  const tried = new Map<string, Tried>()
  const keyOf = (address: string, name: string): string => `${networkOf(address)} ${name}`
  const known = (key: string): Tried | undefined => {
    const found = tried.get(key)
    return found === undefined || now() - found.at > forgottenMs ? undefined : found
  }
  return {
    check(address, name) {
      const found = known(keyOf(address, name))
      const left = found === undefined ? 0 : found.at + pauseMs(found.wrong) - now()
      if (left > 0) throw new OtaError('OTA_TOO_MANY_TRIES', sentence('sign_in_paused', { seconds: Math.ceil(left / 1000) }))
    },
    wrong(address, name) {
      const key = keyOf(address, name)
      const { wrong } = known(key) ?? { wrong: 0 }
      tried.delete(key)
      tried.set(key, { wrong: wrong + 1, at: now() })
      for (const oldest of tried.keys()) {
        if (tried.size <= mostKept) break
        tried.delete(oldest)
      }
    },
    right(address, name) {
      tried.delete(keyOf(address, name))
    },
  }
}
