// The past tasks of a device: read from disk before anything is decided by them.

import type { DeviceKey, Task } from '../model.ts'
import type { Queries } from '../ports/store.ts'

/** Its tasks, all attempts, oldest first. */
export const pastOf = async (queries: Pick<Queries, 'tasks'>, device: DeviceKey): Promise<readonly Task[]> => {
  const past: Task[] = []
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<Queries['tasks']>> = await queries.tasks({ device, allAttempts: true, after, limit: 1000 })
    past.push(...page.items)
    after = page.next
  }
  return past
}
