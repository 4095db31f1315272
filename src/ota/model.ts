// The records: devices, firmware, campaigns, tasks. Times are milliseconds since the epoch, sizes are bytes. Knows no store, wire or HTTP.

import type { Sentence } from '../sentences/sentence.ts'
import type { AbortRule, Phase, PhaseState, Rate, Retry, Schedule, StationOrigin, Steered, Updated } from './policy.ts'

/** `product/name`. Neither part may hold `/`, `+`, `#` or NUL, so the key is never ambiguous. */
export type DeviceKey = string
export const deviceKey = (product: string, name: string): DeviceKey => `${product}/${name}`

/** Every stored record carries the revision that a commit compares: 0 has never been stored. */
export interface Stored {
  readonly rev: number
}

/** How a device shows who it is. `secret`: protocol.md §6; `first-use`: SHA-256 (hex) of its first password; `none`: has sent none. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: string; readonly plain: boolean }
  | { readonly kind: 'first-use'; readonly hash: string }

/** What a module of a device runs; `task`: the one that installed it, null where none did. */
export interface Module {
  readonly name: string
  readonly version: string
  readonly reportedAt: number
  readonly task?: { readonly id: number; readonly campaign: number; readonly phase: number } | null
}

/** A version that a device began to run, kept permanently: with its package and task, null where no task installed it. */
export interface Installed {
  readonly device: DeviceKey
  readonly module: string
  readonly version: string
  readonly at: number
  readonly task: number | null
  readonly campaign: number | null
  readonly sha256: string | null
}

/** One thing that happened to a device; a connection has the client's `address`, and a `reason` in one word. Which fields there are depends on `what`. */
export interface TimelineRow extends Partial<Pick<HistoryEntry, 'state' | 'said'>> {
  readonly device: DeviceKey
  readonly at: number
  readonly what: 'connected' | 'disconnected' | 'refused' | 'task' | 'version' | 'moved' | 'disputed' | 'contended'
  readonly address?: string
  readonly reason?: string
  readonly module?: string
  readonly version?: string
  readonly task?: number
  readonly campaign?: number
  readonly attempt?: number
}

/** A task that ended `timed_out` or `failed(rolled_back)` and whose success may still come late. */
export interface Late {
  readonly module: string
  readonly task: number
}

/** Who said which gateway a device has. */
export interface GatewayClaim {
  /** `gateway`: the gateway itself. What an operator says is pinned, also that it has none. */
  readonly by: 'operator' | 'gateway'
  /** The hash of the first-use password that was bound then; null: none was. */
  readonly bound: string | null
}

/** A device came to another gateway, or to none, without an operator's act. */
export interface Takeover {
  readonly at: number
  readonly device: DeviceKey
  readonly from: DeviceKey
  readonly to: DeviceKey | null
}

export interface Device extends Stored, Updated {
  readonly key: DeviceKey
  readonly product: string
  readonly name: string
  readonly gateway: DeviceKey | null
  /** Left out where it never had a gateway, and in records of Fogbell 0.1. */
  readonly claim?: GatewayClaim | null
  /** The gateway that claims it while it connects itself under that name without a proof: an operator decides. */
  readonly disputed?: { readonly gateway: DeviceKey; readonly at: number } | null
  /** The newest ones that it was part of, as the device or as a gateway. */
  readonly takeovers?: readonly Takeover[]
  readonly tags: readonly string[]
  readonly credential: Credential
  readonly modules: readonly Module[]
  readonly late: readonly Late[]
  readonly createdAt: number
  readonly lastSeen: number | null
  /** Of its last connection, without port. */
  readonly address?: string | null
}

export type SignMethod = 'MD5' | 'SHA256'

/** The results of one pass over an image. Digests are lower-case hex; `checksum` is protocol.md §1's additive one. */
export interface Digests {
  readonly size: number
  readonly md5: string
  readonly sha256: string
  readonly checksum: string
}

export interface Firmware extends Stored, Digests {
  readonly id: number
  readonly product: string
  readonly module: string
  readonly version: string
  readonly description: string
  /** The versions it can be applied to; empty: any. */
  readonly from: readonly string[]
  readonly signMethod: SignMethod
  readonly createdAt: number
}

export type CampaignStatus = 'draft' | 'scheduled' | 'running' | 'paused' | 'completed' | 'canceled'

export interface Target {
  /** Keys; empty: every device of the product (that has one of `tags`, where there are any). */
  readonly devices: readonly DeviceKey[]
  readonly tags: readonly string[]
  /** Only devices whose module runs one of these; empty: any. */
  readonly from: readonly string[]
  readonly exclude: readonly DeviceKey[]
  readonly continuous: boolean
}

export interface Timeouts {
  readonly noResponseSeconds: number
  /** null: protocol.md §5's default by kind of device (60 min, sub-devices 6 h). */
  readonly upgradeSeconds: number | null
  readonly stallSeconds: number
}

