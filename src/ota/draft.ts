// A unit of work: changes that go to disk together or not at all, read back while they are being made.

import { type Campaign, type Device, type DeviceKey, emptyTally, type Tally, type Task } from './model.ts'
import type { Change, Store } from './ports.ts'

export interface TaskChange {
  readonly before: Task | undefined
  readonly after: Task
}

export interface Draft {
  device(key: DeviceKey): Device | undefined
  campaign(id: number): Campaign | undefined
  /** An open task as this work sees it. */
  task(id: number): Task | undefined
  openTaskOf(device: DeviceKey, module: string): Task | undefined
  putDevice(device: Device): void
  putCampaign(campaign: Campaign): void
  /** `before` is what the task was read as; undefined for a new one. Keeps the tally right. */
  putTask(before: Task | undefined, after: Task): void
  addTally(campaign: number, name: keyof Tally, by: number): void
  readonly isEmpty: boolean
  /** The changes so far, one for each record. */
  changes(): readonly Change[]
  readonly tasks: Iterable<TaskChange>
  readonly devices: Iterable<Device>
  readonly campaigns: Iterable<Campaign>
}

type Sums = { -readonly [name in keyof Tally]?: number }

export const createDraft = (store: Store): Draft => {
  const devices = new Map<DeviceKey, Device>()
  const campaigns = new Map<number, Campaign>()
  const tasks = new Map<number, TaskChange>()
  const tallies = new Map<number, Sums>()
  const addTally = (campaign: number, name: keyof Tally, by: number): void => {
    const sums = tallies.get(campaign) ?? {}
    sums[name] = (sums[name] ?? 0) + by
    tallies.set(campaign, sums)
  }
  const tallyChanges = (): Change[] =>
    [...tallies].flatMap(([campaign, sums]) => {
      const moved = (Object.keys(emptyTally) as (keyof Tally)[]).filter((name) => (sums[name] ?? 0) !== 0)
      return moved.length === 0 ? [] : [{ add: campaign, tally: Object.fromEntries(moved.map((name) => [name, sums[name]])) }]
    })
  return {
    device: (key) => devices.get(key) ?? store.device(key),
    campaign: (id) => campaigns.get(id) ?? store.campaign(id),
    task: (id) => tasks.get(id)?.after ?? store.openTask(id),
    openTaskOf(device, module) {
      for (const { after } of tasks.values()) {
        if (after.device === device && after.module === module && after.endedAt === null) return after
      }
      const stored = store.openTaskOf(device, module)
      return stored === undefined || tasks.has(stored.id) ? undefined : stored
    },
    putDevice: (device) => void devices.set(device.key, device),
    putCampaign: (campaign) => void campaigns.set(campaign.id, campaign),
    putTask(before, after) {
      const previous = tasks.get(after.id)?.after ?? before
      if (previous?.newest === true) addTally(previous.campaign, previous.state, -1)
      if (after.newest) addTally(after.campaign, after.state, 1)
      tasks.set(after.id, { before: tasks.has(after.id) ? tasks.get(after.id)?.before : before, after })
    },
    addTally,
    get isEmpty() {
      return devices.size + campaigns.size + tasks.size + tallies.size === 0
    },
    changes: () => [
      ...Array.from(devices.values(), (value): Change => ({ put: 'device', value })),
      ...Array.from(campaigns.values(), (value): Change => ({ put: 'campaign', value })),
      ...Array.from(tasks.values(), ({ after }): Change => ({ put: 'task', value: after })),
      ...tallyChanges(),
    ],
    tasks: { [Symbol.iterator]: () => tasks.values() },
    devices: { [Symbol.iterator]: () => devices.values() },
    campaigns: { [Symbol.iterator]: () => campaigns.values() },
  }
}
