// What a watch knows of a campaign's tasks between two requests to the server: which are active, and which ended without success. Data only:
// gets tasks, makes no requests.

import type { TaskView } from './api-records.ts'

export interface Tracker {
  /** Takes a task's new state, unless it is older than the known one. True if it is an end without success that was not known. */
  apply(task: TaskView): boolean
  /** Replaces all tasks by what the server listed. Returns the ends that were not known. */
  replace(tasks: readonly TaskView[]): readonly TaskView[]
  /** Notified or in progress, by id. */
  active(): readonly TaskView[]
  /** Newest attempts that ended without success, by id. */
  lost(): readonly TaskView[]
}

const isActive = (task: TaskView): boolean => task.state === 'notified' || task.state === 'in_progress'
const isEnded = (task: TaskView): boolean => task.endedAt !== null || (task.state !== 'queued' && !isActive(task))
/** Ended without success: failed, timed_out, rejected or canceled. */
const isLost = (task: TaskView): boolean => isEnded(task) && task.state !== 'succeeded'

const keyOf = (task: TaskView): string => `${task.device}\0${task.module}`

/** Makes an empty tracker. */
export const createTracker = (): Tracker => {
  const tasks = new Map<string, TaskView>()
  const reported = new Set<string>()

  const isNewEnd = (task: TaskView): boolean => {
    const mark = `${task.id} ${task.state}`
    if (!isLost(task) || reported.has(mark)) return false
    reported.add(mark)
    return true
  }
  const isStale = (task: TaskView): boolean => {
    const known = tasks.get(keyOf(task))
    if (known === undefined || Number(known.id) < Number(task.id)) return false
    if (known.id !== task.id || isEnded(known)) return known.id !== task.id || !isEnded(task)
    // The served bytes only grow: a record with fewer is older than the known one.
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
