// Work that is done one piece at a time: scrypt shares its threads with the store, so that many sign-ins must not occupy all of them.

import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** At most `waiting` pieces wait; further ones are refused. */
export const createInTurn = (waiting: number): InTurn => {
  let last: Promise<unknown> = Promise.resolve()
  let count = 0
  return async (work) => {
    if (count > waiting) throw new OtaError('OTA_TOO_MANY_TRIES', sentence('sign_in_busy'))
    count += 1
    const done = last.then(work)
    last = done.catch(() => undefined)
    try {
      return await done
    } finally {
      count -= 1
    }
  }
}
