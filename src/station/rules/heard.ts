// Self-tests of a board that came before its run was ready for them: which are kept, and which of them counts (docs/station.md "Self-test").
// Pure: knows no clock.

import type { Task } from '../../ota/model.ts'
import type { Given, Heard, Run } from '../run-model.ts'
import type { Surroundings } from './run-events.ts'
import { stepOf } from './run-steps.ts'

/** More than these are not kept of a run: each may be large. */
const mostHeard = 3

/** How late the server may learn that the last byte has left (ms): a board may have restarted before that. */
const lateMs = 1000

/** When it was last offered; 0: never. */
const offeredAt = ({ notifiedAt, slotAt }: Task): number => Math.max(notifiedAt ?? 0, slotAt ?? 0)

/** When its last byte was sent, as far as is known; null: not all of it was. */
const fetchedAt = ({ completeAt, bytes, size, signAt }: Task): number | null => completeAt ?? (bytes >= size ? signAt : null)

/** Whether the connection is newer than the one on which the update was offered, and began when the images were on the board. */
const beganAfterFetch = (since: number, tasks: readonly Task[]): boolean =>
  tasks.length > 0 &&
  tasks.every((task) => {
    const at = fetchedAt(task)
    return at !== null && since > offeredAt(task) && since >= at - lateMs
  })

/** When the target was reported last, of all modules; a board that is flashed again reports the same version before and after. */
const targetAt = ({ procedure, device }: Surroundings): number =>
  Math.max(
    ...procedure.firmware.map(({ module }) => device?.modules.find(({ name }) => name === module)?.reportedAt ?? Number.POSITIVE_INFINITY),
  )

const counts = (one: Heard, around: Surroundings): boolean => {
  if (one.runs === 'target' || beganAfterFetch(one.since, around.tasks)) return true
  return around.procedure.reflash === 'always' && one.at >= targetAt(around)
}

/** The self-test that is judged; null: none of those that came counts. Call when the target has been reported. */
export const countedTest = (run: Run, around: Surroundings): readonly Given[] | null => {
  const isUpdated = stepOf(run, 'update')?.outcome !== 'skipped'
  const found = run.heard?.find((one) => !isUpdated || counts(one, around))
  return found?.measurements ?? null
}

/** Whether it is of the firmware before the update, whatever comes. */
const isOld = (run: Run, { since, runs }: Heard, { tasks, procedure }: Surroundings): boolean => {
  if (run.state === 'identifying' || runs === 'target') return false
  if (runs === 'other') return true
  return procedure.reflash !== 'always' && tasks.some((task) => since <= offeredAt(task))
}

const isSame = (a: Heard, b: Heard): boolean => a.since === b.since && a.runs === b.runs && a.reportedAt === b.reportedAt

/** The run with a self-test that it may judge later: the first of each connection and of each report of a version. */
export const hear = (run: Run, one: Heard, around: Surroundings): Run => {
  const { heard: before = [] } = run
  if (isOld(run, one, around) || before.some((each) => isSame(each, one))) return run
  // While no update is known to be needed the first one is the one that would count.
  if (run.state === 'identifying') return before.length > 0 ? run : { ...run, heard: [one] }
  return { ...run, heard: [...before, one].slice(-mostHeard) }
}

/** The same run if all of them stay. */
const keepHeard = (run: Run, stays: (one: Heard) => boolean): Run => {
  const { heard: before = [] } = run
  return before.every(stays) ? run : { ...run, heard: before.filter(stays) }
}

/** What it sent on a connection on which it then reported the old version. */
export const forgetOld = (run: Run, { procedure, device }: Surroundings): Run =>
  keepHeard(
    run,
    ({ runs, since }) =>
      runs === 'target' ||
      procedure.firmware.every(({ module, version }) => {
        const found = device?.modules.find(({ name }) => name === module)
        return found === undefined || found.version === version || found.reportedAt < since
      }),
  )
