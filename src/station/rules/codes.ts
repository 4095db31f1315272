// What each code of a run or of a refused scan says, and how a run with it ends. Pure.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Measurement, RefusalCode, RunCode, RunOutcome } from '../run-model.ts'
import { shortened } from './scan.ts'

type Nothing = Readonly<Record<never, never>>

/** What each code's sentence wants. Times are ISO 8601. */
export interface CodeParams {
  /** `refused`: why the server refused its last connection; `from`: the block of addresses it was expected from. */
  readonly NO_CONNECT: { readonly seconds: number; readonly refused: string | Sentence | null; readonly from: string | null }
  readonly OTHER_BOARD: { readonly serial: string; readonly other: string }
  readonly WRONG_SECRET: Nothing
  /** `slot`: where the board is; `wanted`: where it was scanned for. */
  readonly WRONG_SLOT: { readonly serial: string; readonly slot: number; readonly wanted: number }
  readonly WRONG_PRODUCT: { readonly product: string }
  readonly FACTORY_NAME: Nothing
  readonly CONTENDED: Nothing
  readonly BOUND_ELSEWHERE: { readonly other: string }
  /** The campaign's name. */
  readonly BUSY: { readonly campaign: string }
  /** `modules`: those that it did not report; empty: not said. */
  readonly NO_VERSION: { readonly seconds: number; readonly modules: readonly string[] }
  /** The device's words. */
  readonly UPDATE_FAILED: { readonly words: string | Sentence }
  readonly UPDATE_TIMEOUT: { readonly seconds: number }
  readonly NO_DOWNLOAD: { readonly host: string }
  readonly NO_RESTART: { readonly version: string; readonly seconds: number }
  /** The old version. */
  readonly ROLLED_BACK: { readonly version: string }
  readonly SELFTEST_FAILED: { readonly measurement: Measurement }
  /** `names`: those that are missing; empty: nothing came. */
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
  readonly MES_UNREACHABLE: { readonly why: string | Sentence }
  readonly SLOT_BUSY: { readonly slot: number; readonly serial: string }
  readonly NO_SLOT: { readonly slots: number }
  readonly NOT_ACKNOWLEDGED: { readonly slot: number; readonly serial: string }
  readonly CHOOSE_SLOT: Nothing
  readonly NO_OPERATOR: Nothing
  readonly NO_PROCEDURE: { readonly procedure: string }
  /** In which a board is waited for. */
  readonly WAIT_SLOT: { readonly slot: number }
}

type Code = RunCode | RefusalCode

const orNone = (list: readonly string[]): readonly string[] | null => (list.length === 0 ? null : list)

/** A text where something else is wanted is shown as one: the text "true" is not true. */
const valueText = ({ value, equals }: Measurement): string =>
  typeof value === 'string' && equals !== null && typeof equals !== 'string' ? JSON.stringify(value) : String(value)

const boundText = (bound: number | null, { limitUnit }: Measurement): string | null => {
  if (bound === null) return null
  return limitUnit === undefined ? String(bound) : `${bound} ${limitUnit}`
}

const outsideLimit = (measurement: Measurement): Sentence => {
  const { name, unit, low, high, equals } = measurement
  return sentence('run_selftest_failed', {
    name,
    value: valueText(measurement),
    unit,
    low: boundText(low, measurement),
    high: boundText(high, measurement),
    equals: equals === null ? null : String(equals),
  })
}

const said: { readonly [C in Code]: (params: CodeParams[C]) => Sentence } = {
  NO_CONNECT: ({ seconds, refused, from }) => sentence('run_no_connect', { seconds, refused, from }),
  OTHER_BOARD: ({ serial, other }) => sentence('run_other_board', { serial, other }),
  WRONG_SECRET: () => sentence('run_wrong_secret'),
  WRONG_SLOT: ({ serial, slot, wanted }) => sentence('run_wrong_slot', { serial, slot, wanted }),
  WRONG_PRODUCT: ({ product }) => sentence('run_wrong_product', { product }),
  FACTORY_NAME: () => sentence('run_factory_name'),
  CONTENDED: () => sentence('run_contended'),
  BOUND_ELSEWHERE: ({ other }) => sentence('run_bound_elsewhere', { other }),
  BUSY: ({ campaign }) => sentence('run_busy', { name: campaign }),
  NO_VERSION: ({ seconds, modules }) => sentence('run_no_version', { seconds, modules: orNone(modules) }),
  UPDATE_FAILED: ({ words }) => sentence('run_update_failed', { words }),
  UPDATE_TIMEOUT: ({ seconds }) => sentence('run_update_timeout', { seconds }),
  NO_DOWNLOAD: ({ host }) => sentence('run_no_download', { host }),
  NO_RESTART: ({ version, seconds }) => sentence('run_no_restart', { version, seconds }),
  ROLLED_BACK: ({ version }) => sentence('run_rolled_back', { version }),
  SELFTEST_FAILED: ({ measurement }) => outsideLimit(measurement),
  SELFTEST_MISSING: ({ seconds, names }) => sentence('run_selftest_missing', { seconds, names: orNone(names) }),
  LOST: () => sentence('run_lost'),
  JIG_FAILED: ({ text }) => sentence('run_jig_failed', { text }),
  JIG_ERROR: ({ text }) => sentence('run_jig_error', { text }),
  ABORTED: ({ by }) => sentence('run_aborted', { by }),
  REFERENCE_WRONG: ({ kind }) => sentence('run_reference_wrong', { kind }),
  NOT_STORED: () => sentence('run_not_stored'),
  ALREADY_RUNNING: ({ station, slot }) => sentence('scan_already_running', { station, slot }),
  ALREADY_PASSED: ({ time }) => sentence('scan_already_passed', { time }),
  RETEST_LIMIT: ({ count }) => sentence('scan_retest_limit', { count }),
  REASON_NEEDED: () => sentence('scan_reason_needed'),
  ROUTE: ({ process }) => sentence('scan_route', { process }),
  REFERENCE_DUE: ({ kind }) => sentence('scan_reference_due', { kind }),
  BAD_CODE: ({ text }) => sentence('scan_bad_code', { text: shortened(text) }),
  MES_REFUSED: ({ text }) => sentence('scan_mes_refused', { text }),
  MES_UNREACHABLE: ({ why }) => sentence('scan_mes_unreachable', { why }),
  SLOT_BUSY: ({ slot, serial }) => sentence('scan_slot_busy', { slot, serial }),
  NO_SLOT: ({ slots }) => sentence('scan_no_slot', { slots }),
  NOT_ACKNOWLEDGED: ({ slot, serial }) => sentence('scan_not_acknowledged', { slot, serial }),
  CHOOSE_SLOT: () => sentence('scan_choose_slot'),
  NO_OPERATOR: () => sentence('scan_no_operator'),
  NO_PROCEDURE: ({ procedure }) => sentence('scan_no_procedure', { procedure }),
  WAIT_SLOT: ({ slot }) => sentence('scan_wait_slot', { slot }),
}

export const codeSentence = <C extends Code>(code: C, params: CodeParams[C]): Sentence => said[code](params)

/** Faults of the station or of what is around it; all others but the operator's abort are the board's. */
const errors: readonly RunCode[] = ['BUSY', 'JIG_ERROR', 'REFERENCE_WRONG', 'NOT_STORED']

/** How a run with this code ends. */
export const outcomeOf = (code: RunCode): RunOutcome => (code === 'ABORTED' ? 'aborted' : errors.includes(code) ? 'error' : 'failed')
