// Which tasks wait for their offer and which hold slots, kept beside the store by watching it; and how fast offers go out.

import { type Device, type DeviceKey, isOpen, type Task, type Waiting } from '../model.ts'
import type { Reads, Writes } from '../ports/store.ts'
import type { Families } from './families.ts'
import { createGrouped } from './grouped.ts'
import type { Places } from './places.ts'
import { createRates, type Rates } from './rates.ts'

/** The creation of a campaign's tasks, from its start to its end, and what happens meanwhile. */
export interface Planning {
  /** When it continues after a failed write; null: it is under way. */
  again: number | null
  /** Devices whose task of the campaign has ended. */
  readonly through: Set<DeviceKey>
  /** Devices that wait for the campaign, and whose reason to wait has ended: they are decided once all tasks are created. */
  readonly freed: Set<DeviceKey>
}

/** Campaigns that could not use their share of the server's bounds, until their next turn; and those that got too little. */
export interface ShareMarks {
  readonly idle: Set<number>
  readonly short: Set<number>
}

export interface Queue {
  /** Open tasks of a campaign. */
  open(campaign: number): ReadonlySet<number>
  /** Queued tasks of a campaign's phase whose device can be reached, in the order in which they became so. */
  ready(campaign: number, phase: number): ReadonlySet<number>
  /** Those of all campaigns and phases. */
  readyInAll(): number
  /** Tasks that hold one of the campaign's slots, and those of all campaigns. */
  slots(campaign: number): number
  slotsInAll(): number
  /** Targets of the phase that have no task yet. */
  waiting(campaign: number, phase: number): number
  /** Open tasks of the phase whose device had finished before: retries and repeated matches. */
  reopened(campaign: number, phase: number): number
  /** Open tasks of the campaign whose device has reported no version of the module. */
  unreported(campaign: number): number
  /** Queues a task again that was offered before and whose slot was released. */
  requeue(task: Task): void
  /** Queues the tasks of the device and of its children, or takes them out, as they can be reached now. */
  refresh(device: DeviceKey): void
  /** Offers of the last minute. */
  readonly rates: Rates
  readonly shares: ShareMarks
  /** Who holds the places that the downloads have. */
  readonly places: Places
  /** Campaigns whose tasks are being created. */
  readonly plans: Map<number, Planning>
  /** Canceled campaigns for whose steps no device waits any more. */
  readonly released: Set<number>
  /** Sub-devices that are being updated, by gateway, until a task or a device changes: one turn needs thousands of them. */
  readonly activeChildren: Map<DeviceKey, ReadonlySet<DeviceKey>>
  /** Devices at test stations: only the campaigns of stations offer to them. Stations hold them again after a restart. */
  readonly held: Set<DeviceKey>
}

/** Greater than the id of any task. */
const phasesPerCampaign = 1000
const keyOf = (campaign: number, phase: number): number => campaign * phasesPerCampaign + phase
const keyOfTask = ({ campaign, phase }: Task): number => keyOf(campaign, phase)

const isReopened = (task: Task | undefined): boolean => task !== undefined && isOpen(task.state) && task.judged !== null

const isUnreported = (task: Task | undefined): boolean => task !== undefined && isOpen(task.state) && task.from === null

/** One that waits for a retry's delay is queued when the delay is over. */
const isReady = (task: Task): boolean => task.state === 'queued' && task.notBefore === null

/** How many there are of something, by phase. */
const createCounts = () => {
  const counts = new Map<number, number>()
  const add = (one: Pick<Waiting, 'campaign' | 'phase'> | undefined, by: number): void => {
    if (one === undefined) return
    const key = keyOf(one.campaign, one.phase)
    const count = (counts.get(key) ?? 0) + by
    if (count === 0) counts.delete(key)
    else counts.set(key, count)
  }
  return { add, of: (campaign: number, phase: number): number => counts.get(keyOf(campaign, phase)) ?? 0 }
}

/** How many open tasks of a campaign are for devices that have reported no version of the module. */
const createUnreported = () => {
  const tasks = createGrouped<number, number>()
  const change = (before: Task | undefined, after: Task | undefined): void => {
    if (isUnreported(before) === isUnreported(after)) return
    if (before !== undefined) tasks.delete(before.campaign, before.id)
    if (after !== undefined && isUnreported(after)) tasks.add(after.campaign, after.id)
  }
  return { change, of: (campaign: number): number => tasks.of(campaign).size }
}

