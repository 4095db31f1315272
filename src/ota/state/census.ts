// The fleet in figures, counted beside the store by watching it, so that nobody has to look at 100,000 devices to know them; and the newest
// failures.

import { type Device, type DeviceKey, isOpen, type OpenState, type Task, type TaskState } from '../model.ts'
import type { FleetOperations, ModuleCount } from '../ports/operators.ts'
import type { Part } from './context.ts'
import { createRoster } from './roster.ts'

export interface Census extends FleetOperations {
  /** Reads the newest failures of an earlier run. Call once, before anything changes. */
  remember(): Promise<void>
}

/** So many failures are known; the newest of them are shown. */
const keptFailures = 100
/** So many of the newest ended tasks are read at a start. */
const readAtStart = 1000
/** Devices that are looked at before other work gets a turn. */
const perSlice = 5000

const isFailure = (state: TaskState): boolean => state === 'failed' || state === 'timed_out' || state === 'rejected'

// ---------------------------------------------------------------- versions

interface Counted {
  readonly product: string
  readonly module: string
  readonly versions: Map<string, number>
  devices: number
}

const groupKey = (product: string, module: string): string => `${product}\0${module}`

const createVersions = () => {
  const groups = new Map<string, Counted>()
  const count = (product: string, module: string, version: string, by: 1 | -1): void => {
    const key = groupKey(product, module)
    const group = groups.get(key) ?? { product, module, versions: new Map<string, number>(), devices: 0 }
    const sum = (group.versions.get(version) ?? 0) + by
    if (sum > 0) group.versions.set(version, sum)
    else group.versions.delete(version)
    group.devices += by
    if (group.devices > 0) groups.set(key, group)
    else groups.delete(key)
  }
  return {
    groups,
    change(before: Device | undefined, after: Device | undefined): void {
      if (before?.modules === after?.modules) return
      for (const { name, version } of before?.modules ?? []) count(before?.product ?? '', name, version, -1)
      for (const { name, version } of after?.modules ?? []) count(after?.product ?? '', name, version, 1)
    },
  }
}

/** The largest, without sorting all: devices may report any number of versions. */
const largest = <T>(items: Iterable<T>, sizeOf: (item: T) => number, most: number): readonly T[] => {
  let kept: T[] = []
  let bound = 0
  const settle = (): void => {
    kept = kept.sort((one, other) => sizeOf(other) - sizeOf(one)).slice(0, most)
    if (kept.length === most) bound = sizeOf(kept[most - 1] as T)
  }
  for (const item of items) {
    if (sizeOf(item) <= bound) continue
    kept.push(item)
    if (kept.length >= 2 * most) settle()
  }
  settle()
  return kept
}

const moduleCount = ({ product, module, devices, versions }: Counted, most: number): ModuleCount => {
  const shown = largest(versions, ([, count]) => count, most).map(([version, count]) => ({ version, devices: count }))
  const rest = devices - shown.reduce((sum, each) => sum + each.devices, 0)
  return { product, module, devices, versions: shown, others: { versions: versions.size - shown.length, devices: rest } }
}

// ---------------------------------------------------------------- tasks

/** `isShown`: whether the failures of the campaign count among those of the fleet. */
const createTasks = (isShown: (campaign: number) => boolean) => {
  const open: Record<OpenState, number> = { queued: 0, notified: 0, in_progress: 0 }
  const failures = new Map<number, Task>()
  const newestFirst = (): readonly Task[] =>
    [...failures.values()].sort((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0) || other.id - one.id)
  const trim = (): void => {
    if (failures.size >= 2 * keptFailures) for (const { id } of newestFirst().slice(keptFailures)) failures.delete(id)
  }
  return {
    open,
    newestFirst,
    change(before: Task | undefined, after: Task | undefined): void {
      if (before !== undefined && isOpen(before.state)) open[before.state] -= 1
      if (after !== undefined && isOpen(after.state)) open[after.state] += 1
      const id = (after ?? before)?.id ?? 0
      if (after !== undefined && isFailure(after.state) && isShown(after.campaign)) failures.set(id, after)
      else if (before !== undefined && isFailure(before.state)) failures.delete(id)
      trim()
    },
  }
}

// ---------------------------------------------------------------- the census

/** Connected, or reached by the connection of their gateway. */
const onlineNow = async ({ ports, connections }: Part<'ports' | 'connections'>): Promise<number> => {
  let online = connections.count()
  let seen = 0
  for (const gateway of ports.families.gateways()) {
    if (connections.of(gateway) === undefined) continue
    for (const child of ports.families.children(gateway)) {
      if (connections.of(child) === undefined) online += 1
      seen += 1
      if (seen % perSlice === 0) await ports.breathe()
    }
  }
  return online
}

export const createCensus = (context: Part<'ports' | 'connections'>): Census => {
  const { reads, writes, queries } = context.ports
  const versions = createVersions()
  const tasks = createTasks((campaign) => reads.campaign(campaign)?.station === undefined)
  const roster = createRoster(reads, writes)
  const disputed = new Set<DeviceKey>()
  let known = 0
  const device = (before: Device | undefined, after: Device | undefined): void => {
    known += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1)
    versions.change(before, after)
    if (after?.disputed != null) disputed.add(after.key)
    else if (before?.disputed != null) disputed.delete(before.key)
  }
  for (const one of reads.devices()) device(undefined, one)
  for (const task of reads.openTasks()) tasks.change(undefined, task)
  writes.watch((table, before, after) => {
    if (table === 'device') device(before as Device | undefined, after as Device | undefined)
    if (table === 'task') tasks.change(before as Task | undefined, after as Task | undefined)
  })
  return {
    known: () => known,
    parts: roster.parts,
    online: () => onlineNow(context),
    disputed: () => [...disputed],
    openTasks: () => tasks.open,
    failures: (most) => tasks.newestFirst().slice(0, most),
    modules: (most) =>
      largest(versions.groups.values(), (group) => group.devices, most.modules).map((group) => moduleCount(group, most.versions)),
    moduleCount: () => versions.groups.size,
    running: ({ product, module, version }) => versions.groups.get(groupKey(product, module))?.versions.get(version) ?? 0,
    async remember() {
      const ended = await queries.endedTasks(queries.taskIdBack(readAtStart), readAtStart)
      for (const task of ended) tasks.change(undefined, task)
    },
  }
}
