// New tasks: a first attempt, and the next one of a task that has ended. Pure; ids and times are arguments.

import { sentence } from '../../sentences/sentence.ts'
import type { Task } from '../model.ts'

export type TaskSeed = Pick<
  Task,
  'id' | 'campaign' | 'device' | 'module' | 'firmware' | 'from' | 'to' | 'size' | 'sources' | 'reflash' | 'phase'
>

const created = sentence('note_made')

/** A first attempt, queued. */
export const newTask = (seed: TaskSeed, now: number): Task => ({
  // Field by field, which is faster: a start makes a hundred thousand.
  id: seed.id,
  campaign: seed.campaign,
  device: seed.device,
  module: seed.module,
  firmware: seed.firmware,
  from: seed.from,
  to: seed.to,
  size: seed.size,
  sources: seed.sources,
  reflash: seed.reflash,
  phase: seed.phase,
  rev: 0,
  state: 'queued',
  reason: null,
  code: null,
  desc: null,
  step: null,
  attempt: 1,
  newest: true,
  notBefore: null,
  slot: false,
  bytes: 0,
  createdAt: now,
  notifiedAt: null,
  slotAt: null,
  startedAt: null,
  signAt: null,
  completeAt: null,
  graceSince: null,
  endedAt: null,
  judged: null,
  history: [{ at: now, state: 'queued', said: created }],
})

/** The next attempt of an ended task: a new id, so that late reports of the old one cannot touch it. */
export const nextAttempt = (task: Task, id: number, from: string | null, notBefore: number | null, now: number): Task => ({
  ...newTask({ ...task, id, from }, now),
  attempt: task.attempt + 1,
  notBefore,
  judged: task.judged,
  history: [{ at: now, state: 'queued', said: sentence('note_retry', { task: String(task.id) }) }],
})
