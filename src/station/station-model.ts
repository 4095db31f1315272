// The records of test stations: procedures, stations and units. Runs are in run-model.ts, figures in figure-model.ts. Times are milliseconds
// since the epoch. Knows no store, wire or HTTP.

import type { DeviceKey } from '../ota/model.ts'
import type { FigureKey } from './figure-model.ts'
import type { MeasuredValue, RunOutcome } from './run-model.ts'

/** Which board a run waits for: see docs/station.md, "Binding". */
export const bindings = ['name', 'secret', 'next'] as const
export type Binding = (typeof bindings)[number]

/** What a module of a tested board runs when the run has passed. */
export interface WantedFirmware {
  readonly module: string
  readonly firmware: number
  readonly version: string
  readonly sha256: string
}

/** What a measurement has to be: within `low` and `high` (inclusive, null: no bound), or equal to `equals` (null: anything). */
export interface Limit {
  readonly name: string
  readonly unit: string | null
  readonly low: number | null
  readonly high: number | null
  readonly equals: MeasuredValue | null
}

/** `device`: the board sends a message; `jig`: the program of the fixture posts measurements. */
export interface SelfTest {
  readonly source: 'device' | 'jig'
  /** Where a board sends it: `thing/up/event/selftest/post` or `thing/up/property/post`. */
  readonly topic: 'event/selftest' | 'property'
  readonly limits: readonly Limit[]
  /** Whether a measurement that is missing fails the run. */
  readonly requireAll: boolean
}

export interface StepSeconds {
  readonly connectSeconds: number
  readonly updateSeconds: number
  readonly restartSeconds: number
  readonly selfTestSeconds: number
}

/** Boards of known quality that are tested from time to time: `golden` ones have to pass, `bad` ones have to fail. Serial numbers. */
export interface Reference {
  readonly everySeconds: number
  readonly golden: readonly string[]
  readonly bad: readonly string[]
}

export interface Label {
  /** ZPL with fields such as `{serial}`. */
  readonly template: string
  /** `host:port` of a printer that takes ZPL by TCP. */
  readonly printer: string
}

/** One revision of how a product is tested in a process. It never changes, but for its release. */
export interface Procedure {
  readonly id: string
  /** Counts up from 1. */
  readonly rev: number
  readonly product: string
  /** The test operation, such as `FCT`. */
  readonly process: string
  readonly bind: Binding
  /** A regular expression for the whole text of a label, with the groups `serial`, `name` and `secret` where it has them; null: all of the text is both. */
  readonly pattern: string | null
  readonly firmware: readonly WantedFirmware[]
  /** Whether a board that is on the version already is updated all the same. */
  readonly reflash: 'never' | 'always'
  /** Processes that the unit must have passed before. */
  readonly requires: readonly string[]
  readonly steps: StepSeconds
  readonly selfTest: SelfTest | null
  readonly retest: { readonly max: number; readonly reasonNeeded: boolean }
  readonly reference: Reference | null
  readonly label: Label | null
  readonly createdAt: number
  readonly createdBy: string
  readonly releasedAt: number | null
  readonly releasedBy: string | null
  /** The hidden campaign of each of `firmware`, in its order; empty until it is released. */
  readonly campaigns: readonly number[]
}

export type StationLanguage = 'en' | 'zh'

export interface Station {
  readonly id: string
  readonly name: string
  /** 1..16. */
  readonly slots: number
  /** The address or CIDR block of the boards of each slot, from slot 1 on; empty: not known. */
  readonly slotAddresses: readonly string[]
  /** The id of its procedure. */
  readonly procedure: string
  /** `scan`: who works there scans a code before the first board. */
  readonly operator: 'none' | 'scan'
  readonly language: StationLanguage
  /** How long a PASS is shown; 0: until the next scan. */
  readonly passSeconds: number
  readonly sound: boolean
  readonly createdAt: number
}

/** What a unit's runs of one process add up to. Runs that do not count (docs/station.md, "Yield") are only in `attempts`. */
export interface UnitProcess {
  /** Of the newest counted run; null: there is none. */
  readonly outcome: RunOutcome | null
  /** The newest run, counted or not. */
  readonly run: number
  /** All runs. */
  readonly attempts: number
  readonly counted: number
  /** Failed runs since the unit was released last: what `retest.max` bounds. */
  readonly failures: number
  readonly firstPassed: boolean
  readonly passedAt: number | null
  /** Where its figures are kept; null: no run has counted. */
  readonly figures: FigureKey | null
  /** Whether it was released after its first counted run had not passed. */
  readonly releasedSince: boolean
  /** Whether the board has been replaced since: its own runs are still to come. */
  readonly isReplaced?: boolean
  /** Whether it counts as "no trouble found" in its figures. */
  readonly isNtf: boolean
}

/** A repaired unit may be tested again. */
export interface Release {
  readonly at: number
  readonly by: string
  readonly process: string | null
  readonly reason: string
}

export interface Unit {
  readonly product: string
  readonly serial: string
  readonly device: DeviceKey | null
  readonly boundAt: number | null
  /** The run that bound it. */
  readonly boundBy: number | null
  readonly processes: { readonly [process: string]: UnitProcess }
  readonly released: readonly Release[]
  /** Earlier boards of the serial number, which an administrator has replaced. */
  readonly replaced: readonly { readonly device: DeviceKey; readonly at: number; readonly by: string; readonly reason: string }[]
}

/** What a station remembers beside its runs, over a restart too. */
export interface StationDesk {
  readonly station: string
  readonly operator: string | null
  readonly workOrder: string | null
  /** Chosen by `FB:SLOT:n`. */
  readonly chosen: number | null
  /** The run that each slot shows, from slot 1 on; null: none. */
  readonly shown: readonly (number | null)[]
  /** Ended runs among `shown` that were acknowledged. */
  readonly acknowledged: readonly number[]
  /** The newest `FB:OK` that was sent with a key, and the run that it acknowledged. */
  readonly lastOk?: { readonly key: string; readonly run: number; readonly digest?: string }
  /** Of reference boards. */
  readonly goldenAt: number | null
  readonly badAt: number | null
  /** A bad board has passed, or a golden one has not: no unit is tested until an engineer has found out. */
  readonly blocked: 'golden' | 'bad' | null
}

/** `current`: the shift of now. Days are those of the factory; `week` and `month`: the last 7 and 30 of them, today among them. */
export const namedSpans = ['current', 'today', 'yesterday', 'week', 'month'] as const
export type NamedSpan = (typeof namedSpans)[number]

/**
 * An image of a run's procedure, as the board had it. `present`: the board reported its version, and fetched nothing. `installed`: it
 * was sent, and the board reported its version then. `sent`: it was sent whole, and the board has not reported its version since.
 */
export const imageStates = ['present', 'installed', 'sent'] as const
export type ImageState = (typeof imageStates)[number]

export interface RunImage extends Omit<WantedFirmware, 'firmware'> {
  readonly run: number
  readonly state: ImageState
}
