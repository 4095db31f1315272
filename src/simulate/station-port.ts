// A test station as simulated boards and their operator use it: what it is, and what they ask of it. Types only: the HTTP is the caller's.

export interface WantedLimit {
  readonly name: string
  readonly low: number | null
  readonly high: number | null
  readonly equals: number | string | boolean | null
}

/** How a station is set up, as far as it decides what boards can do there. */
export interface StationSetup {
  readonly station: string
  readonly slots: number
  readonly slotAddresses: readonly string[]
  /** Whether somebody must sign in first. */
  readonly signsIn: boolean
  readonly product: string
  readonly process: string
  readonly bind: 'name' | 'secret' | 'next'
  readonly pattern: string | null
  readonly modules: readonly { readonly module: string; readonly version: string }[]
  readonly selfTest: {
    readonly source: 'device' | 'jig'
    readonly topic: 'event/selftest' | 'property'
    readonly limits: readonly WantedLimit[]
  } | null
  readonly mostRetests: number
}

export interface PlayedRun {
  readonly id: string
  readonly state: string
  readonly outcome: string | null
  readonly code: string | null
}

export type PlayedScan =
  | { readonly kind: 'run'; readonly run: PlayedRun }
  | { readonly kind: 'command' | 'ignored' }
  | { readonly kind: 'refused'; readonly reason: string }

export type MeasuredSample = { readonly name: string; readonly value: number | string | boolean }

/** Figures of yield; `uncounted` by code. */
export interface StationFigures {
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
}

/** Rejects where the station cannot be reached. */
export interface StationPort {
  scan(text: string, slot: number, reason?: string): Promise<PlayedScan>
  /** As soon as the state of the run is another than `after`, or after some time. */
  run(id: string, after: string): Promise<PlayedRun>
  /** As a jig: all that it has measured, and that it is done. */
  measure(id: string, samples: readonly MeasuredSample[]): Promise<void>
  /** Of all that was tested there. */
  figures(): Promise<StationFigures>
}
