// When an update times out, by the times of its campaign. They do not run while the server is down, so it is the earliest moment. Pure.

import type { Campaign, Task } from '../../api/records.d.ts'

export interface TaskLimit {
  /** ISO 8601. */
  readonly at: string
  /** Of an update in progress also: so long without progress, seconds. */
  readonly stallSeconds: number | null
}

const after = (moment: string, seconds: number): string => new Date(Date.parse(moment) + seconds * 1000).toISOString()

/** `upgradeSeconds`: where the campaign has none of its own; null: not known. */
export const limitOf = (
  task: Pick<Task, 'state' | 'notifiedAt' | 'startedAt'>,
  { noResponseSeconds, upgradeSeconds, stallSeconds }: Campaign['timeouts'],
  usualUpgradeSeconds: number | null,
): TaskLimit | null => {
  if (task.state === 'notified' && task.notifiedAt !== null) return { at: after(task.notifiedAt, noResponseSeconds), stallSeconds: null }
  const seconds = upgradeSeconds ?? usualUpgradeSeconds
  if (task.state !== 'in_progress' || task.startedAt === null || seconds === null) return null
  return { at: after(task.startedAt, seconds), stallSeconds }
}

/** How far it is, 0 to 100: what the device has reported, or the bytes that it was sent, whichever is more. */
export const progressOf = ({ step, bytes, size }: Pick<Task, 'step' | 'bytes' | 'size'>): number =>
  Math.min(100, Math.max(step ?? 0, size === 0 ? 0 : (bytes / size) * 100))
