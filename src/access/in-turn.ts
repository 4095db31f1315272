// Work that is done one piece at a time: scrypt shares its threads with the store, so that many sign-ins must not occupy all of them.

import { networkOf } from '../address-network.ts'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'

/** `address`: whose work it is. */
export type InTurn = <T>(address: string, work: () => Promise<T>) => Promise<T>

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
