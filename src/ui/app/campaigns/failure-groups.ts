// Failed tasks by how they ended. Pure.

import type { Task } from '../../api/records.d.ts'

export interface TaskGroup {
  readonly key: string
  readonly state: Task['state']
  readonly reason: string | null
  /** What all of its devices have said; null: nothing, or not the same. */
  readonly said: string | null
  readonly tasks: readonly Task[]
}

/** In the order in which they were first seen, so that no group moves when another one grows. */
export const groupsOf = (tasks: readonly Task[]): readonly TaskGroup[] => {
  const groups = new Map<string, TaskGroup>()
  const byEnd = [...tasks].sort((one, other) => Date.parse(one.endedAt ?? '') - Date.parse(other.endedAt ?? ''))
  for (const task of byEnd) {
    const own = task.desc === '' ? null : task.desc
    // Without a reason what the device has said is the reason.
    const key = `${task.state}/${task.reason ?? own ?? ''}`
    const group = groups.get(key) ?? { key, state: task.state, reason: task.reason, said: own, tasks: [] }
    groups.set(key, { ...group, said: group.said === own ? own : null, tasks: [...group.tasks, task] })
  }
  return [...groups.values()]
}
