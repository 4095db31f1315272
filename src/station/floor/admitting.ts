// The update of a run: its tasks in the hidden campaigns of its procedure, made once and canceled with it. Knows no rows.

import { asOtaError, OtaError } from '../../errors.ts'
import type { DeviceKey, Task } from '../../ota/model.ts'
import type { StationOutside } from '../ports.ts'
import type { RunEvent } from '../rules/run-events.ts'
import { verdictOf } from '../rules/verdicts.ts'
import type { Run } from '../run-model.ts'
import type { Procedure, WantedFirmware } from '../station-model.ts'

interface Around {
  readonly outside: Pick<StationOutside, 'core' | 'log'>
}

const tasksOfStations = ({ outside }: Around, tasks: Iterable<Task>): readonly Task[] =>
  [...tasks].filter(({ campaign }) => outside.core.reads.campaign(campaign)?.station !== undefined)

const cancel = ({ outside: { core, log } }: Around, { id, device }: Task): Promise<void> =>
  core.cancelTask(id).catch((err: unknown) => {
    if (asOtaError(err).code !== 'OTA_TASK_CLOSED') log.error({ err, device, task: id }, 'the task of an ended run could not be canceled')
  })

/** Cancels what stations have made for the board. */
export const cancelTasks = (around: Around, device: DeviceKey, isMeant: (task: Task) => boolean): void => {
  for (const task of tasksOfStations(around, around.outside.core.reads.openTasksOf(device))) if (isMeant(task)) void cancel(around, task)
}

/** Tasks of runs that had ended when the server did. */
export const cancelLeft = (around: Around, hasRun: (device: DeviceKey) => boolean): void => {
  for (const task of tasksOfStations(around, around.outside.core.reads.openTasks())) if (!hasRun(task.device)) void cancel(around, task)
}

/** What an earlier run has left, as the disk was full. */
const isLeft = (task: Task, run: Run, { campaigns }: Procedure): boolean =>
  task.createdAt < run.scannedAt || !campaigns.includes(task.campaign)

/** The run that gets them, and what is known of it. */
export interface Admitted {
  readonly run: Run
  readonly procedure: Procedure
  readonly device: DeviceKey
  /** Its board's tasks that have ended. */
  readonly ended: ReadonlyMap<number, Task>
}

/** The task of the run that had been made when the server ended, and was over before the run could have it. */
const overAlready = ({ run, ended }: Admitted, campaign: number): number | undefined =>
  [...ended.values()].findLast((task) => task.campaign === campaign && task.createdAt >= run.scannedAt)?.id

/** Makes the tasks of its update, or takes those that were made when the server ended. Rejects as `StationOperations.admit` does. */
export const admitAll = async (around: Around, admitted: Admitted, wanted: readonly WantedFirmware[]): Promise<RunEvent> => {
  const { run, procedure, device } = admitted
  const { core } = around.outside
  for (const task of tasksOfStations(around, core.reads.openTasksOf(device))) if (isLeft(task, run, procedure)) await cancel(around, task)
  const tasks: number[] = []
  for (const { module } of wanted) {
    const campaign = procedure.campaigns[procedure.firmware.findIndex((one) => one.module === module)]
    if (campaign === undefined)
      throw new OtaError('OTA_INTERNAL', `revision ${procedure.rev} of ${procedure.id} has no campaign for ${module}`)
    const made = await core.admit(campaign, device, procedure.reflash === 'always')
    const id = made === 'current' ? overAlready(admitted, campaign) : made.id
    if (id !== undefined) tasks.push(id)
  }
  return { type: 'admitted', tasks }
}

/** Why the tasks cannot be made. */
export const notAdmitted = (thrown: unknown): RunEvent => {
  const error = asOtaError(thrown)
  const name = error.sentence?.params['name']
  const verdict =
    error.code === 'OTA_TASK_BUSY'
      ? verdictOf('BUSY', { campaign: typeof name === 'string' ? name : '' })
      : { ...verdictOf('UPDATE_FAILED', { words: error.message }), outcome: 'error' as const }
  return { type: 'fails', verdict }
}

/** What a run that was updating when the server ended has to be updated to still. */
export const wantedOf = ({ firmware, reflash }: Procedure, { versionBefore }: Run): readonly WantedFirmware[] =>
  firmware.filter(({ module, version }) => reflash === 'always' || versionBefore[module] !== version)
