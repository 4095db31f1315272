// Failed tasks by how they ended. Pure.

import type { Task } from '../../api/records.d.ts'

export interface TaskGroup {
  readonly key: string
  readonly state: Task['state']
  readonly reason: string | null
  readonly tasks: readonly Task[]
}

/** In the order in which they were first seen, so that no group moves when another one grows. */
export const groupsOf = (tasks: readonly Task[]): readonly TaskGroup[] => {
  const groups = new Map<string, TaskGroup>()
  const byEnd = [...tasks].sort((one, other) => Date.parse(one.endedAt ?? '') - Date.parse(other.endedAt ?? ''))
  for (const task of byEnd) {
    const key = `${task.state}/${task.reason ?? ''}`
    const group = groups.get(key) ?? { key, state: task.state, reason: task.reason, tasks: [] }
    groups.set(key, { ...group, tasks: [...group.tasks, task] })
  }
  return [...groups.values()]
}
