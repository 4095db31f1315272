// A unit of work: changes that go to disk together or not at all, and can be read back before that. Thousands are created per second,
// each for one small change: parts that a draft does not need are not allocated.

import type { LongMap } from '../../long-map.ts'
import type { Campaign, Device, DeviceKey, Installed, Tally, Task } from '../model.ts'
import type { Change, Reads } from '../ports/store.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { taskRows, versionRow } from './timeline.ts'

export interface TaskChange {
  readonly before: Task | undefined
  readonly after: Task
}

type Sums = { -readonly [name in keyof Tally]?: number }

/** Differences of a campaign's counts, or of those of one of its phases. */
interface TallyChange {
  readonly campaign: number
  readonly phase: number | null
  readonly sums: Sums
}

/** Created by `createDraft`, changed only by the functions below. */
export interface Draft {
  readonly reads: Reads
  devices: LongMap<DeviceKey, Device> | undefined
  campaigns: Map<number, Campaign> | undefined
  /** While one task alone is changed, as by most reports. */
  task: TaskChange | undefined
  tasks: Map<number, TaskChange> | undefined
  tallies: Map<number | string, TallyChange> | undefined
  installed: Installed[] | undefined
  /** Marks in memory that are made once the draft is on disk, and never if it fails. */
  marks: (() => void)[] | undefined
  /** How to take back what later reports must see before the draft is on disk: run if it fails. */
  undos: (() => void)[] | undefined
}

export const createDraft = (reads: Reads): Draft => ({
  reads,
  devices: undefined,
  campaigns: undefined,
  task: undefined,
  tasks: undefined,
  tallies: undefined,
  installed: undefined,
  marks: undefined,
  undos: undefined,
})

export const draftDevice = (draft: Draft, key: DeviceKey): Device | undefined => draft.devices?.get(key) ?? draft.reads.device(key)

/** A device, and the gateway that it belonged to before. */
export interface Moved {
  readonly device: Device
  readonly from: DeviceKey | null
}

const none: readonly Moved[] = []

/** Devices that the draft gives another gateway, or adds with one. Call before it is recorded. */
export const movedDevices = ({ devices, reads }: Draft): readonly Moved[] => {
  if (devices === undefined) return none
  let moved: Moved[] | undefined
  for (const device of devices.values()) {
    const from = reads.device(device.key)?.gateway ?? null
    if (device.gateway === from) continue
    moved ??= []
    moved.push({ device, from })
  }
  return moved ?? none
}

export const draftCampaign = (draft: Draft, id: number): Campaign | undefined => draft.campaigns?.get(id) ?? draft.reads.campaign(id)

const noTasks: readonly TaskChange[] = []

/** The tasks that it changes, in the order in which it first did. */
export const taskChanges = ({ task, tasks }: Draft): Iterable<TaskChange> => tasks?.values() ?? (task === undefined ? noTasks : [task])

const stagedTask = ({ task, tasks }: Draft, id: number): TaskChange | undefined => (task?.after.id === id ? task : tasks?.get(id))

/** An open task, or one that this draft ended. */
export const draftTask = (draft: Draft, id: number): Task | undefined => stagedTask(draft, id)?.after ?? draft.reads.openTask(id)

export const draftOpenTaskOf = (draft: Draft, device: DeviceKey, module: string): Task | undefined => {
  for (const { after } of taskChanges(draft)) {
    if (after.device === device && after.module === module && after.endedAt === null) return after
  }
  const stored = openTaskOf(draft.reads, device, module)
  return stored === undefined || stagedTask(draft, stored.id) !== undefined ? undefined : stored
}

export const stageDevice = (draft: Draft, device: Device): void => {
  draft.devices ??= new Map()
  draft.devices.set(device.key, device)
}

/** The installed version; replaces what this draft held of the same version before. */
export const stageInstalled = (draft: Draft, installed: Installed): void => {
  const { device, module, version } = installed
  const others = draft.installed?.filter((one) => one.device !== device || one.module !== module || one.version !== version)
  draft.installed = others === undefined ? [installed] : [...others, installed]
}

/** Memory beside the store that follows from the draft: `mark` runs once the draft is on disk, before events and wakes. */
export const stageMark = (draft: Draft, mark: () => void): void => {
  draft.marks ??= []
  draft.marks.push(mark)
}

