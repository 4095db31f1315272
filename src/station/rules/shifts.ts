// Which shift a time belongs to, in a time zone with daylight saving. Pure but for a cache.

import type { Sentence } from '../../sentences/sentence.ts'

/** [from, to). */
export interface Shift {
  readonly from: number
  readonly to: number
}

const notYet = (): never => {
  throw new Error('not yet')
}

/** `timeZone`: null is that of the machine. */
export const shiftOf: (at: number, shifts: readonly string[], timeZone: string | null) => Shift = notYet

/** What is wrong with a list of begins; null: it can be used. */
export const shiftsFault: (shifts: readonly string[]) => Sentence | null = notYet
