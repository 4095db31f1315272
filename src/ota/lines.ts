// What the core must find at once, kept beside the store by watching it: open tasks and slots by campaign, children by gateway.

import { type Device, type DeviceKey, isOpen, type Task } from './model.ts'
import type { Store } from './ports.ts'

export interface Index {
  /** Open tasks of a campaign. */
  open(campaign: number): ReadonlySet<number>
  /** Queued tasks of a campaign whose device can be reached, in the order of becoming so. */
  ready(campaign: number): ReadonlySet<number>
  /** Tasks that hold one of the campaign's slots. */
  slots(campaign: number): number
  children(gateway: DeviceKey): ReadonlySet<DeviceKey>
  /** Puts the device's queued tasks in line, or takes them out, as it can be reached or not. */
  line(device: DeviceKey, reachable: boolean): void
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

/** `reachable` tells of a device whether a push could be heard now. Call before anything changes. */
export const createIndex = (store: Store, reachable: (device: DeviceKey) => boolean): Index => {
  const open = grouped<number, number>()
  const ready = grouped<number, number>()
  const slots = grouped<number, number>()
  const children = grouped<DeviceKey, DeviceKey>()

  const taskChanged = (before: Task | undefined, after: Task | undefined): void => {
    if (before?.state === after?.state && before?.slot === after?.slot) return
    const task = after ?? before
    if (task === undefined) return
    const isIn = after !== undefined && isOpen(after.state)
    if (isIn) open.add(task.campaign, task.id)
    else open.delete(task.campaign, task.id)
    if (isIn && after.slot) slots.add(task.campaign, task.id)
    else slots.delete(task.campaign, task.id)
    if (after?.state === 'queued' && reachable(task.device)) ready.add(task.campaign, task.id)
    else ready.delete(task.campaign, task.id)
  }
  for (const task of store.openTasks()) taskChanged(undefined, task)
  for (const device of store.devices()) if (device.gateway !== null) children.add(device.gateway, device.key)
  const deviceChanged = (before: Device | undefined, after: Device | undefined): void => {
    if (before?.gateway === after?.gateway) return
    if (before !== undefined && before.gateway !== null) children.delete(before.gateway, before.key)
    if (after !== undefined && after.gateway !== null) children.add(after.gateway, after.key)
  }
  store.watch((table, before, after) => {
    if (table === 'task') taskChanged(before as Task | undefined, after as Task | undefined)
    if (table === 'device') deviceChanged(before as Device | undefined, after as Device | undefined)
  })

  const lineOne = (device: DeviceKey, isReachable: boolean): void => {
    for (const task of store.openTasksOf(device)) {
      if (task.state === 'queued' && isReachable) ready.add(task.campaign, task.id)
      else ready.delete(task.campaign, task.id)
    }
  }
  return {
    open: open.of,
    ready: ready.of,
    slots: (campaign) => slots.of(campaign).size,
    children: children.of,
    line(device, isReachable) {
      lineOne(device, isReachable)
      for (const child of children.of(device)) lineOne(child, reachable(child))
    },
  }
}