/**
 * For memory beside the store that a report on its way must already see, as it sees the store's: it was changed now, and `undo` takes that
 * back if the draft fails.
 */
export const stageUndo = (draft: Draft, undo: () => void): void => {
  draft.undos ??= []
  draft.undos.push(undo)
}

export const stageCampaign = (draft: Draft, campaign: Campaign): void => {
  draft.campaigns ??= new Map()
  draft.campaigns.set(campaign.id, campaign)
}

export const stageTally = (draft: Draft, campaign: number, name: keyof Tally, by: number, phase: number | null = null): void => {
  draft.tallies ??= new Map()
  const key = phase === null ? campaign : `${campaign}/${phase}`
  const change = draft.tallies.get(key) ?? { campaign, phase, sums: {} }
  change.sums[name] = (change.sums[name] ?? 0) + by
  draft.tallies.set(key, change)
}

/** The counts of the campaign (null), or of one of its phases, with what this draft adds to them. */
export const draftTally = (draft: Draft, campaign: number, phase: number | null): Tally => {
  const sum = { ...draft.reads.tally(campaign, phase ?? undefined) }
  const sums: Sums = draft.tallies?.get(phase === null ? campaign : `${campaign}/${phase}`)?.sums ?? {}
  for (const name of Object.keys(sums) as (keyof Tally)[]) sum[name] += sums[name] ?? 0
  return sum
}

/** One task more or less in a state, in its campaign and in its phase. */
const count = (draft: Draft, task: Task, by: number): void => {
  stageTally(draft, task.campaign, task.state, by)
  if ((draftCampaign(draft, task.campaign)?.phases.length ?? 0) > 0) stageTally(draft, task.campaign, task.state, by, task.phase)
}

const putTask = (draft: Draft, change: TaskChange): void => {
  const { task } = draft
  const { id } = change.after
  if (draft.tasks !== undefined) draft.tasks.set(id, change)
  else if (task === undefined || task.after.id === id) draft.task = change
  else {
    draft.task = undefined
    draft.tasks = new Map([
      [task.after.id, task],
      [id, change],
    ])
  }
}

/** `before`: the task as it was read, undefined for a new one. Keeps the tally correct. */
export const stageTask = (draft: Draft, before: Task | undefined, after: Task): void => {
  const staged = stagedTask(draft, after.id)
  const previous = staged?.after ?? before
  if (previous?.state !== after.state || previous.newest !== after.newest) {
    if (previous?.newest === true) count(draft, previous, -1)
    if (after.newest) count(draft, after, 1)
  }
  putTask(draft, { before: staged === undefined ? before : staged.before, after })
}

export const isEmpty = ({ devices, campaigns, task, tasks, tallies, installed }: Draft): boolean =>
  task === undefined &&
  devices === undefined &&
  campaigns === undefined &&
  tasks === undefined &&
  tallies === undefined &&
  installed === undefined

const addTallies = (tallies: ReadonlyMap<number | string, TallyChange>, changes: Change[]): void => {
  for (const { campaign, phase, sums } of tallies.values()) {
    const tally: Sums = {}
    let isMoved = false
    for (const name in sums) {
      const by = sums[name as keyof Tally] ?? 0
      if (by === 0) continue
      tally[name as keyof Tally] = by
      isMoved = true
    }
    if (isMoved) changes.push(phase === null ? { add: campaign, tally } : { add: campaign, phase, tally })
  }
}

/** The changes so far, one for each record. */
export const changesOf = (draft: Draft): readonly Change[] => {
  const { devices, campaigns, tallies, installed } = draft
  const changes: Change[] = []
  if (devices !== undefined) for (const value of devices.values()) changes.push({ put: 'device', value })
  if (campaigns !== undefined) for (const value of campaigns.values()) changes.push({ put: 'campaign', value })
  for (const { after } of taskChanges(draft)) changes.push({ put: 'task', value: after })
  if (tallies !== undefined) addTallies(tallies, changes)
  if (installed !== undefined) for (const one of installed) changes.push({ installed: one }, { timeline: versionRow(one) })
  for (const change of taskChanges(draft)) for (const row of taskRows(change)) changes.push({ timeline: row })
  return changes
}
