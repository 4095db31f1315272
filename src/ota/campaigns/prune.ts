// Old finished tasks go, by age and by count, a few at a time: nothing waits for it.

import type { Core } from '../memory/core.ts'
import { createDraft } from '../memory/draft.ts'
import { record } from '../memory/record.ts'
import { type Campaign, isOpen, type Task } from '../model.ts'

const perSlice = 100
const pause = 3_600_000
const day = 86_400_000

export interface Pruner {
  /** Removes a slice of what is too old; an hour's pause when there is no more. */
  prune(core: Core): Promise<void>
}

/** What campaigns under way count, and by what continuous ones know how often they have matched a device. */
const isKept = (campaign: Campaign | undefined, task: Task): boolean =>
  campaign !== undefined &&
  campaign.status !== 'completed' &&
  campaign.status !== 'canceled' &&
  (task.newest || (task.attempt === 1 && campaign.target.continuous))

/** Ids and times of making rise together: once a task is too young by both, so are all that follow. */
const isYoung = (core: Core, task: Task, now: number): boolean => {
  const { keepTaskDays, keepTasks } = core.settings
  const byCount = keepTasks === 0 || task.id > core.store.queries.lastTaskId() - keepTasks
  return byCount && (keepTaskDays === 0 || task.createdAt > now - keepTaskDays * day)
}

const isOld = (core: Core, task: Task, now: number): boolean => {
  const { keepTaskDays, keepTasks } = core.settings
  if (isOpen(task.state) || task.endedAt === null) return false
  if (keepTasks > 0 && task.id <= core.store.queries.lastTaskId() - keepTasks) return true
  return keepTaskDays > 0 && task.endedAt <= now - keepTaskDays * day
}

export const createPruner = (): Pruner => {
  let after = 0
  let nextAt = 0
  const rest = (now: number): void => {
    after = 0
    nextAt = now + pause
  }
  return {
    async prune(core) {
      const now = core.now()
      if (now < nextAt && nextAt - now <= pause) return
      const slice = await core.store.queries.endedTasks(after, perSlice)
      const old = slice.filter((task) => isOld(core, task, now) && !isKept(core.store.reads.campaign(task.campaign), task))
      if (old.length > 0)
        await record(
          core,
          createDraft(core.store),
          old.map((value) => ({ del: 'task', value })),
        )
      const last = slice.at(-1)
      if (last === undefined || slice.length < perSlice || isYoung(core, last, now)) return rest(now)
      after = last.id
    },
  }
}
