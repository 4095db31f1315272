// What test stations and what is around them ask of each other, types only.

import type { Log } from '../log.ts'
import type { DeviceKey, Task } from '../ota/model.ts'
import type { ConnectionOperations, DeviceOperations, StationOperations } from '../ota/ports/operators.ts'
import type { Batches, NewRow, Queries, Reads } from '../ota/ports/store.ts'
import type { Sentence } from '../sentences/sentence.ts'
import type { FigureKey, YieldFigures } from './figure-model.ts'
import type { Given, RefusalCode, Run, RunCode, RunOutcome, RunState } from './run-model.ts'
import type { Binding, NamedSpan, Procedure, RunImage, SelfTest, Station, StationLanguage, StepSeconds, Unit } from './station-model.ts'

// ---------------------------------------------------------------- what a station needs

/** The core, as far as a station uses it: parts of `Operators`, with its `stations`. */
export interface StationCore extends StationOperations {
  readonly reads: Pick<Reads, 'device' | 'firmware' | 'firmwares' | 'campaign' | 'openTask' | 'openTasks' | 'openTasksOf'>
  readonly queries: Pick<Queries, 'task' | 'tasks'>
  readonly connections: Pick<ConnectionOperations, 'address' | 'since' | 'isContended'>
  readonly devices: Pick<DeviceOperations, 'put' | 'connectionNote'>
  /** The host of the links that the device gets; empty: it is not connected. */
  linkHost(device: DeviceKey): string
  /** Bytes of the task's image that were sent so far. */
  bytes(task: Task): number
}

/** What happened in the production: as `mes.validate` is asked before a run. */
export interface RouteQuestion {
  readonly station: string
  readonly process: string
  readonly procedure: string
  readonly rev: number
  readonly product: string
  readonly serial: string
  readonly operator: string | null
  readonly workOrder: string | null
}

export type RouteAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'MES_REFUSED'; readonly text: string }
  | { readonly ok: false; readonly code: 'MES_UNREACHABLE'; readonly why: Sentence }

export interface StationOutside {
  readonly batches: Pick<Batches, 'commit' | 'get' | 'range'>
  readonly core: StationCore
  /** Asked before a run begins; resolves within its time-out. */
  readonly validate: (question: RouteQuestion) => Promise<RouteAnswer>
  /** Rows by which the result of an ended run is sent: written with it. */
  readonly results: ResultRows
  /** Prints a label by TCP; rejects where the printer did not take it. */
  readonly print: (printer: string, zpl: string) => Promise<void>
  /** Shows a change to those who watch. Called after it is on disk. */
  readonly emit: (event: StationEvent) => void
  readonly settings: StationSettings
  readonly log: Log
  /** Milliseconds since the epoch, never going back. */
  readonly now: () => number
  /** The clock of the wall: shifts follow it. */
  readonly wallClock: () => number
}

export interface StationSettings {
  /** `HH:MM`, ascending; empty: a shift is a day. */
  readonly shifts: readonly string[]
  /** IANA name; null: that of the machine. */
  readonly timeZone: string | null
  /** Names that boards have before they get their own. */
  readonly factoryNames: readonly string[]
}

export interface ResultRows {
  rowsOf(run: Run): readonly NewRow[]
  settled(rows: readonly NewRow[], areStored: boolean): void
  /** Results that no receiver has taken yet, and when the oldest of them ended; null: nothing is sent. */
  backlog(): { readonly count: number; readonly oldestAt: number | null } | null
}

// ---------------------------------------------------------------- what a station shows

export type StationEvent =
  | { readonly type: 'run'; readonly station: string; readonly run: Run }
  | {
      readonly type: 'scan'
      readonly station: string
      readonly slot: number | null
      readonly text: string
      readonly reason: RefusalCode | null
      readonly said: Sentence
    }
  | { readonly type: 'station'; readonly station: string; readonly removed?: true }

export interface ProcedureInput {
  readonly product: string
  readonly process: string
  readonly bind?: Binding
  readonly serial?: { readonly pattern?: string | null }
  readonly firmware?: readonly { readonly module: string; readonly firmware: number }[]
  readonly reflash?: 'never' | 'always'
  readonly requires?: readonly string[]
  readonly steps?: Partial<StepSeconds>
  readonly selfTest?: (Partial<SelfTest> & Pick<SelfTest, 'source'>) | null
  readonly retest?: { readonly max?: number; readonly reasonNeeded?: boolean }
  readonly reference?: Procedure['reference']
  readonly label?: Procedure['label']
}

export interface StationInput {
  readonly name?: string
  readonly slots?: number
  readonly slotAddresses?: readonly string[]
  readonly procedure: string
  readonly operator?: 'none' | 'scan'
  readonly language?: StationLanguage
  readonly passSeconds?: number
  readonly sound?: boolean
}

/** One fixture position as the screen shows it. */
export interface SlotView {
  readonly slot: number
  /** The run that it shows; null: it is free. */
  readonly run: Run | null
  /** The run has ended but is not on disk: it must not be shown as passed. */
  readonly isSaving: boolean
  readonly isAcknowledged: boolean
  /** Bytes that were sent, and the size, of the update in progress. */
  readonly progress: { readonly bytes: number; readonly size: number; readonly step: number | null } | null
  /** When the state it is in ends by time; null: it does not. */
  readonly until: number | null
}

