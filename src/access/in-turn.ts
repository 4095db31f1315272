// Work that is done one piece at a time: scrypt shares its threads with the store, so that many sign-ins must not occupy all of them.

import { isIPv6 } from 'node:net'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'

/** `address`: whose work it is. */
export type InTurn = <T>(address: string, work: () => Promise<T>) => Promise<T>

/** Of IPv6 the first 64 bits: one machine may have all addresses with them. */
export const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const [before, after] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')))
  const zeros = tail === undefined ? 0 : 8 - (before?.length ?? 0) - (after?.length ?? 0)
  const groups = [...(before ?? []), ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...(after ?? [])]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16))
    .join(':')
}

/** At most `waiting` pieces wait, and of one network `ofOne`; further ones are refused: whoever floods it leaves room for others. */
export const createInTurn = (waiting: number, ofOne: number): InTurn => {
  let last: Promise<unknown> = Promise.resolve()
  let count = 0
  const counts = new Map<string, number>()
  const change = (network: string, by: number): void => {
    count += by
    const own = (counts.get(network) ?? 0) + by
    if (own === 0) counts.delete(network)
    else counts.set(network, own)
  }
  return async (address, work) => {
    const network = networkOf(address)
    if (count > waiting || (counts.get(network) ?? 0) > ofOne) throw new OtaError('OTA_TOO_MANY_TRIES', sentence('sign_in_busy'))
    change(network, 1)
    const done = last.then(work)
    last = done.catch(() => undefined)
    try {
      return await done
    } finally {
      change(network, -1)
    }
  }
}
