// What a board runs at the moment at which something comes from it, by what it has reported: asked at once, before anything is written.

import type { Module } from '../../ota/model.ts'
import type { Heard } from '../run-model.ts'
import type { Floor, OpenRun } from './floor.ts'

type Reported = Pick<Heard, 'runs'> & { readonly reportedAt: number | undefined }

/** Whether the update of a board that is flashed again is known to be over: its version says nothing of that. */
const isFlashed = ({ outside, rows }: Floor, { id }: OpenRun): boolean => {
  const tasks = rows.memory.openRuns.get(id)?.tasks ?? []
  return tasks.length > 0 && tasks.every((task) => outside.core.reads.openTask(task) === undefined)
}

/** `since`: when its connection began. */
export const reportedTarget = (floor: Floor, open: OpenRun, since: number | null): Reported => {
  const { firmware, reflash } = open.procedure
  const key = floor.rows.memory.openRuns.get(open.id)?.device ?? null
  const modules: readonly Module[] = key === null ? [] : (floor.outside.core.reads.device(key)?.modules ?? [])
  const found = firmware.map(({ module, version }) => ({ version, is: modules.find(({ name }) => name === module) }))
  const times = found.flatMap(({ is }) => is?.reportedAt ?? [])
  const reportedAt = times.length === 0 ? undefined : Math.max(...times)
  if (found.some(({ version, is }) => is !== undefined && is.version !== version && is.reportedAt >= (since ?? 0)))
    return { runs: 'other', reportedAt }
  const isTarget = found.every(({ version, is }) => is?.version === version) && (reflash !== 'always' || isFlashed(floor, open))
  return { runs: isTarget ? 'target' : 'unknown', reportedAt }
}
