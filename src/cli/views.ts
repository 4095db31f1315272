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
  readonly gateway: string | null
  readonly tags: readonly string[]
  readonly modules: { readonly [name: string]: { readonly version: string; readonly reportedAt: string } }
  readonly credential: 'none' | 'secret' | 'first-use'
  /** Why its last connection was refused or ended. */
  readonly connection: { readonly what: 'refused' | 'disconnected'; readonly reason: string; readonly at: string } | null
  readonly createdAt: string
}

export type Counts = { readonly [state in TaskState | 'skipped']: number }

export interface CampaignView {
  readonly id: string
  readonly name: string
  readonly status: CampaignStatus
  readonly reason: string | null
  readonly firmware: string
  readonly product: string
  readonly module: string
  readonly version: string
  readonly counts: Counts
  readonly target: {
    readonly devices: readonly string[]
    readonly tags: readonly string[]
    readonly from: readonly string[]
    readonly exclude: readonly string[]
    readonly continuous: boolean
  }
  readonly rate: { readonly maxInProgress: number }
  readonly timeouts: { readonly noResponseSeconds: number; readonly upgradeSeconds: number | null; readonly stallSeconds: number }
  readonly retry: { readonly max: number; readonly delaySeconds: number; readonly onTimeout: boolean }
  readonly push: boolean
  readonly reflash: boolean
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
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
  readonly attempt: number
  readonly bytes: number
  readonly size: number
  readonly createdAt: string
  readonly notifiedAt: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** Only where one task is asked for. */
  readonly history?: readonly { readonly at: string; readonly state: TaskState; readonly note: string }[]
}

export interface VerdictView {
  readonly rule: string
  readonly ok: boolean
  readonly text: string
}

/** What `/events` tells of a device. */
export interface DeviceEvent {
  readonly device: string
  readonly what: string
  readonly detail?: string
  readonly at: string
}

/** A raw message of a watched device. */
export interface MessageEvent {
  readonly device: string
  readonly direction: 'up' | 'down' | 'refused'
  readonly text: string
  readonly at: string
}
