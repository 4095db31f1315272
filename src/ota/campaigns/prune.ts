// Removes old finished tasks, by age and by count, a few at a time: nothing waits for it.

import { type Campaign, isOpen, type Task } from '../model.ts'
import { type Committing, commit } from '../state/commit.ts'
import type { Ports } from '../state/context.ts'
import { createDraft } from '../state/draft.ts'

const perSlice = 100
const pause = 3_600_000
const day = 86_400_000

export interface Pruner {
  /** Removes a slice of what is too old; pauses for an hour when nothing is left. */
  prune(context: Committing): Promise<void>
}

/** Tasks that running campaigns count, and by which continuous ones know how often they have matched a device. */
const isKept = (campaign: Campaign | undefined, task: Task): boolean =>
  campaign !== undefined &&
  campaign.station === undefined &&
  campaign.status !== 'completed' &&
  campaign.status !== 'canceled' &&
  (task.newest || (task.attempt === 1 && campaign.target.continuous))

/** Ids and creation times increase together: once a task is too young by both, so are all that follow. */
const isYoung = ({ settings, queries }: Pick<Ports, 'settings' | 'queries'>, task: Task, now: number): boolean => {
  const { keepTaskDays, keepTasks } = settings
  const byCount = keepTasks === 0 || task.id > queries.taskIdBack(keepTasks)
  return byCount && (keepTaskDays === 0 || task.createdAt > now - keepTaskDays * day)
}

const isOld = ({ settings, queries }: Pick<Ports, 'settings' | 'queries'>, task: Task, now: number): boolean => {
  const { keepTaskDays, keepTasks } = settings
  if (isOpen(task.state) || task.endedAt === null) return false
  if (keepTasks > 0 && task.id <= queries.taskIdBack(keepTasks)) return true
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
    async prune(context) {
      const { ports } = context
      const { reads, queries } = ports
      const now = ports.now()
      if (now < nextAt && nextAt - now <= pause) return
      const slice = await queries.endedTasks(after, perSlice)
      const old = slice.filter((task) => isOld(ports, task, now) && !isKept(reads.campaign(task.campaign), task))
      if (old.length > 0)
        await commit(
          context,
          createDraft(reads),
          old.map((value) => ({ del: 'task', value })),
        )
      const last = slice.at(-1)
      if (last === undefined || slice.length < perSlice || isYoung(ports, last, now)) return rest(now)
      after = last.id
    },
  }
}
