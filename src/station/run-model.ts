// A run: one test of one unit at one slot, and the codes that say why it has not passed or has not begun. Times are milliseconds since the
// epoch. Knows no store, wire or HTTP.

import type { DeviceKey } from '../ota/model.ts'
import type { Sentence } from '../sentences/sentence.ts'

/** How a test ended. `error`: by a fault of the station, not of the board; `aborted`: by the operator. */
export const outcomes = ['passed', 'failed', 'error', 'aborted'] as const
export type RunOutcome = (typeof outcomes)[number]

export type MeasuredValue = number | string | boolean

export const runStates = ['waiting', 'identifying', 'updating', 'restarting', 'testing', 'ended'] as const
export type RunState = (typeof runStates)[number]

export const stepNames = ['bind', 'connect', 'identify', 'update', 'restart', 'selftest', 'label'] as const
export type StepName = (typeof stepNames)[number]

/** What a board or a jig says it has measured. */
export interface Given {
  readonly name: string
  readonly value: MeasuredValue
  readonly unit?: string | null | undefined
}

/** A self-test that came before its run was ready for it. */
export interface Heard {
  /** When its connection began, and when it came. */
  readonly since: number
  readonly at: number
  /** What the board had reported by then: `target`, all versions of the procedure; `other`, another one on this very connection. */
  readonly runs: 'target' | 'other' | 'unknown'
  /** When it had last reported a version by then. */
  readonly reportedAt?: number | undefined
  readonly measurements: readonly Given[]
}

export interface Measurement {
  readonly name: string
  readonly value: MeasuredValue
  readonly unit: string | null
  /** That of the limit, where it is another one. */
  readonly limitUnit?: string
  readonly low: number | null
  readonly high: number | null
  readonly equals: MeasuredValue | null
  /** null: the procedure has no limit of that name. */
  readonly outcome: 'passed' | 'failed' | null
  /** Passed, within 5 % of the range from one of its ends. */
  readonly marginal: boolean
}

export interface RunStep {
  readonly name: StepName
  /** null: it goes on. */
  readonly outcome: RunOutcome | 'skipped' | null
  readonly startedAt: number
  readonly endedAt: number | null
  readonly code: RunCode | null
  readonly said: Sentence | null
  readonly measurements: readonly Measurement[]
}

/** Why a run has not passed. */
export const runCodes = [
  'NO_CONNECT',
  'OTHER_BOARD',
  'WRONG_SECRET',
  'WRONG_SLOT',
  'WRONG_PRODUCT',
  'FACTORY_NAME',
  'CONTENDED',
  'BOUND_ELSEWHERE',
  'BUSY',
  'NO_VERSION',
  'UPDATE_FAILED',
  'UPDATE_TIMEOUT',
  'NO_DOWNLOAD',
  'NO_RESTART',
  'ROLLED_BACK',
  'SELFTEST_FAILED',
  'SELFTEST_MISSING',
  'LOST',
  'JIG_FAILED',
  'JIG_ERROR',
  'ABORTED',
  'REFERENCE_WRONG',
  'NOT_STORED',
] as const
export type RunCode = (typeof runCodes)[number]

/** Why a scan begins no run. */
export const refusalCodes = [
  'ALREADY_RUNNING',
  'ALREADY_PASSED',
  'RETEST_LIMIT',
  'REASON_NEEDED',
  'ROUTE',
  'REFERENCE_DUE',
  'REFERENCE_WRONG',
  'BAD_CODE',
  'BOUND_ELSEWHERE',
  'WRONG_PRODUCT',
  'FACTORY_NAME',
  'BUSY',
  'MES_REFUSED',
  'MES_UNREACHABLE',
  'NOT_STORED',
  'SLOT_BUSY',
  'NO_SLOT',
  'NOT_ACKNOWLEDGED',
  'CHOOSE_SLOT',
  'NO_OPERATOR',
  'NO_PROCEDURE',
  'WAIT_SLOT',
] as const
export type RefusalCode = (typeof refusalCodes)[number]

export interface Run {
  readonly id: number
  readonly station: string
  readonly slot: number
  readonly procedure: string
  readonly rev: number
  readonly product: string
  readonly process: string
  readonly serial: string
  /** What was scanned, without a secret. */
  readonly label: string
  /** null: the next board of the product, which has not come yet. */
  readonly device: DeviceKey | null
  readonly operator: string | null
  readonly workOrder: string | null
  /** Counts up from 1 in this process of the unit. */
  readonly attempt: number
  readonly reference: 'golden' | 'bad' | null
  /** Why it is tested again. */
  readonly reason: string | null
  /** Of the request that began it. */
  readonly key: string | null
  /** Of the body of that request; left out: it had no key. */
  readonly keyDigest?: string
  /** Of the request of a jig that ended it; left out: none had one. */
  readonly finishKey?: string
  readonly finishDigest?: string
  readonly scannedAt: number
  readonly connectedAt: number | null
  readonly endedAt: number | null
  readonly state: RunState
  readonly outcome: RunOutcome | null
  readonly code: RunCode | null
  readonly said: Sentence | null
  readonly steps: readonly RunStep[]
  readonly tasks: readonly number[]
  /** The board's address, without port. */
  readonly remote: string | null
  /** By module. */
  readonly versionBefore: { readonly [module: string]: string }
  readonly versionAfter: { readonly [module: string]: string }
  /** Whether the board was connected before the scan. */
  readonly wasConnected: boolean
  /** What else came while it waited, the newest ones. */
  readonly others: readonly DeviceKey[]
  /** The last refusal of its device's name. */
  readonly refused: string | null
  /** When the connection began with which the board came; null: it has not come. */
  readonly boardSince: number | null
  /** Self-tests that came before the run was ready for them, the oldest first; left out: none. */
  readonly heard?: readonly Heard[]
  /** Modules of which the board has fetched nothing in this run; left out: of none, or it is not known. */
  readonly unfetched?: readonly string[]
  /** How often the board has disconnected in the self-test. */
  readonly drops: number
  /** The connection on which the old version was reported after the whole image had been fetched; null: none. */
  readonly oldVersionOn: number | null
  /** The server's clock was behind the newest row when it began: the order is that of the ids. */
  readonly clockSuspect: boolean
}
