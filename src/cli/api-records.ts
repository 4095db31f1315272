// The admin API's JSON as the command reads it: ids are digits in text, times ISO 8601 or null. Types only.

import type { CampaignStatus, SignMethod, TaskState } from '../ota/model.ts'

export interface FirmwareView {
  readonly id: string
  readonly product: string
  readonly module: string
  readonly version: string
  readonly size: number
  readonly md5: string
  readonly sha256: string
  readonly checksum: string
  readonly description: string
  readonly from: readonly string[]
  readonly signMethod: SignMethod
  readonly createdAt: string
  /** Only in the answer to an upload. */
  readonly warnings?: readonly string[]
}

export interface DeviceView {
  readonly product: string
  readonly name: string
  readonly online: boolean
  readonly lastSeen: string | null
  /** The three are missing in answers of a server before 0.2.0. */
  readonly address?: string | null
  readonly contended?: boolean
  readonly disputed?: string | null
  readonly gateway: string | null
  readonly tags: readonly string[]
  readonly modules: { readonly [name: string]: { readonly version: string; readonly reportedAt: string } }
  readonly credential: 'none' | 'secret' | 'first-use'
  /** Why its last connection was refused or ended. */
  readonly connection: {
    readonly what: 'refused' | 'disconnected'
    readonly reason: string
    readonly at: string
    readonly text?: string
  } | null
  readonly createdAt: string
}

/** The result of an import. */
export interface ImportView {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
}

/** A version that a device installed. */
export interface InstalledView {
  readonly at: string
  readonly module: string
  readonly version: string
  readonly task: string | null
  readonly campaign: string | null
  readonly sha256: string | null
}

/** Something that happened to a device. */
export interface TimelineEntryView {
  readonly at: string
  readonly what: 'connected' | 'disconnected' | 'refused' | 'task' | 'version' | 'moved' | 'disputed' | 'contended'
  readonly text: string
  /** Of the client; a server of an earlier version does not say it. */
  readonly address?: string | null
  readonly state: string | null
  readonly task: string | null
  readonly campaign: string | null
  readonly attempt: number | null
}

export type Counts = { readonly [state in TaskState | 'skipped']: number }

/** A phase: what was given, and its current state. */
export interface PhaseView {
  readonly percent?: number
  readonly count?: number
  readonly tag?: string
  readonly successPercent: number
  readonly minFinished: number
  readonly soakSeconds: number
  readonly then: 'next' | 'wait'
  readonly open: boolean
  readonly counts: Counts
  readonly waiting: number
}

/** Between the newest open phase and the one after it. */
export interface GateView {
  readonly step: 'last' | 'empty' | 'sample' | 'success' | 'soak' | 'operator' | 'failed' | 'open'
  readonly size: number
  readonly finished: number
  readonly succeededPercent: number
  readonly neededPercent: number
  readonly minFinished: number
  readonly soakEndsAt: string | null
  readonly against: readonly string[]
}

export interface AbortView {
  readonly on: 'any' | 'failed' | 'timed_out' | 'rejected'
  readonly percent: number
  readonly minFinished: number
  readonly action: 'pause' | 'cancel'
  readonly finished: number
  readonly bad: number
  /** When the campaign was last resumed, from which time on they count. A server before 0.2 has no such field. */
  readonly since?: string | null
}

export interface ScheduleView {
  readonly startAt: string | null
  readonly endAt: string | null
  readonly windows: readonly { readonly cron: string; readonly minutes: number; readonly timeZone: string | null }[]
  readonly open: boolean
  readonly until: string | null
}

export interface CampaignView {
  readonly id: string
  /** Only in the answer to its creation. */
  readonly warnings?: readonly string[]
  readonly name: string
  readonly status: CampaignStatus
  readonly reason: string | null
  /** Why it has this status, with the figures. */
  readonly text: string | null
  /** The code of that sentence. */
  readonly code?: string | null
  /** What somebody did with it last. */
  readonly lastStep?: {
    readonly step: 'start' | 'pause' | 'resume' | 'next' | 'cancel'
    readonly kind: 'person' | 'token' | 'file'
    readonly by: string
    readonly at: string
  } | null
  readonly firmware: string
  readonly product: string
  readonly module: string
  readonly version: string
  /** The newest open phase, from 1. */
  readonly phase: number | null
  readonly counts: Counts
  /** Open tasks whose device has reported no version of the module. */
  readonly unreported: number
  /** Targets that wait for another campaign and have no task yet. */
  readonly waiting: number
  /** The campaigns that some of them wait for. */
  readonly waitingFor: readonly string[]
  readonly gate: GateView | null
  readonly target: {
    readonly devices: readonly string[]
    readonly tags: readonly string[]
    readonly from: readonly string[]
    readonly exclude: readonly string[]
    readonly continuous: boolean
  }
  readonly phases: readonly PhaseView[]
  readonly abort: readonly AbortView[]
  readonly rate: { readonly perMinute: number; readonly maxInProgress: number }
  readonly schedule: ScheduleView
  readonly timeouts: { readonly noResponseSeconds: number; readonly upgradeSeconds: number | null; readonly stallSeconds: number }
  readonly retry: { readonly max: number; readonly delaySeconds: number; readonly onTimeout: boolean }
  readonly overwrite: boolean
  readonly push: boolean
  readonly reflash: boolean
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
}

/** What a campaign would do. */
export interface PlanView {
  readonly warnings: readonly string[]
  readonly targets: number
  /** Of them that have reported no version of the module. */
  readonly unreported: number
  readonly skipped: number
  readonly waiting: number
  readonly phases: readonly { readonly phase: number; readonly size: number; readonly devices: readonly string[] }[]
  readonly left: readonly { readonly device: string; readonly reason: string; readonly text: string }[]
  readonly leftCounts: { readonly [reason: string]: number }
  readonly seconds: number | null
  readonly perDeviceSeconds: number
}

export interface TaskView {
  readonly id: string
  readonly campaign: string
  readonly device: string
  readonly module: string
  readonly firmware: string
  readonly from: string | null
  readonly to: string
  readonly state: TaskState
  readonly reason: string | null
  readonly code: number | null
  readonly desc: string | null
  readonly step: number | null
  readonly phase: number | null
  readonly attempt: number
  readonly notBefore: string | null
  readonly bytes: number
  readonly size: number
  readonly createdAt: string
  readonly notifiedAt: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** Only in the answer about a single task. */
  readonly history?: readonly { readonly at: string; readonly state: TaskState; readonly note: string }[]
}

export interface VerdictView {
  readonly rule: string
  readonly ok: boolean
  readonly text: string
  /** What to do about an update that ended without success. */
  readonly advice?: { readonly text: string }
  readonly campaign: string | null
  readonly task: string | null
  readonly reason: string | null
}

/** The event `device` of `/events`. */
export interface DeviceEvent {
  readonly device: string
  readonly what: string
  readonly detail?: string
  readonly address?: string
  readonly newAddress?: string
  readonly at: string
}

/** The event `message`: a raw message of a watched device, or what was refused to it. */
export interface MessageEvent {
  readonly device: string
  readonly direction: 'up' | 'down' | 'refused'
  readonly text: string
  readonly at: string
}