export interface StationView extends Station {
  /** The revision that it uses; null: none is released. */
  readonly rev: number | null
  readonly process: string | null
  readonly product: string | null
  readonly slotViews: readonly SlotView[]
  readonly operatorName: string | null
  readonly workOrder: string | null
  readonly chosen: number | null
  /** Of the current shift at this station. */
  readonly shift: { readonly from: number; readonly to: number; readonly figures: YieldFigures }
  readonly reference: {
    readonly dueAt: number | null
    readonly wanted: readonly ('golden' | 'bad')[]
    readonly blocked: 'golden' | 'bad' | null
  } | null
  readonly backlog: { readonly count: number; readonly oldestAt: number | null } | null
}

/** `run`: one began. `command`: a code for the station itself. `ignored`: the scanner sent the same code twice. */
export type ScanAnswer =
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'command'; readonly said: Sentence; readonly run: Run | null }
  | { readonly kind: 'ignored'; readonly run: Run | null }

export interface ScanInput {
  readonly text: string
  readonly slot?: number | undefined
  /** Why a unit is tested again. */
  readonly reason?: string | undefined
  readonly key?: string | undefined
}

/** Where a page of runs ends: in the list of the open runs, or in that of the ended ones, whatever the run itself does later. */
export type RunPlace =
  | { readonly section: 'open'; readonly id: number }
  | { readonly section: 'ended'; readonly endedAt: number; readonly id: number }

export interface RunQuery {
  readonly serial?: string | undefined
  readonly product?: string | undefined
  readonly station?: string | undefined
  readonly process?: string | undefined
  readonly outcome?: RunOutcome | undefined
  /** Of the end, or of the scan of an open one. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Exclusive: runs behind this place. */
  readonly after?: RunPlace | undefined
  readonly limit: number
}

/** What a unit is and all that was done with it. */
export interface BirthCertificate {
  readonly unit: Unit
  /** Oldest first. */
  readonly runs: readonly Run[]
  /** In the order of the runs; of those whose procedure is known. */
  readonly images: readonly RunImage[]
}

export type FigureGroup = 'station' | 'process' | 'product' | 'version' | 'shift' | 'workOrder'

export interface FigureQuery {
  readonly group: readonly FigureGroup[]
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly station?: string | undefined
  readonly process?: string | undefined
  readonly product?: string | undefined
}

export interface FigureRow {
  /** Those that were asked for; null: not asked for. */
  readonly key: { readonly [G in keyof FigureKey]: FigureKey[G] | null }
  readonly figures: YieldFigures
}

export interface JigFinish {
  /** It can only make the outcome worse than the limits say. */
  readonly outcome?: 'passed' | 'failed' | 'error' | undefined
  readonly code?: string | undefined
  readonly text?: string | undefined
}

/** A refused scan: why, and in words. */
export interface ScanRefusal {
  readonly reason: RefusalCode
  readonly said: Sentence
}

/** Test stations as the API sees them. Every promise resolves when the change is on disk; refusals are `OtaError`s. */
export interface Stations {
  readonly procedures: {
    /** The newest revision of each, by id. */
    list(): readonly Procedure[]
    find(id: string, rev?: number): Promise<Procedure>
    revisions(id: string): Promise<readonly Procedure[]>
    /** A new revision, not released. */
    put(id: string, input: ProcedureInput, by: string): Promise<Procedure>
    release(id: string, by: string, rev?: number): Promise<Procedure>
  }
  readonly stations: {
    list(): readonly Station[]
    find(id: string): Station
    view(id: string): Promise<StationView>
    put(id: string, input: StationInput): Promise<{ readonly station: Station; readonly created: boolean }>
    remove(id: string): Promise<void>
    /** After a reference board was judged wrongly: units are tested again. */
    unblock(id: string): Promise<void>
  }
  readonly runs: {
    scan(station: string, input: ScanInput): Promise<ScanAnswer>
    find(id: number): Promise<Run>
    list(query: RunQuery): Promise<{ readonly items: readonly Run[]; readonly next: RunPlace | null }>
    /** In the order of their ids, in pieces. */
    all(query: Omit<RunQuery, 'limit' | 'after'>): AsyncIterable<readonly Run[]>
    abort(id: number, by: string): Promise<Run>
    acknowledge(id: number): Promise<Run>
    measure(id: number, measurements: readonly Given[]): Promise<Run>
    /** With the key of the request that ended the run it answers with that run, also over a restart. */
    finish(id: number, finish: JigFinish, key?: string): Promise<Run>
    /** As soon as its state is another than `after`, or when `ms` have passed, or when `signal` says that nobody waits any more. */
    changed(id: number, after: RunState | null, ms: number, signal?: AbortSignal): Promise<Run>
  }
  readonly units: {
    certificate(product: string, serial: string): Promise<BirthCertificate>
    release(product: string, serial: string, input: { readonly reason: string; readonly process: string | null }, by: string): Promise<Unit>
    rebind(
      product: string,
      serial: string,
      input: { readonly device: DeviceKey | null; readonly reason: string },
      by: string,
    ): Promise<Unit>
    /** Prints the label of its last passed run again. */
    reprint(product: string, serial: string): Promise<void>
  }
  figures(query: FigureQuery): Promise<readonly FigureRow[]>
  /** What is meant by that name at that time: [from, to). */
  spanAt(name: NamedSpan, at: number): { readonly from: number; readonly to: number }
}

/** How a run ended. */
export interface RunVerdict {
  readonly outcome: RunOutcome
  readonly code: RunCode | null
  readonly said: Sentence | null
}
