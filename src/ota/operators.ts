// What operators may ask of the core, and what it answers: types only.

import type { CampaignInput, DeviceInput, DeviceRow, FirmwareInput, Plan } from './inputs.ts'
import type { Campaign, Device, DeviceKey, Digests, Firmware, Task, WaitReason } from './model.ts'
import type { ConnectionNote, Store } from './ports.ts'
import type { Gate } from './rules/phases.ts'

/** A rule that decides about a device's update, with its verdict and the figure behind it. In the order in which they decide. */
export interface Verdict {
  readonly rule: string
  readonly ok: boolean
  readonly text: string
  /** Whose rule it is; null: of the device itself. */
  readonly campaign: number | null
  readonly task: number | null
  /** What holds a queued task back, or why the device is no target; null where the rule holds nothing back. */
  readonly reason: string | null
}

export type Presence = 'offline' | 'not_subscribed' | 'reachable'

/** The core as the admin API sees it. Every promise resolves when the change is on disk; refusals are `OtaError`s. */
export interface Operators {
  readonly store: Store
  addFirmware(input: FirmwareInput, digests: Digests): Promise<{ readonly firmware: Firmware; readonly created: boolean }>
  /** Whether any firmware still needs the image file. */
  imageInUse(sha256: string): boolean
  removeFirmware(id: number): Promise<void>

  putDevice(product: string, name: string, input: DeviceInput): Promise<{ readonly device: Device; readonly created: boolean }>
  patchDevice(key: DeviceKey, input: DeviceInput): Promise<Device>
  importDevices(rows: readonly DeviceRow[]): Promise<{ readonly created: number; readonly updated: number; readonly unchanged: number }>
  removeDevice(key: DeviceKey): Promise<void>
  forgetCredential(key: DeviceKey): Promise<Device>
  presence(key: DeviceKey): Presence
  /** Last packet seen, more recent than what is stored. */
  lastSeen(key: DeviceKey): number | null
  connectionNote(key: DeviceKey): ConnectionNote | null
  why(key: DeviceKey, module: string | undefined): Promise<readonly Verdict[]>

  createCampaign(input: CampaignInput): Promise<Campaign>
  /** What of it is probably a slip: ask before it is made. */
  campaignDoubts(input: CampaignInput): Promise<readonly string[]>
  /** Makes and starts it in one: where it cannot start, nothing was made. */
  launchCampaign(input: CampaignInput): Promise<Campaign>
  /** What it would do, without making it. The same refusals as `createCampaign` and `startCampaign`. */
  dryRun(input: CampaignInput, limit?: number): Promise<Plan>
  startCampaign(id: number): Promise<Campaign>
  pauseCampaign(id: number): Promise<Campaign>
  resumeCampaign(id: number): Promise<Campaign>
  cancelCampaign(id: number, force: boolean): Promise<Campaign>
  /** Opens the next phase whatever the one before says, and resumes a campaign that a phase paused. */
  nextPhase(id: number, wanted?: number): Promise<Campaign>
  /** Makes a new attempt of every newest attempt that failed, timed out or was rejected; how many. */
  retryCampaign(id: number): Promise<number>

  /** What the gate after the newest open phase says now; null: no phases, or not started. */
  gate(campaign: Campaign): Gate | null
  /** Why a queued task waits, now; null for other states. */
  waiting(task: Task): WaitReason | null
  /** Bytes served until this moment, more recent than what is stored. */
  bytes(task: Task): number
  cancelTask(id: number): Promise<Task>
  /** Offers an open task again now, if the device can hear it. */
  pushTask(id: number): Promise<Task>
}
