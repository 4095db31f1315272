// The state machine as a table for people: what `transition` does, printed.

import { type Task, type TaskState, taskStates } from '../../src/ota/model.ts'
import { type Effect, transition } from '../../src/ota/rules/transition.ts'
import { inState, type Row, rows } from './ota-samples.ts'

const effectWords: { readonly [E in Effect]: string } = {
  recheck: 'checked again within 10 s',
  offer: 'offered when due',
  retry_failure: 'retry by policy',
  retry_timeout: 'retry with `onTimeout`',
  drop_retry: 'a waiting retry is canceled',
}

const changeWords = (before: Task, after: Task): string => {
  if (after.state !== before.state) return after.reason === null ? after.state : `${after.state} (${after.reason})`
  if (after.graceSince !== before.graceSince && after.graceSince !== null) return 'stays: grace begins'
  if (after.slot !== before.slot) return after.slot ? 'stays: takes a slot' : 'stays: its slot is released'
  if (after.step !== before.step) return 'step := value'
  if (after.bytes !== before.bytes) return 'bytes := value'
  if (after.from !== before.from) return 'S := version'
  return after === before ? '–' : 'stays'
}

const cell = (state: TaskState, row: Row): string => {
  const before = (row.prepare ?? ((task: Task) => task))(inState(state))
  const { task, effects } = transition(before, row.event, row.now ?? 1)
  return [changeWords(before, task), ...effects.map((effect) => effectWords[effect])].join('; ')
}

export const printTable = (): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(['event', ...taskStates]),
    line(['---', ...taskStates.map(() => '---')]),
    ...rows.map((row) => line([row.name, ...taskStates.map((state) => cell(state, row))])),
  ].join('\n')
}
