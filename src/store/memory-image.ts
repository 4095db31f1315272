// The store in memory: devices, firmware, campaigns, tallies and open tasks, changed one step at a time.
// Knows no disk: of ended tasks it holds only those that may not be on disk yet.

import { createLongMap, type LongMap } from '../long-map.ts'
import type { Campaign, ClockNote, Device, DeviceKey, Firmware, Tally, Task, Waiting } from '../ota/model.ts'
import { isOpen } from '../ota/model.ts'
import type { Kind, Kinds, Numbered, RecordStep } from './layout.ts'

export interface IdGap {
  readonly from: number
  readonly to: number
}

export interface MemoryImage {
  readonly device: LongMap<DeviceKey, Device>
  readonly firmware: Map<number, Firmware>
  readonly campaign: Map<number, Campaign>
  /** By campaign, and by campaign and phase: see `tallyName`. */
  readonly tally: Map<number | string, Tally>
  /** By campaign, and by device. */
  readonly waiting: Map<number, Map<DeviceKey, Waiting>>
  readonly waitingOf: Map<DeviceKey, readonly Waiting[]>
  /** Open tasks by id, and by device. */
  readonly open: Map<number, Task>
  readonly openOf: Map<DeviceKey, readonly Task[]>
  /** Tasks that ended (or were removed: undefined) and whose records may not be on disk yet. */
  readonly leaving: Map<number, Task | undefined>
  /** The highest id that a stored record has used. */
  readonly last: Map<Numbered, number>
  /** Ids of tasks that were never given out, oldest first: those above `from`, up to `to`. */
  readonly gaps: IdGap[]
  clock: ClockNote | null
  /** How many rows of timelines were written since the store was opened. */
  rows: number
}

export const createMemoryImage = (): MemoryImage => ({
  device: createLongMap(),
  firmware: new Map(),
  campaign: new Map(),
  tally: new Map(),
  waiting: new Map(),
  waitingOf: new Map(),
  open: new Map(),
  openOf: new Map(),
  leaving: new Map(),
  last: new Map(),
  gaps: [],
  clock: null,
  rows: 0,
})

/** The id above which the newest `count` ids are that were given out; 0: there are fewer. */
export const taskIdBack = ({ last, gaps }: Pick<MemoryImage, 'last' | 'gaps'>, count: number): number => {
  let [top, left] = [last.get('task') ?? 0, count]
  for (const { from, to } of gaps.toReversed()) {
    if (left <= top - to) break
    left -= top - to
    top = from
  }
  return Math.max(0, top - left)
}

const none: readonly Task[] = []

export const openTasksOf = (image: MemoryImage, device: DeviceKey): readonly Task[] => image.openOf.get(device) ?? none

/** A new array each time, so that loops over the old one are not affected. */
const listOpen = (image: MemoryImage, device: DeviceKey, id: number, task: Task | undefined): void => {
  const existing = openTasksOf(image, device)
  const others =
    existing.length === 0 || (existing.length === 1 && existing[0]?.id === id) ? none : existing.filter((other) => other.id !== id)
  const list = task === undefined ? others : [...others, task]
  if (list.length === 0) image.openOf.delete(device)
  else image.openOf.set(device, list)
}

const setTask = (image: MemoryImage, { before, after }: RecordStep<'task'>): void => {
  const id = (after ?? before)?.id
  if (id === undefined) return
  if (after !== undefined && isOpen(after.state)) {
    listOpen(image, after.device, id, after)
    image.open.set(id, after)
    image.leaving.delete(id)
    return
  }
  if (before !== undefined && isOpen(before.state)) listOpen(image, before.device, id, undefined)
  image.open.delete(id)
  image.leaving.set(id, after)
}

export const tallyName = (campaign: number, phase: number | null): number | string => (phase === null ? campaign : `${campaign}/${phase}`)

const setWaiting = (image: MemoryImage, { after }: RecordStep<'waiting'>, { campaign, device }: Waiting): void => {
  const queue = image.waiting.get(campaign) ?? new Map<DeviceKey, Waiting>()
  const others = (image.waitingOf.get(device) ?? []).filter((other) => other.campaign !== campaign)
  setIn(queue, device, after)
  setIn(image.waiting, campaign, queue.size === 0 ? undefined : queue)
  const all = after === undefined ? others : [...others, after]
  setIn(image.waitingOf, device, all.length === 0 ? undefined : all)
}

const setIn = <I, R>(map: LongMap<I, R>, id: I, record: R | undefined): void => {
  if (record === undefined) map.delete(id)
  else map.set(id, record)
}

const setters: { readonly [K in Kind]: (image: MemoryImage, step: RecordStep<K>, one: Kinds[K]) => void } = {
  device: (image, { after }, { key }) => setIn(image.device, key, after),
  firmware: (image, { after }, { id }) => setIn(image.firmware, id, after),
  campaign: (image, { after }, { id }) => setIn(image.campaign, id, after),
  task: setTask,
  installed: () => undefined,
  timeline: () => undefined,
  clock: (image, { after }) => {
    image.clock = after ?? null
  },
  waiting: setWaiting,
  tally: (image, { after }, { campaign, phase }) => setIn(image.tally, tallyName(campaign, phase), after?.counts),
  last: (image, { after }, { table }) => setIn(image.last, table, after?.id),
}

/** Changes memory from the step's `before` to its `after`. */
export const applyStep = <K extends Kind>(image: MemoryImage, step: RecordStep<K>): void => {
  const one = step.after ?? step.before
  if (one !== undefined) setters[step.kind](image, step, one)
}
