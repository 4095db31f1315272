// How a campaign proceeds: phases, abort rules, rates, schedules, retries, and what came of it. Plain readonly data, as campaigns keep it.
// Times are milliseconds since the epoch. Knows no devices, no tasks, no clock.

/**
 * One step of a campaign's spread. Exactly one of `percent`, `count`, `tag` is not null: percentages and counts are cumulative, of the
 * targets in hash order; `tag` (first phase only) takes the targets that have it.
 */
export interface Phase {
  readonly percent: number | null
  readonly count: number | null
  readonly tag: string | null
  /** The next phase opens when this percentage of the finished ones succeeded, */
  readonly successPercent: number
  /** at least this many have finished (at most the phase's size), */
  readonly minFinished: number
  /** this has held for so long, */
  readonly soakSeconds: number
  /** and, with `wait`, an operator opens it. The API calls it `then`, but an object with a property of that name would be awaited. */
  readonly onward: 'next' | 'wait'
}

/** The state of a campaign with phases. Phases up to `index` are open. */
export interface PhaseState {
  readonly index: number
  readonly openedAt: number
  /** Since when enough have succeeded: the soak counts from here. */
  readonly metAt: number | null
  /** Devices that succeeded and then rolled back, or could not stay connected, while the phase soaked. */
  readonly against: readonly string[]
  /** How many had finished when an operator last resumed the campaign: only what finishes later fails the phase again. */
  readonly excused: number
}

export type FailureClass = 'failed' | 'timed_out' | 'rejected'

/** Stops the campaign when `percent` of at least `minFinished` finished ones ended in this way. */
export interface AbortRule {
  readonly on: 'any' | FailureClass
  readonly percent: number
  readonly minFinished: number
  readonly action: 'pause' | 'cancel'
  /** Its sample grows with those notified (`sizedRule` in rules/abort.ts); `minFinished` is the least. Explicit rules lack it. */
  readonly growing?: true
}

/** Newest attempts that have finished, by result. Canceled ones say nothing about a package and are left out. */
export interface Sample {
  readonly succeeded: number
  readonly failed: number
  readonly timed_out: number
  readonly rejected: number
}

export const emptySample: Sample = { succeeded: 0, failed: 0, timed_out: 0, rejected: 0 }

export interface Rate {
  /** Offers in any minute. */
  readonly perMinute: number
  /** Tasks notified or in progress at once. */
  readonly maxInProgress: number
}

/** Open for `minutes` from each time of `cron`, read in `timeZone` (IANA; null: the server's). */
export interface Window {
  readonly cron: string
  readonly minutes: number
  readonly timeZone: string | null
}

/** New tasks start between `startAt` and `endAt`, and within one of `windows` where there are any. */
export interface Schedule {
  readonly startAt: number | null
  readonly endAt: number | null
  readonly windows: readonly Window[]
}

export const anyTime: Schedule = { startAt: null, endAt: null, windows: [] }

/**
 * Of a hidden campaign, by which test stations update one module as one revision of a procedure says. It has no targets: a station asks for
 * each task. `graceSeconds`: how long a device that reports its old version after the whole image may still come back with the new one.
 */
export interface StationOrigin {
  readonly procedure: string
  readonly rev: number
  readonly graceSeconds: number
}

/** New attempts after device failures and unexpected versions; after time-outs where `onTimeout`; never after `rejected` or `canceled`. */
export interface Retry {
  readonly max: number
  readonly delaySeconds: number
  readonly onTimeout: boolean
}

/** Who takes a step: a person, a token, or the token of the data directory (`file`). */
export interface StepBy {
  readonly kind: 'person' | 'token' | 'file'
  readonly name: string
}

export interface CampaignStep {
  readonly step: 'start' | 'pause' | 'resume' | 'next' | 'cancel'
  readonly kind: StepBy['kind']
  readonly by: string
  readonly at: number
}

/** `server`: a rule or the end of its schedule, whose reason is in `by`, or a program that embeds the server (`operator`). */
export interface NotedStep {
  readonly step: CampaignStep['step'] | 'retry'
  readonly kind: StepBy['kind'] | 'server'
  readonly by: string
  readonly at: number
}

export interface Steered {
  /** What somebody did with it last; null: nobody is known. Campaigns of earlier versions have none. */
  readonly lastStep?: CampaignStep | null
  /** When an operator last made it run again: since then its abort rules count. Left out: they count from the start. */
  readonly resumedAt?: number
  /** The newest ones, also those of rules, the newest last. Left out: none is known. */
  readonly steps?: readonly NotedStep[]
}

/** An update that ended without success, so that lists of devices say why without reading its task. */
export interface FailedUpdate {
  readonly module: string
  /** The version that it was to bring. */
  readonly to: string
  /** Left out in records of earlier versions. `desc`: the device's own words, shortened. */
  readonly end?: {
    readonly task: number
    readonly campaign: number
    readonly state: FailureClass
    readonly reason: string | null
    readonly desc: string | null
    readonly at: number
  }
}

export interface Updated {
  /** The last update of each module, where that failed, timed out or was rejected. Left out: none has. */
  readonly failed?: readonly FailedUpdate[]
}
