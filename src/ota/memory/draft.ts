// A unit of work: changes that go to disk together or not at all, read back while they are being made. Thousands are made a
// second, each for one small change: what a draft does not need is not allocated.

import { type Campaign, type Device, type DeviceKey, emptyTally, type Installed, type Tally, type Task } from '../model.ts'
import type { Change, Store } from '../ports/store.ts'
import { openTaskOf } from '../rules/open-task.ts'

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

/** Made by `createDraft`, changed by the functions below alone. */
export interface Draft {
  readonly store: Store
  devices: Map<DeviceKey, Device> | undefined
  campaigns: Map<number, Campaign> | undefined
  tasks: Map<number, TaskChange> | undefined
  tallies: Map<number | string, TallyChange> | undefined
  ran: Installed[] | undefined
}

export const createDraft = (store: Store): Draft => ({
  store,
  devices: undefined,
  campaigns: undefined,
  tasks: undefined,
  tallies: undefined,
  ran: undefined,
})

export const draftDevice = (draft: Draft, key: DeviceKey): Device | undefined => draft.devices?.get(key) ?? draft.store.reads.device(key)

/** A device, and the gateway that it belonged to before. */
export interface Moved {
  readonly device: Device
  readonly from: DeviceKey | null
}

const nobody: readonly Moved[] = []

/** Devices that the draft gives another gateway, or makes known with one. Ask before it is recorded. */
export const movedDevices = ({ devices, store }: Draft): readonly Moved[] =>
  devices === undefined
    ? nobody
    : [...devices.values()].flatMap((device) => {
        const from = store.reads.device(device.key)?.gateway ?? null
        return device.gateway === from ? [] : [{ device, from }]
      })

export const draftCampaign = (draft: Draft, id: number): Campaign | undefined => draft.campaigns?.get(id) ?? draft.store.reads.campaign(id)

/** An open task, or one that this work ended. */
export const draftTask = (draft: Draft, id: number): Task | undefined => draft.tasks?.get(id)?.after ?? draft.store.reads.openTask(id)

export const draftOpenTaskOf = (draft: Draft, device: DeviceKey, module: string): Task | undefined => {
  for (const { after } of draft.tasks?.values() ?? []) {
    if (after.device === device && after.module === module && after.endedAt === null) return after
  }
  const stored = openTaskOf(draft.store.reads, device, module)
  return stored === undefined || draft.tasks?.has(stored.id) === true ? undefined : stored
}

export const stageDevice = (draft: Draft, device: Device): void => {
  draft.devices ??= new Map()
  draft.devices.set(device.key, device)
}

/** What the device now runs; what was said of the module before in this work is replaced. */
export const stageRan = (draft: Draft, ran: Installed): void => {
  const others = (draft.ran ?? []).filter((one) => one.device !== ran.device || one.module !== ran.module || one.version !== ran.version)
  draft.ran = [...others, ran]
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

/** The counts of one of the campaign's phases with what this work adds to them. */
export const draftTally = (draft: Draft, campaign: number, phase: number): Tally => {
  const sum = { ...draft.store.reads.tally(campaign, phase) }
  const sums: Sums = draft.tallies?.get(`${campaign}/${phase}`)?.sums ?? {}
  for (const name of Object.keys(sums) as (keyof Tally)[]) sum[name] += sums[name] ?? 0
  return sum
}

/** One task more or less in a state, in its campaign and in its phase. */
const count = (draft: Draft, task: Task, by: number): void => {
  stageTally(draft, task.campaign, task.state, by)
  if ((draftCampaign(draft, task.campaign)?.phases.length ?? 0) > 0) stageTally(draft, task.campaign, task.state, by, task.phase)
}

/** `before` is what the task was read as; undefined for a new one. Keeps the tally right. */
export const stageTask = (draft: Draft, before: Task | undefined, after: Task): void => {
  draft.tasks ??= new Map()
  const standing = draft.tasks.get(after.id)
  const previous = standing?.after ?? before
  if (previous?.state !== after.state || previous.newest !== after.newest) {
    if (previous?.newest === true) count(draft, previous, -1)
    if (after.newest) count(draft, after, 1)
  }
  draft.tasks.set(after.id, { before: standing === undefined ? before : standing.before, after })
}

export const isEmpty = ({ devices, campaigns, tasks, tallies }: Draft): boolean =>
  devices === undefined && campaigns === undefined && tasks === undefined && tallies === undefined

const addTallies = (tallies: ReadonlyMap<number | string, TallyChange>, changes: Change[]): void => {
  for (const { campaign, phase, sums } of tallies.values()) {
    const moved = (Object.keys(emptyTally) as (keyof Tally)[]).filter((name) => (sums[name] ?? 0) !== 0)
    const tally: Partial<Tally> = Object.fromEntries(moved.map((name) => [name, sums[name]]))
    if (moved.length > 0) changes.push(phase === null ? { add: campaign, tally } : { add: campaign, phase, tally })
  }
}

/** The changes so far, one for each record. */
export const changesOf = ({ devices, campaigns, tasks, tallies, ran }: Draft): readonly Change[] => {
  const changes: Change[] = []
  for (const value of devices?.values() ?? []) changes.push({ put: 'device', value })
  for (const value of campaigns?.values() ?? []) changes.push({ put: 'campaign', value })
  for (const { after } of tasks?.values() ?? []) changes.push({ put: 'task', value: after })
  if (tallies !== undefined) addTallies(tallies, changes)
  for (const one of ran ?? []) changes.push({ installed: one })
  return changes
}
