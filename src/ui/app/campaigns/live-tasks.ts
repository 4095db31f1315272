// A page of a campaign's tasks that stays where it is: its rows change by events; what is new or has left the list is counted. Knows no view.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type LiveEvent, useDeviceEvents, useEvents } from '../../api/live.ts'
import type { Task } from '../../api/records.d.ts'

export interface LiveTasks {
  readonly tasks: readonly Task[]
  /** Tasks that are not, or no longer, what the list is of. */
  readonly changes: number
}

const noTasks: readonly Task[] = []

/** `accepts`: whether the list is of such a task. */
export const useLiveTasks = (campaign: string, read: readonly Task[] | null, accepts: (task: Task) => boolean): LiveTasks => {
  const held = useRef(new Map<string, Task>())
  const [round, setRound] = useState(0)
  useMemo(() => held.current.clear(), [read])
  const items = read ?? noTasks
  useDeviceEvents(useMemo(() => items.map(({ device }) => device), [items]))
  const listener = useRef((events: readonly LiveEvent[]): void => {
    const found = events.filter(({ name, data }) => name === 'task' && String(data['campaign']) === campaign)
    if (found.length === 0) return
    for (const { data } of found) held.current.set(String(data['id']), data as unknown as Task)
    setRound((before) => before + 1)
  })
  useEvents(listener.current)
  const shown = useRef(accepts)
  useEffect(() => {
    shown.current = accepts
  })
  return useMemo(() => {
    const ids = new Set(items.map(({ id }) => id))
    const tasks = items.map((task) => held.current.get(task.id) ?? task)
    const gone = tasks.filter((task) => !shown.current(task)).length
    const fresh = [...held.current.values()].filter((task) => !ids.has(task.id) && shown.current(task)).length
    return { tasks, changes: gone + fresh }
  }, [items, round])
}
