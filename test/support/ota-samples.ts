// Tasks in every state and every kind of event, for the printed table and the property tests.

import { type Task, type TaskState, taskStates } from '../../src/ota/model.ts'
import type { Limits } from '../../src/ota/rules/deadlines.ts'
import { newTask, type TaskSeed } from '../../src/ota/rules/new-task.ts'
import { type TaskEvent, transition } from '../../src/ota/rules/transition.ts'

export const minute = 60_000
export const limits: Limits = {
  slot: 15 * minute,
  noResponse: 24 * 60 * minute,
  upgrade: 60 * minute,
  stall: 15 * minute,
  grace: 5 * minute,
  familySignAt: 0,
  away: [],
}

export const seed: TaskSeed = {
  id: 7,
  campaign: 1,
  device: 'pk/dn',
  module: 'mcu',
  firmware: 1,
  from: '1.0.0',
  to: '1.1.0',
  size: 1000,
  sources: [],
  reflash: false,
  phase: 0,
}

export const queued = (over: Partial<Task> = {}): Task => ({ ...newTask(seed, 0), ...over })
export const notified = (over: Partial<Task> = {}): Task => ({ ...transition(queued(), { type: 'offered' }, 0).task, ...over })
export const inProgress = (over: Partial<Task> = {}): Task => ({
  ...transition(notified(), { type: 'progress', step: 40 }, 0).task,
  ...over,
})

const ended: { readonly [S in TaskState]?: TaskEvent } = {
  succeeded: { type: 'version', version: '1.1.0', since: 0 },
  failed: { type: 'failure', step: -1, desc: '' },
  timed_out: { type: 'due', limits: { ...limits, stall: 0 } },
  rejected: { type: 'failure', step: -5, desc: '' },
  canceled: { type: 'cancel', reason: 'operator', force: true },
}

export const inState = (state: TaskState): Task => {
  if (state === 'queued') return queued()
  if (state === 'notified') return notified()
  const event = ended[state]
  return event === undefined ? inProgress() : transition(inProgress(), event, 0).task
}

export const allStates: readonly TaskState[] = taskStates

/** Every kind of event, named as the table names it. `prepare` puts the task into the situation of the row. */
export interface Row {
  readonly name: string
  readonly event: TaskEvent
  readonly now?: number
  readonly prepare?: (task: Task) => Task
}

const fetchedAll = (task: Task): Task => (task.state === 'in_progress' ? { ...task, bytes: 1000, completeAt: 0 } : task)
const rolledBack = (task: Task): Task => (task.state === 'failed' ? { ...task, reason: 'rolled_back' } : task)

export const rows: readonly Row[] = [
  { name: 'offered (push, or answer to `firmware.get`)', event: { type: 'offered' } },
  {
    name: 'offered after its slot was released',
    event: { type: 'offered' },
    prepare: (task) => (task.state === 'notified' ? { ...task, slot: false } : task),
  },
  { name: 'could not be written', event: { type: 'unsent' } },
  { name: 'disconnected', event: { type: 'lost' } },
  { name: '`upgrade.post` 0..100', event: { type: 'progress', step: 50 } },
  { name: '`upgrade.post` -1', event: { type: 'failure', step: -1, desc: '' } },
  { name: '`upgrade.post` -2', event: { type: 'failure', step: -2, desc: '' } },
  { name: '`upgrade.post` -3', event: { type: 'failure', step: -3, desc: '' } },
  { name: '`upgrade.post` -4', event: { type: 'failure', step: -4, desc: '' } },
  { name: '`upgrade.post` -5', event: { type: 'failure', step: -5, desc: '' } },
  { name: '`upgrade.post` below -5', event: { type: 'failure', step: -99, desc: '' } },
  { name: 'bytes fetched by the link', event: { type: 'fetched', bytes: 400, complete: false, sure: true, at: 0 } },
  { name: '`version.post`, the target', event: { type: 'version', version: '1.1.0', since: 0 } },
  { name: '`version.post`, the target, after a rollback', event: { type: 'version', version: '1.1.0', since: 0 }, prepare: rolledBack },
  { name: '`version.post`, the old version', event: { type: 'version', version: '1.0.0', since: 0 } },
  {
    name: '`version.post`, the old version, on a later connection after all was fetched',
    event: { type: 'version', version: '1.0.0', since: 5 },
    prepare: fetchedAll,
  },
  { name: '`version.post`, another version', event: { type: 'version', version: '0.9.0', since: 0 } },
  {
    name: '`version.post`, a version that the package cannot be applied to',
    event: { type: 'version', version: '0.9.0', since: 0 },
    prepare: (task) => ({ ...task, sources: ['1.0.0'] }),
  },
  {
    name: "the retry's delay is over",
    event: { type: 'due', limits },
    now: 10,
    prepare: (task) => (task.state === 'queued' ? { ...task, notBefore: 10 } : task),
  },
  { name: '15 min without a report or byte', event: { type: 'due', limits }, now: 15 * minute },
  {
    name: '60 min since the first report or byte, with more since',
    event: { type: 'due', limits },
    now: 60 * minute,
    prepare: (task) => (task.state === 'in_progress' ? { ...task, signAt: 59 * minute } : task),
  },
  {
    name: '5 min after the old version was reported',
    event: { type: 'due', limits },
    now: 5 * minute,
    prepare: (task) => (task.state === 'in_progress' ? { ...task, graceSince: 0 } : task),
  },
  {
    name: '24 h without a report or byte',
    event: { type: 'due', limits },
    now: 24 * 60 * minute,
    prepare: (task) => (task.state === 'notified' ? { ...task, slot: false } : task),
  },
  { name: 'cancel', event: { type: 'cancel', reason: 'operator', force: false } },
  { name: 'cancel with force', event: { type: 'cancel', reason: 'operator', force: true } },
]
