// The measurements in a message of a board. Pure; bounded, whatever it holds.

import type { Sentence } from '../../sentences/sentence.ts'
import type { JigMeasurement } from '../ports.ts'

export type SelfTestMessage =
  | { readonly ok: true; readonly measurements: readonly JigMeasurement[] }
  | { readonly ok: false; readonly fault: Sentence }

const notYet = (): never => {
  throw new Error('not yet')
}

/** Never throws. */
export const readSelfTest: (payload: Uint8Array) => SelfTestMessage = notYet
