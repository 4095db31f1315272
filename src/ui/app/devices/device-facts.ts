// What the view of a device shows: the device, its tasks and its timeline, as they are now. Knows no markup.

import { useMemo, useState } from 'preact/hooks'
import { type Fetched, useFetched } from '../../api/fetched.ts'
import { type LiveEvent, useDeviceEvents, useEvents } from '../../api/live.ts'
import type { Device, Task, TimelineEntry } from '../../api/records.d.ts'
import { createNews, isOf } from './device-news.ts'

/** The path of the device behind /api/v1. */
export const devicePath = (product: string, name: string): string => `/devices/${encodeURIComponent(product)}/${encodeURIComponent(name)}`

export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

export const useNews = (device: string): ((event: LiveEvent) => boolean) => useState(() => createNews(device))[0]

const openStates: ReadonlySet<string> = new Set(['queued', 'notified', 'in_progress'])
export const isOpen = ({ state }: Pick<Task, 'state'>): boolean => openStates.has(state)

/** Newer ones first. */
const byNewest = (one: Task, other: Task): number => Number(other.id) - Number(one.id)

/** The newest attempts of the device; their progress comes with the events. */
const useTasks = (device: string): readonly Task[] | null => {
  const { data } = useFetched<Page<Task>>(`/tasks?${new URLSearchParams({ device, limit: '1000' })}`, useNews(device))
  const [moved, setMoved] = useState<ReadonlyMap<string, Task>>(new Map())
  const [listener] = useState(() => (events: readonly LiveEvent[]) => {
    const tasks = events.filter((event) => event.name === 'task' && isOf(device, event)).map(({ data: task }) => task as unknown as Task)
    if (tasks.length > 0) setMoved((before) => new Map([...before, ...tasks.map((task) => [task.id, task] as const)]))
  })
  useEvents(listener)
  return useMemo(() => {
    if (data === null) return null
    const known = new Map(data.items.map((task) => [task.id, task] as const))
    for (const [id, task] of moved) if (known.has(id) || isOpen(task)) known.set(id, latest(known.get(id), task))
    return [...known.values()].sort(byNewest)
  }, [data, moved])
}

/** Of what was read and what an event has said, the one that is further: a task that has ended stays ended. */
const latest = (read: Task | undefined, said: Task): Task =>
  read !== undefined && read.endedAt !== null && said.endedAt === null ? read : said

export interface DeviceFacts {
  readonly key: string
  readonly path: string
  readonly device: Fetched<Device>
  /** The newest first; null: not read yet. */
  readonly tasks: readonly Task[] | null
  /** The oldest first; null: not read yet. */
  readonly timeline: readonly TimelineEntry[] | null
}

export const useDeviceFacts = (product: string, name: string): DeviceFacts => {
  const key = `${product}/${name}`
  const path = devicePath(product, name)
  useDeviceEvents([key])
  const device = useFetched<Device>(path, useNews(key))
  const isThere = device.problem === null
  const timeline = useFetched<Page<TimelineEntry>>(isThere ? `${path}/timeline?limit=1000` : null, useNews(key))
  const tasks = useTasks(key)
  return { key, path, device, tasks, timeline: timeline.data?.items ?? null }
}
