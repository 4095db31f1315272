// What a watch knows of one campaign between two looks at the server: who is busy, and who ended without success.
// Data only: fed with tasks, asks nobody.

import type { TaskView } from './api-records.ts'

export interface Tracker {
  /** Takes a task's newest state; older news of it is passed over. True when it is an end without success that was not known. */
  apply(task: TaskView): boolean
  /** Takes the tasks that a look at the server found as all there are. The ends that were not known. */
  replace(tasks: readonly TaskView[]): readonly TaskView[]
  /** Told of the update or in progress, by id. */
  active(): readonly TaskView[]
  /** Newest attempts that ended without success, by id. */
  lost(): readonly TaskView[]
}

const isActive = (task: TaskView): boolean => task.state === 'notified' || task.state === 'in_progress'
const isEnded = (task: TaskView): boolean => task.endedAt !== null || (task.state !== 'queued' && !isActive(task))
/** Ended without success: failed, timed_out, rejected or canceled. */
const isLost = (task: TaskView): boolean => isEnded(task) && task.state !== 'succeeded'

const keyOf = (task: TaskView): string => `${task.device}\0${task.module}`

/** Makes a tracker that knows nothing yet. */
export const createTracker = (): Tracker => {
  const tasks = new Map<string, TaskView>()
  const told = new Set<string>()

  const isNewEnd = (task: TaskView): boolean => {
    const mark = `${task.id} ${task.state}`
    if (!isLost(task) || told.has(mark)) return false
    told.add(mark)
    return true
  }
  const isStale = (task: TaskView): boolean => {
    const known = tasks.get(keyOf(task))
    if (known === undefined || Number(known.id) < Number(task.id)) return false
    if (known.id !== task.id || isEnded(known)) return known.id !== task.id || !isEnded(task)
    // Bytes served only grow: a report with fewer was made before the one that is known.
    return known.state === task.state ? task.bytes < known.bytes : known.state === 'in_progress' && !isEnded(task)
  }
  const set = (task: TaskView): void => {
    if (isActive(task) || isLost(task)) tasks.set(keyOf(task), task)
    else tasks.delete(keyOf(task))
  }
  const those = (of: (task: TaskView) => boolean): TaskView[] =>
    [...tasks.values()].filter(of).sort((one, other) => Number(one.id) - Number(other.id))

  return {
    apply(task) {
      if (isStale(task)) return false
      set(task)
      return isNewEnd(task)
    },
    replace(all) {
      tasks.clear()
      for (const task of all) set(task)
      return all.filter(isNewEnd)
    },
    active: () => those(isActive),
    lost: () => those(isLost),
  }
}
