// Slows the guessing of passwords: after some wrong ones for one name from one address, further ones are refused for a while that doubles. Other
// names from that address, and that name from other addresses, are not affected. Pure except for its own memory.

import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { networkOf } from './address-network.ts'

interface Tried {
  readonly wrong: number
  readonly at: number
}

interface Counter {
  readonly key: string
  /** Wrong ones that do not count. */
  readonly spare: number
}

export interface Tries {
  /** OTA_TOO_MANY_TRIES while that name is refused from that address. */
  check(address: string, name: string): void
  wrong(address: string, name: string): void
  right(address: string, name: string): void
}

const free = 5
const freeOfNetwork = 50
const longestMs = 300_000
const forgottenMs = 3_600_000
const mostKept = 10_000

/** How long after the last of so many wrong ones. */
export const pauseMs = (wrong: number): number => (wrong < free ? 0 : Math.min(longestMs, 2000 * 2 ** (wrong - free)))

export const createTries = (now: () => number): Tries => {
  const tried = new Map<string, Tried>()
  const keyOf = (address: string, name: string): string => `${address} ${name}`
  /** Of IPv6 the network counts too, from more on: one machine may have all of its addresses, but so may a whole site. */
  const countersOf = (address: string, name: string): readonly Counter[] => {
    const network = networkOf(address)
    const own = { key: keyOf(address, name), spare: 0 }
    return network === address ? [own] : [own, { key: keyOf(`${network}/64`, name), spare: freeOfNetwork - free }]
  }
  const known = (key: string): Tried | undefined => {
    const found = tried.get(key)
    return found === undefined || now() - found.at > forgottenMs ? undefined : found
  }
  const leftOf = ({ key, spare }: Counter): number => {
    const found = known(key)
    return found === undefined ? 0 : found.at + pauseMs(found.wrong - spare) - now()
  }
  const count = ({ key }: Counter): void => {
    const { wrong } = known(key) ?? { wrong: 0 }
    tried.delete(key)
    tried.set(key, { wrong: wrong + 1, at: now() })
  }
  return {
    check(address, name) {
      const left = Math.max(...countersOf(address, name).map(leftOf))
      if (left > 0) throw new OtaError('OTA_TOO_MANY_TRIES', sentence('sign_in_paused', { seconds: Math.ceil(left / 1000) }))
    },
    wrong(address, name) {
      for (const counter of countersOf(address, name)) count(counter)
      for (const oldest of tried.keys()) {
        if (tried.size <= mostKept) break
        tried.delete(oldest)
      }
    },
    right(address, name) {
      for (const { key } of countersOf(address, name)) tried.delete(key)
    },
  }
}
