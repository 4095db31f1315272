// The admin API's JSON about test stations as the command reads it: ids are digits in text, times ISO 8601 or null. Types only.

export interface ProcedureRecord {
  readonly id: string
  readonly rev: number
  readonly product: string
  readonly process: string
  readonly bind: 'name' | 'secret' | 'next'
  readonly serial: { readonly pattern: string | null }
  readonly firmware: readonly { readonly module: string; readonly firmware: string; readonly version: string; readonly sha256: string }[]
  readonly reflash: 'never' | 'always'
  readonly requires: readonly string[]
  readonly steps: {
    readonly connectSeconds: number
    readonly updateSeconds: number
    readonly restartSeconds: number
    readonly selfTestSeconds: number
  }
  readonly selfTest: SelfTestRecord | null
  readonly retest: { readonly max: number; readonly reasonNeeded: boolean }
  readonly reference: { readonly everySeconds: number; readonly golden: readonly string[]; readonly bad: readonly string[] } | null
  readonly label: { readonly template: string; readonly printer: string } | null
  readonly createdAt: string
  readonly createdBy: string
  readonly releasedAt: string | null
  readonly releasedBy: string | null
  /** Only in the answer about a single one. */
  readonly revisions?: readonly { readonly rev: number; readonly released: boolean }[]
}

export type MeasuredRecord = number | string | boolean

export interface LimitRecord {
  readonly name: string
  readonly unit: string | null
  readonly low: number | null
  readonly high: number | null
  readonly equals: MeasuredRecord | null
}

export interface SelfTestRecord {
  readonly source: 'device' | 'jig'
  readonly topic: 'event/selftest' | 'property'
  readonly limits: readonly LimitRecord[]
  readonly requireAll: boolean
}

export interface StationRecord {
  readonly id: string
  readonly name: string
  readonly slots: number
  readonly slotAddresses: readonly string[]
  readonly procedure: string
  readonly operator: 'none' | 'scan'
  readonly language: 'en' | 'zh'
  readonly passSeconds: number
  readonly sound: boolean
}

export type OutcomeRecord = 'passed' | 'failed' | 'error' | 'aborted'
export type RunStateRecord = 'waiting' | 'identifying' | 'updating' | 'restarting' | 'testing' | 'ended'

export interface MeasurementRecord extends LimitRecord {
  readonly value: MeasuredRecord
  readonly outcome: 'passed' | 'failed' | null
  readonly marginal: boolean
}

export interface StepRecord {
  readonly name: string
  readonly outcome: OutcomeRecord | 'skipped' | null
  readonly startedAt: string
  readonly endedAt: string | null
  readonly code: string | null
  readonly text: string | null
  readonly measurements: readonly MeasurementRecord[]
}

export interface RunRecord {
  readonly id: string
  readonly station: string
  readonly slot: number
  readonly procedure: string
  readonly rev: number
  readonly product: string
  readonly process: string
  readonly serial: string
  readonly device: string | null
  readonly operator: string | null
  readonly workOrder: string | null
  readonly attempt: number
  readonly reference: 'golden' | 'bad' | null
  readonly reason: string | null
  readonly state: RunStateRecord
  readonly outcome: OutcomeRecord | null
  readonly code: string | null
  readonly text: string | null
  readonly steps: readonly StepRecord[]
  readonly tasks: readonly string[]
  readonly remote: string | null
  readonly versionBefore: { readonly [module: string]: string }
  readonly versionAfter: { readonly [module: string]: string }
  readonly clockSuspect: boolean
  readonly scannedAt: string
  readonly connectedAt: string | null
  readonly endedAt: string | null
}

/** What a scan has done that began no run. */
export interface ScannedRecord {
  readonly kind: 'command' | 'ignored'
  readonly text: string | null
  readonly run: RunRecord | null
}

export interface ShareRecord {
  readonly part: number
  readonly of: number
}

export interface FiguresRecord {
  readonly units: number
  readonly firstPassed: number
  readonly finalPassed: number
  readonly retested: number
  readonly ntf: number
  readonly runs: number
  readonly passed: number
  readonly failed: number
  readonly errors: number
  readonly aborted: number
  readonly uncounted: { readonly [code: string]: number }
  readonly references: number
  readonly fpy: ShareRecord | null
  readonly finalYield: ShareRecord | null
  readonly retestRate: ShareRecord | null
  readonly cycleTimes: { readonly p50: number; readonly p95: number } | null
  readonly unitsPerHour: number | null
  readonly pareto: readonly { readonly code: string; readonly count: number; readonly cumulative: ShareRecord }[]
}

export interface YieldRecord {
  readonly from: string
  readonly to: string
  readonly items: readonly (FiguresRecord & { readonly key: { readonly [name: string]: string | null } })[]
  readonly rty: ShareRecord | null
}

export interface SlotRecord {
  readonly slot: number
  readonly run: RunRecord | null
  readonly isSaving: boolean
  readonly isAcknowledged: boolean
  readonly progress: { readonly bytes: number; readonly size: number; readonly step: number | null } | null
  readonly until: string | null
}

/** A station with all that its screen shows. */
export interface ScreenRecord extends StationRecord {
  readonly rev: number | null
  readonly process: string | null
  readonly product: string | null
  readonly slotViews: readonly SlotRecord[]
  readonly operatorName: string | null
  readonly workOrder: string | null
  readonly chosen: number | null
  readonly shift: FiguresRecord & { readonly from: string; readonly to: string }
  readonly reference: {
    readonly dueAt: string | null
    readonly wanted: readonly ('golden' | 'bad')[]
    readonly blocked: 'golden' | 'bad' | null
  } | null
  readonly backlog: { readonly count: number; readonly oldestAt: string | null } | null
  readonly now: string
}

export interface UnitRecord {
  readonly product: string
  readonly serial: string
  readonly device: string | null
  readonly boundAt: string | null
  readonly processes: {
    readonly [process: string]: {
      readonly outcome: OutcomeRecord | null
      readonly attempts: number
      readonly failures: number
      readonly firstPassed: boolean
      readonly passedAt: string | null
    }
  }
  readonly released: readonly { readonly at: string; readonly by: string; readonly process: string | null; readonly reason: string }[]
  readonly replaced: readonly { readonly device: string; readonly at: string; readonly by: string; readonly reason: string }[]
}

export interface CertificateRecord {
  readonly unit: UnitRecord
  readonly firmware: readonly {
    readonly run: string
    readonly module: string
    readonly version: string
    readonly sha256: string
    readonly state: 'present' | 'installed' | 'sent'
  }[]
  readonly runs: readonly RunRecord[]
}
