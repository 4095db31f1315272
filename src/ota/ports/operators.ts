// What operators may ask of the core, by noun, and what it answers: types only.

import type { Sentence } from '../../sentences/sentence.ts'
import type { CampaignInput, DeviceInput, DeviceRow, FirmwareInput, Plan, StationCampaignInput, Warning } from '../inputs.ts'
import type { Away, Campaign, Device, DeviceKey, Digests, Firmware, OpenState, Task, TimelineRow, WaitReason } from '../model.ts'
import type { StepBy } from '../policy.ts'
import type { Gate } from '../rules/phases.ts'
import type { ConnectionNote, RefusedConnect } from './mqtt.ts'
import type { Queries, Reads } from './store.ts'

/** A rule that decides about a device's update, with its verdict and its figures. In the order in which the rules decide. */
export interface Verdict {
  readonly rule: string
  readonly ok: boolean
  readonly said: Sentence
  /** What to do, where it is about an update that ended without success. */
  readonly advice?: Sentence
  /** Whose rule it is; null: of the device itself. */
  readonly campaign: number | null
  readonly task: number | null
  /** What holds a queued task back, or why the device is no target; null where the rule holds nothing back. */
  readonly reason: string | null
}

export type Presence = 'offline' | 'not_subscribed' | 'reachable'

export interface FirmwareOperations {
  add(input: FirmwareInput, digests: Digests): Promise<{ readonly firmware: Firmware; readonly created: boolean }>
  /** Whether any firmware still needs the image file. */
  imageInUse(sha256: string): boolean
  remove(id: number): Promise<void>
}

/** A record that the caller has read saves a look-up, which counts where all devices are asked. */
export interface DeviceOperations {
  put(product: string, name: string, input: DeviceInput): Promise<{ readonly device: Device; readonly created: boolean }>
  patch(key: DeviceKey, input: DeviceInput): Promise<Device>
  import(rows: readonly DeviceRow[]): Promise<{ readonly created: number; readonly updated: number; readonly unchanged: number }>
  remove(key: DeviceKey): Promise<void>
  forgetCredential(key: DeviceKey): Promise<Device>
  presence(device: DeviceKey | Device): Presence
  /** Last packet seen, more recent than what is stored. */
  lastSeen(device: DeviceKey | Device): number | null
  connectionNote(key: DeviceKey): ConnectionNote | null
  why(key: DeviceKey, module: string | undefined): Promise<readonly Verdict[]>
  /** What happened to it, oldest first: the newest 1,000, and those that are not on disk yet. */
  timeline(key: DeviceKey): Promise<readonly TimelineRow[]>
}

/** A refused CONNECT in the list of the last ones. */
export interface KeptRefusal extends RefusedConnect {
  /** Counts up from 1. */
  readonly id: number
  readonly at: number
}

export interface ConnectionOperations {
  /** The last 1,000, newest first. */
  refused(): readonly KeptRefusal[]
  /** The address of the device's connection, or of its last one. */
  address(device: DeviceKey | Device): string | null
  /** The address of each device's connection now, where it is known. */
  addresses(): Iterable<readonly [device: DeviceKey, address: string]>
  /** When the device's own connection began; null: it has none. */
  since(key: DeviceKey): number | null
  /** Whether several clients use its identity by turns. */
  isContended(key: DeviceKey): boolean
}

/** `by`: who does it, which the record keeps. */
export interface CampaignOperations {
  create(input: CampaignInput): Promise<Campaign>
  /** Probable mistakes: call before it is created. */
  warnings(input: CampaignInput): Promise<readonly Warning[]>
  /** Creates and starts it in one commit: if it cannot start, nothing is created. */
  launch(input: CampaignInput, by?: StepBy): Promise<Campaign>
  /** What it would do, without creating it. The same refusals as `create` and `start`. */
  dryRun(input: CampaignInput, limit?: number): Promise<Plan>
  start(id: number, by?: StepBy): Promise<Campaign>
  pause(id: number, by?: StepBy): Promise<Campaign>
  resume(id: number, by?: StepBy): Promise<Campaign>
  cancel(id: number, force: boolean, by?: StepBy): Promise<Campaign>
  /** Opens the next phase whatever the state of the one before, and resumes a campaign that a phase paused. */
  nextPhase(id: number, wanted?: number, by?: StepBy): Promise<Campaign>
  /** Makes a new attempt of every newest attempt that failed, timed out or was rejected, of these devices only if some are named; how many. */
  retry(id: number, devices?: readonly DeviceKey[], by?: StepBy): Promise<number>
  /** The current state of the gate after the newest open phase; null: no phases, or not started. */
  gate(campaign: Campaign): Gate | null
  /** Open tasks of the campaign whose device has reported no version of the module. */
  unreported(id: number): number
}

