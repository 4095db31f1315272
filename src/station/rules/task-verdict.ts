// What the tasks of a run say of its update. Pure.

import type { Task } from '../../ota/model.ts'
import { isOpen } from '../../ota/model.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { RunVerdict } from '../ports.ts'
import { shownText } from './shown-text.ts'
import { verdictOf } from './verdicts.ts'

/** `fetching`: an image is not whole yet; `fetched`: all of them are on the board; `done`: all modules report their version. */
export type UpdateState = 'fetching' | 'fetched' | 'done' | RunVerdict

const secondsOf = (task: Task): number => Math.round(((task.endedAt ?? task.createdAt) - task.createdAt) / 1000)

const timedOut = (task: Task, host: string): RunVerdict => {
  const hasFetched = task.bytes > 0 || task.step !== null
  return hasFetched ? verdictOf('UPDATE_TIMEOUT', { seconds: secondsOf(task) }) : verdictOf('NO_DOWNLOAD', { host })
}

const wordsOf = ({ desc, reason, code, state }: Task): string =>
  [shownText(desc ?? ''), reason ?? state, code === null ? null : String(code)].find((words) => words !== null && words !== '') ?? state

const verdictOfTask = (task: Task, host: string): RunVerdict => {
  if (task.reason === 'rolled_back') return verdictOf('ROLLED_BACK', { version: task.from ?? '?' })
  if (task.state === 'timed_out') return timedOut(task, host)
  if (task.reason === 'unexpected_version' && task.desc !== null)
    return verdictOf('UPDATE_FAILED', { words: sentence('board_other_version', { version: task.desc, wanted: task.to }) })
  return verdictOf('UPDATE_FAILED', { words: wordsOf(task) })
}

/** The first of them that did not succeed decides. */
export const updateState = (tasks: readonly Task[], host: string): UpdateState => {
  const bad = tasks.find((task) => !isOpen(task.state) && task.state !== 'succeeded')
  if (bad !== undefined) return verdictOfTask(bad, host)
  const open = tasks.filter((task) => isOpen(task.state))
  if (open.length === 0) return 'done'
  return open.every((task) => task.completeAt !== null) ? 'fetched' : 'fetching'
}
