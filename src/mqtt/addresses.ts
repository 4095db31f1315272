// What one address may take before its clients have proved who they are: connections, and device names that were not known before. Off for
// loopback. An IPv6 network counts as one address. Behind one address may be a whole site: the bounds are for floods.

import { networkOf } from '../address-network.ts'
import type { Quotas } from '../quotas.ts'
import { createRate } from '../rate.ts'
import { addressOf } from './listen/address.ts'

export interface Addresses {
  /** A connection was opened; false: it must be refused. `remote` as `remoteName` gives it. */
  open(remote: string): boolean
  /** Its client has proved who it is, or it has closed: it does not count any more. */
  release(remote: string): void
  /** Whether one more new device name may come from that address: takes one of its turns. */
  mayBeNew(address: string): boolean
}

export interface AddressesDeps {
  readonly quotas: Quotas
  /** Of one address. */
  readonly maxConnections: () => number
  readonly newPerMinute: () => number
  readonly now: () => number
}

const isFree = (address: string): boolean => /^(127\.|\[::1\]$|\?$)/.test(address)

/** A token bucket for each address, by the bound as it is now: a new one starts over. */
const createNewNames = ({ newPerMinute, now }: Pick<AddressesDeps, 'newPerMinute' | 'now'>): ((address: string) => boolean) => {
  const rateOf = (perMinute: number) => ({ perMinute, mayTake: createRate<string>(perMinute, perMinute / 60, now) })
  let rate = rateOf(newPerMinute())
  return (address) => {
    if (newPerMinute() !== rate.perMinute) rate = rateOf(newPerMinute())
    return rate.mayTake(address)
  }
}

export const createAddresses = ({ quotas, maxConnections, newPerMinute, now }: AddressesDeps): Addresses => {
  const unproved = new Map<string, Set<string>>()
  const mayBeNew = createNewNames({ newPerMinute, now })
  return {
    open(remote) {
      if (isFree(addressOf(remote))) return true
      const address = networkOf(addressOf(remote))
      const known = unproved.get(address) ?? new Set()
      if (known.size >= maxConnections()) {
        quotas.reached('connections', address, () => ({ open: known.size }))
        return false
      }
      unproved.set(address, known.add(remote))
      return true
    },
    release(remote) {
      const address = networkOf(addressOf(remote))
      const known = unproved.get(address)
      known?.delete(remote)
      if (known?.size === 0) unproved.delete(address)
    },
    mayBeNew(from) {
      const address = networkOf(from)
      if (isFree(from) || mayBeNew(address)) return true
      quotas.reached('new_names', address, () => ({ perMinute: newPerMinute() }))
      return false
    },
  }
}
