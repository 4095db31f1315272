// What each code of a run or of a refused scan says, and how a run with it ends. Pure.

import type { Sentence } from '../../sentences/sentence.ts'
import type { Measurement, RefusalCode, RunCode, RunOutcome } from '../run-model.ts'

type Nothing = Readonly<Record<never, never>>

/** What each code's sentence wants. Times are ISO 8601. */
export interface CodeParams {
  readonly NO_CONNECT: { readonly serial: string; readonly seconds: number; readonly refused: string | null; readonly from: string | null }
  readonly OTHER_BOARD: { readonly serial: string; readonly other: string }
  readonly WRONG_SECRET: { readonly name: string }
  readonly WRONG_SLOT: { readonly serial: string; readonly slot: number; readonly wanted: number }
  readonly WRONG_PRODUCT: { readonly product: string }
  readonly FACTORY_NAME: { readonly name: string }
  readonly CONTENDED: { readonly name: string }
  readonly BOUND_ELSEWHERE: { readonly other: string }
  readonly BUSY: { readonly campaign: string }
  readonly NO_VERSION: { readonly seconds: number; readonly modules: readonly string[] }
  /** The device's words. */
  readonly UPDATE_FAILED: { readonly words: string }
  readonly UPDATE_TIMEOUT: { readonly seconds: number }
  readonly NO_DOWNLOAD: { readonly host: string }
  readonly NO_RESTART: { readonly version: string; readonly seconds: number }
  readonly ROLLED_BACK: { readonly version: string }
  readonly SELFTEST_FAILED: { readonly measurement: Measurement }
  /** `names`: those that are missing; empty: nothing came in the time. */
  readonly SELFTEST_MISSING: { readonly seconds: number; readonly names: readonly string[] }
  readonly LOST: Nothing
  readonly JIG_FAILED: { readonly text: string | null }
  readonly JIG_ERROR: { readonly text: string | null }
  readonly ABORTED: { readonly by: string | null }
  readonly REFERENCE_WRONG: { readonly kind: 'golden' | 'bad' }
  readonly NOT_STORED: Nothing
  readonly ALREADY_RUNNING: { readonly station: string; readonly slot: number }
  readonly ALREADY_PASSED: { readonly time: string }
  readonly RETEST_LIMIT: { readonly count: number }
  readonly REASON_NEEDED: Nothing
  readonly ROUTE: { readonly process: string }
  readonly REFERENCE_DUE: { readonly kind: 'golden' | 'bad' }
  readonly BAD_CODE: { readonly text: string }
  readonly MES_REFUSED: { readonly text: string }
  readonly MES_UNREACHABLE: { readonly why: string }
  readonly SLOT_BUSY: { readonly slot: number; readonly serial: string }
  readonly NO_SLOT: { readonly slots: number }
  readonly NOT_ACKNOWLEDGED: { readonly slot: number; readonly serial: string }
  readonly CHOOSE_SLOT: Nothing
  readonly NO_OPERATOR: Nothing
  readonly NO_PROCEDURE: { readonly procedure: string }
  /** A board is waited for in that slot. */
  readonly WAIT_SLOT: { readonly slot: number }
}

const notYet = (): never => {
  throw new Error('not yet')
}

export const codeSentence: <C extends RunCode | RefusalCode>(code: C, params: CodeParams[C]) => Sentence = notYet

/** How a run with this code ends. */
export const outcomeOf: (code: RunCode) => RunOutcome = notYet