const createMarks = (): Pick<Queue, 'shares' | 'released' | 'held'> => ({
  shares: { idle: new Set(), short: new Set() },
  released: new Set(),
  held: new Set(),
})

interface Store {
  readonly reads: Reads
  readonly writes: Pick<Writes, 'watch'>
}

/**
 * `isReachable` says of a device, and its gateway if it has one, whether a push could be delivered now. Call before anything changes, and
 * after `createFamilies`.
 */
export const createQueue = (
  { reads, writes }: Store,
  { children, gatewayOf }: Families,
  isReachable: (device: DeviceKey, gateway: DeviceKey | null) => boolean,
  places: Places,
): Queue => {
  const open = createGrouped<number, number>()
  const ready = createGrouped<number, number>()
  const slots = createGrouped<number, number>()
  const unreported = createUnreported()
  const waiting = createCounts()
  const reopened = createCounts()
  const activeChildren = new Map<DeviceKey, ReadonlySet<DeviceKey>>()
  const plans = new Map<number, Planning>()

  const refreshOne = (device: DeviceKey): void => {
    const canBeOffered = isReachable(device, gatewayOf(device))
    for (const task of reads.openTasksOf(device)) {
      if (isReady(task) && canBeOffered) ready.add(keyOfTask(task), task.id)
      else ready.delete(keyOfTask(task), task.id)
    }
  }

  const slotChanged = (task: Task, holds: boolean): void => {
    if (holds) slots.add(task.campaign, task.id)
    else slots.delete(task.campaign, task.id)
  }

  const taskChanged = (before: Task | undefined, after: Task | undefined): void => {
    unreported.change(before, after)
    if (after !== undefined && !isOpen(after.state)) plans.get(after.campaign)?.through.add(after.device)
    if (before?.state === after?.state && before?.slot === after?.slot && before?.notBefore === after?.notBefore) return
    const task = after ?? before
    if (task === undefined) return
    const isIn = after !== undefined && isOpen(after.state)
    reopened.add(isReopened(before) ? before : undefined, -1)
    reopened.add(isReopened(after) ? after : undefined, 1)
    if (isIn) open.add(task.campaign, task.id)
    else open.delete(task.campaign, task.id)
    slotChanged(task, isIn && after.slot)
    if (after !== undefined && isReady(after) && isReachable(task.device, gatewayOf(task.device))) ready.add(keyOfTask(task), task.id)
    else ready.delete(keyOfTask(task), task.id)
  }

  for (const task of reads.openTasks()) taskChanged(undefined, task)
  for (const campaign of reads.campaigns()) for (const one of reads.waiting(campaign.id).values()) waiting.add(one, 1)
  writes.watch((table, before, after) => {
    // Clearing an empty map makes a new table.
    if (activeChildren.size > 0 && (table === 'task' || table === 'device')) activeChildren.clear()
    if (table === 'task') taskChanged(before as Task | undefined, after as Task | undefined)
    if (table === 'waiting') {
      waiting.add(before as Waiting | undefined, -1)
      waiting.add(after as Waiting | undefined, 1)
    }
    if (table !== 'device') return
    const [from, to] = [before as Device | undefined, after as Device | undefined]
    // A child whose gateway is gone must not stay queued: nothing would ever remove it.
    if (from !== undefined && to !== undefined && from.gateway !== to.gateway) refreshOne(to.key)
  })

  return {
    open: open.of,
    ready: (campaign, phase) => ready.of(keyOf(campaign, phase)),
    readyInAll: ready.size,
    slots: (campaign) => slots.of(campaign).size,
    slotsInAll: slots.size,
    waiting: waiting.of,
    reopened: reopened.of,
    unreported: unreported.of,
    requeue: (task) => ready.add(keyOfTask(task), task.id),
    refresh(device) {
      refreshOne(device)
      for (const child of children(device)) refreshOne(child)
    },
    rates: createRates(),
    places,
    plans,
    activeChildren,
    ...createMarks(),
  }
}