export interface Campaign extends Stored, Steered {
  readonly id: number
  readonly name: string
  readonly status: CampaignStatus
  readonly reason: string | null
  readonly firmware: number
  readonly product: string
  readonly module: string
  readonly version: string
  readonly target: Target
  readonly station?: StationOrigin
  /** Empty: all targets at once. */
  readonly phases: readonly Phase[]
  /** The highest hash of each phase, found when the campaign started (see phases.ts). */
  readonly bounds: readonly number[]
  /** null: no phases, or not started. */
  readonly phase: PhaseState | null
  readonly abort: readonly AbortRule[]
  /** How often an operator has resumed it: abort rules count what has finished since. */
  readonly era: number
  /** The abort rule that stopped it, with the figures at which it did; null once it is resumed. */
  readonly fired: { readonly rule: AbortRule; readonly finished: number; readonly bad: number } | null
  /** The package whose image could not be read, where that paused it. Campaigns of earlier versions have none. */
  readonly faultyFirmware?: number
  readonly rate: Rate
  readonly schedule: Schedule
  readonly timeouts: Timeouts
  readonly retry: Retry
  /** Replaces other campaigns' queued and notified tasks. */
  readonly overwrite: boolean
  /** false: offered in answer to `firmware.get` only. */
  readonly push: boolean
  /** Devices already on the version are updated too. */
  readonly reflash: boolean
  /** Versions that devices reported after they had downloaded the whole image, instead of that of the package. */
  readonly imageVersions?: readonly string[]
  /** The request that made it, if that had an Idempotency-Key: with a digest of its body. */
  readonly request?: { readonly key: string; readonly digest: string }
  /** While its tasks are being created. */
  readonly planning: boolean
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
}

/** A target that waits: its module has an open task of another campaign, or it needs another campaign's step first. */
export interface Waiting extends Stored {
  readonly campaign: number
  readonly device: DeviceKey
  readonly phase: number
  readonly since: number
}

export const taskStates = ['queued', 'notified', 'in_progress', 'succeeded', 'failed', 'timed_out', 'rejected', 'canceled'] as const
export type TaskState = (typeof taskStates)[number]
export type OpenState = 'queued' | 'notified' | 'in_progress'
export const isOpen = (state: TaskState): state is OpenState => state === 'queued' || state === 'notified' || state === 'in_progress'

/** Why a queued task waits: computed by the rules on request, never stored. */
export type WaitReason = 'offline' | 'not_subscribed' | 'phase' | 'slot' | 'rate' | 'schedule' | 'paused' | 'busy' | 'retry' | 'station'

export type FailReason =
  | 'upgrade_error'
  | 'download_error'
  | 'verify_error'
  | 'burn_error'
  | 'device_error'
  | 'unexpected_version'
  | 'rolled_back'
export type TimeOutReason = 'no_response' | 'upgrade' | 'stall'
export type CancelReason = 'operator' | 'aborted' | 'superseded' | 'not_eligible' | 'expired' | 'device_removed'
export type EndReason = FailReason | TimeOutReason | CancelReason | 'late'

/** One event of a task: the state that it led to, and why. A text where an earlier Fogbell recorded it. */
export interface HistoryEntry {
  readonly at: number
  readonly state: TaskState
  readonly said: Sentence | string
}

/** How the last ended attempt of a device ended, and in which of its campaign's eras: what abort rules count. */
export interface Judged {
  readonly state: 'succeeded' | 'failed' | 'timed_out' | 'rejected'
  readonly era: number
}

/** One package for one (device, module): one attempt. Its id is the wire's `task_id`. */
export interface Task extends Stored {
  readonly id: number
  readonly campaign: number
  readonly device: DeviceKey
  readonly module: string
  readonly firmware: number
  /** S: the version when the task was created, null where unknown. */
  readonly from: string | null
  /** T. */
  readonly to: string
  readonly size: number
  /** The versions the package can be applied to; empty: any. */
  readonly sources: readonly string[]
  readonly reflash: boolean
  /** Of its campaign, counted from 0; 0 where there are none. */
  readonly phase: number
  readonly state: TaskState
  readonly reason: EndReason | null
  /** The raw step of a failure, and the device's own words. */
  readonly code: number | null
  readonly desc: string | null
  /** Last reported progress, 0..100; null: none yet. */
  readonly step: number | null
  readonly attempt: number
  /** False once a later attempt counts for this device in counts and lists. */
  readonly newest: boolean
  /** A retry's earliest time, else null. */
  readonly notBefore: number | null
  /** Whether it counts among those in progress at once. */
  readonly slot: boolean
  /** Bytes of the image that were sent by this task's link, each byte once. */
  readonly bytes: number
  readonly createdAt: number
  /** When its device was first notified, and when the task last took a slot for an offer. */
  readonly notifiedAt: number | null
  readonly slotAt: number | null
  /** First progress or first byte. */
  readonly startedAt: number | null
  /** Last sign of life: progress or bytes. */
  readonly signAt: number | null
  /** When step 100 was reported or all bytes were fetched; null again when the download starts again. */
  readonly completeAt: number | null
  /** When the old version was reported on a later connection: a grace period runs, without a push. */
  readonly graceSince: number | null
  readonly endedAt: number | null
  /** Of this attempt, or of the previous one while this one is open. */
  readonly judged: Judged | null
  readonly history: readonly HistoryEntry[]
}

/** Newest attempts of a campaign by state, and targets that needed no task. */
export type Tally = { readonly [state in TaskState | 'skipped']: number }

export const emptyTally: Tally = {
  queued: 0,
  notified: 0,
  in_progress: 0,
  succeeded: 0,
  failed: 0,
  timed_out: 0,
  rejected: 0,
  canceled: 0,
  skipped: 0,
}

/** A time span in which the server was not running, so that no device could report or fetch anything (ms since the epoch). */
export interface Away {
  readonly from: number
  readonly to: number
}

/** What is stored of this: when the server was last known to run, and the earlier spans that still matter. */
export interface ClockNote {
  readonly at: number
  readonly away: readonly Away[]
}