/** What is done with campaigns that do not run. */
export interface CampaignEdits {
  /** Changes the given fields of a draft, each as a whole. */
  edit(id: number, changes: Partial<CampaignInput>): Promise<Campaign>
  /** Removes a draft, or a campaign that has ended with all its tasks. */
  remove(id: number): Promise<void>
}

export interface TaskOperations {
  /** Why a queued task waits, now; null for other states. */
  waitReason(task: Task): WaitReason | null
  /** When an open task times out at the latest; null: nothing ends it by time. */
  timesOutAt(task: Task): number | null
  /** Bytes served so far, more recent than what is stored. */
  bytes(task: Pick<Task, 'id' | 'bytes'>): number
  cancel(id: number): Promise<Task>
  /** Offers an open task again now, if the device can receive it. */
  push(id: number): Promise<Task>
}

/** How many devices of a product run which version of a module: the versions of most devices, and how many there are besides. */
export interface ModuleCount {
  readonly product: string
  readonly module: string
  readonly devices: number
  readonly versions: readonly { readonly version: string; readonly devices: number }[]
  readonly others: { readonly versions: number; readonly devices: number }
}

/** Lines of devices that follow one another, each ending with a line feed, which no name, tag or address has. */
export interface FleetText {
  readonly text: string
  /** Where the lines of each device begin, and at last where the text ends. */
  readonly starts: Uint32Array
}

/** Some devices that follow one another in the order of their keys. To be read at once: it changes with them. */
export interface FleetPart {
  readonly keys: readonly DeviceKey[]
  /** Of each device its name and its tags, a line each. */
  names(): FleetText
  /** Of each device the address that is stored. */
  addresses(): FleetText
  /** Of each device its modules with their versions; those that run the same may be one. */
  runs(): readonly Pick<Device, 'modules'>[]
}

/** Figures of all devices that are kept anyway, and so cost nothing to ask for. */
export interface FleetOperations {
  known(): number
  /** All devices in the order of their keys; with `after`, from the part on in which that key would be. */
  parts(after?: DeviceKey): Iterable<FleetPart>
  /** Connected, or reached by the connection of their gateway: counted in pieces. */
  online(): Promise<number>
  /** Devices about whose gateway an operator must decide. */
  disputed(): readonly DeviceKey[]
  openTasks(): Readonly<Record<OpenState, number>>
  /** Those that failed, timed out or were rejected, the newest first: of the last 100. */
  failures(most: number): readonly Task[]
  /** Those of most devices first. */
  modules(most: { readonly modules: number; readonly versions: number }): readonly ModuleCount[]
  /** How many modules of products there are. */
  moduleCount(): number
  /** How many devices of the product have reported this version of the module. */
  running(named: { readonly product: string; readonly module: string; readonly version: string }): number
}

/** What test stations do with devices. Every promise resolves when the change is on disk. */
export interface StationOperations {
  /** The hidden campaign of a package of a released revision, running: it is created where there is none. Its id. OTA_FIRMWARE_UNKNOWN. */
  openCampaign(input: StationCampaignInput): Promise<number>
  /**
   * Makes a task of that campaign for one device, which is then offered; asked again while it is open, gives the same one. `current`: the
   * device runs the version already, and `reflash` is false. Replaces a queued task of another campaign. OTA_TASK_BUSY names the campaign
   * whose task is notified or in progress, OTA_CAMPAIGN_EMPTY the versions to which the package can be applied, OTA_DEVICE_UNKNOWN a device
   * that enrolment does not allow.
   */
  admit(campaign: number, device: DeviceKey, reflash: boolean): Promise<Task | 'current'>
  /** Ends it, whatever its state. OTA_TASK_CLOSED if it has ended. */
  cancelTask(id: number): Promise<void>
  /** While it is held, only the campaigns of stations offer to the device. Not kept over a restart. */
  hold(device: DeviceKey): void
  free(device: DeviceKey): void
  /** When the server did not run, in the last hour at least: spans that do not count against a board (rules/uptime.ts). */
  away(): readonly Away[]
}

/** The core as the admin API sees it. Every promise resolves when the change is on disk; refusals are `OtaError`s. */
export interface Operators {
  readonly reads: Reads
  readonly queries: Queries
  readonly firmware: FirmwareOperations
  readonly devices: DeviceOperations
  readonly connections: ConnectionOperations
  readonly fleet: FleetOperations
  readonly campaigns: CampaignOperations
  readonly campaignEdits: CampaignEdits
  readonly tasks: TaskOperations
  readonly stations: StationOperations
}
