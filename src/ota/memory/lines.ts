// What the core must find at once, kept beside the store by watching it: open tasks and slots by campaign, children by gateway.

import { type Device, type DeviceKey, isOpen, type Task, type Waiting } from '../model.ts'
import type { Store } from '../ports/store.ts'

export interface Index {
  /** Open tasks of a campaign. */
  open(campaign: number): ReadonlySet<number>
  /** Tasks of a campaign's phase that wait to be told and whose device can be reached, in the order of becoming so. */
  ready(campaign: number, phase: number): ReadonlySet<number>
  /** Tasks that hold one of the campaign's slots, and those of all campaigns. */
  slots(campaign: number): number
  slotsInAll(): number
  /** Targets of the phase that have no task yet. */
  waiting(campaign: number, phase: number): number
  /** Open tasks of the phase whose device had finished before: a retry, or a match anew. */
  reopened(campaign: number, phase: number): number
  /** Puts a task in line that was told before and has lost its slot. */
  again(task: Task): void
  children(gateway: DeviceKey): ReadonlySet<DeviceKey>
  /** The gateway among whose family the device is: its own, or itself where it has children; null: it stands alone. */
  gatewayOf(device: DeviceKey): DeviceKey | null
  /** Puts the queued tasks of the device and of its children in line, or takes them out, as they can be reached now. */
  line(device: DeviceKey): void
}

const none: ReadonlySet<never> = new Set()

const grouped = <K, V>() => {
  const groups = new Map<K, Set<V>>()
  return {
    of: (key: K): ReadonlySet<V> => groups.get(key) ?? none,
    add(key: K, value: V): void {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, new Set([value]))
      else group.add(value)
    },
    delete(key: K, value: V): void {
      const group = groups.get(key)
      if (group?.delete(value) === true && group.size === 0) groups.delete(key)
    },
  }
}

/** More than a campaign may have. */
const phasesPerCampaign = 1000
const lineOf = (task: Task): number => task.campaign * phasesPerCampaign + task.phase

const isReopened = (task: Task | undefined): boolean => task !== undefined && isOpen(task.state) && task.judged !== null

/** One that a retry's delay holds comes into line when the delay is over. */
const isInLine = (task: Task): boolean => task.state === 'queued' && task.notBefore === null

/** How many there are of something, by phase. */
const createCounts = () => {
  const counts = new Map<number, number>()
  const add = (one: Pick<Waiting, 'campaign' | 'phase'> | undefined, by: number): void => {
    if (one === undefined) return
    const line = one.campaign * phasesPerCampaign + one.phase
    const count = (counts.get(line) ?? 0) + by
    if (count === 0) counts.delete(line)
    else counts.set(line, count)
  }
  return { add, of: (campaign: number, phase: number): number => counts.get(campaign * phasesPerCampaign + phase) ?? 0 }
}

/** `reachable` tells of a device, and its gateway if it has one, whether a push could be heard now. Call before anything changes. */
export const createIndex = (store: Store, reachable: (device: DeviceKey, gateway: DeviceKey | null) => boolean): Index => {
  const open = grouped<number, number>()
  const ready = grouped<number, number>()
  const waiting = createCounts()
  const reopened = createCounts()
  let slotted = 0
  const slots = grouped<number, number>()
  const children = grouped<DeviceKey, DeviceKey>()
  // Asked at each change of a task: most devices have none, and their records need not be looked up.
  const gateways = new Map<DeviceKey, DeviceKey>()
  const isReachable = (device: DeviceKey): boolean => reachable(device, gateways.get(device) ?? null)

  const deviceChanged = (before: Device | undefined, after: Device | undefined): void => {
    if (before?.gateway === after?.gateway) return
    if (before !== undefined && before.gateway !== null) {
      gateways.delete(before.key)
      children.delete(before.gateway, before.key)
    }
    if (after !== undefined && after.gateway !== null) {
      gateways.set(after.key, after.gateway)
      children.add(after.gateway, after.key)
    }
    // A child whose gateway is gone must not stay in line: nobody would ever take it out.
    if (before !== undefined && after !== undefined) lineOne(after.key)
  }

  const lineOne = (device: DeviceKey): void => {
    const canHear = isReachable(device)
    for (const task of store.reads.openTasksOf(device)) {
      if (isInLine(task) && canHear) ready.add(lineOf(task), task.id)
      else ready.delete(lineOf(task), task.id)
    }
  }

  const taskChanged = (before: Task | undefined, after: Task | undefined): void => {
    if (before?.state === after?.state && before?.slot === after?.slot && before?.notBefore === after?.notBefore) return
    const task = after ?? before
    if (task === undefined) return
    const isIn = after !== undefined && isOpen(after.state)
    reopened.add(isReopened(before) ? before : undefined, -1)
    reopened.add(isReopened(after) ? after : undefined, 1)
    if (isIn) open.add(task.campaign, task.id)
    else open.delete(task.campaign, task.id)
    const holds = isIn && after.slot
    slotted += Number(holds) - Number(slots.of(task.campaign).has(task.id))
    if (holds) slots.add(task.campaign, task.id)
    else slots.delete(task.campaign, task.id)
    if (after !== undefined && isInLine(after) && isReachable(task.device)) ready.add(lineOf(task), task.id)
    else ready.delete(lineOf(task), task.id)
  }
  for (const device of store.reads.devices()) deviceChanged(undefined, device)
  for (const task of store.reads.openTasks()) taskChanged(undefined, task)
  for (const campaign of store.reads.campaigns()) for (const one of store.reads.waiting(campaign.id).values()) waiting.add(one, 1)
  store.writes.watch((table, before, after) => {
    if (table === 'task') taskChanged(before as Task | undefined, after as Task | undefined)
    if (table === 'waiting') {
      waiting.add(before as Waiting | undefined, -1)
      waiting.add(after as Waiting | undefined, 1)
    }
    if (table === 'device') deviceChanged(before as Device | undefined, after as Device | undefined)
  })

  return {
    open: open.of,
    ready: (campaign, phase) => ready.of(campaign * phasesPerCampaign + phase),
    slots: (campaign) => slots.of(campaign).size,
    slotsInAll: () => slotted,
    waiting: waiting.of,
    reopened: reopened.of,
    again: (task) => ready.add(lineOf(task), task.id),
    children: children.of,
    gatewayOf: (device) => gateways.get(device) ?? (children.of(device).size > 0 ? device : null),
    line(device) {
      lineOne(device)
      for (const child of children.of(device)) lineOne(child)
    },
  }
}
