// What is wrong with the texts of the form before the server is asked, since their request would say less than was typed; and the fields that are shown.

import type { Problem } from '../../api/records.d.ts'
import { covers, type Values } from '../../parts/draft.ts'
import { text } from '../../text/text.ts'
import { countIn, sizeNameOf } from './campaign-form.ts'
import { linesIn, secondsIn, wordsIn } from './typed-values.ts'

const rowsOf = (values: Values, path: string): readonly string[] =>
  Array.from({ length: countIn(values, path) }, (_, index) => `${path}[${index}]`)

const spans = ['timeouts.noResponseSeconds', 'timeouts.upgradeSeconds', 'timeouts.stallSeconds', 'retry.delaySeconds']

/** The fields in which a time is typed. */
const spansIn = (values: Values): readonly string[] => [...rowsOf(values, 'phases').map((at) => `${at}.soakSeconds`), ...spans]

/** Path to sentence. */
export const ownFaults = (values: Values): Values => {
  const namesNone = linesIn(values['target.devices'] ?? '').length + wordsIn(values['target.tags'] ?? '').length === 0
  const noTimes = spansIn(values).filter((path) => typeof secondsIn(values[path] ?? '') === 'string')
  return {
    ...(values['target.kind'] === 'some' && namesNone ? { 'target.tags': text('campaigns.needsTarget') } : {}),
    ...(values['abort.mode'] === 'own' && countIn(values, 'abort') === 0 ? { 'abort.mode': text('campaigns.needsRule') } : {}),
    ...Object.fromEntries(noTimes.map((path) => [path, text('campaigns.needsTime')])),
  }
}

const under = (rows: readonly string[], names: readonly string[]): readonly string[] =>
  rows.flatMap((at) => names.map((name) => `${at}.${name}`))

const always: readonly string[] = [
  'firmware',
  'name',
  'target.kind',
  'target.from',
  'target.exclude',
  'target.continuous',
  'abort.mode',
  'rate.perMinute',
  'rate.maxInProgress',
  'schedule.startAt',
  'schedule.endAt',
  'retry.max',
  'retry.onTimeout',
  'overwrite',
  'push',
  'reflash',
]

/** The paths of the fields that are there now: what is refused elsewhere is said above the buttons. */
export const shownPaths = (values: Values): readonly string[] => [
  ...always,
  ...spansIn(values),
  ...(values['target.kind'] === 'some' ? ['target.tags', 'target.devices'] : []),
  ...rowsOf(values, 'phases').map((at) => `${at}.${sizeNameOf(values, at)}`),
  ...under(rowsOf(values, 'phases'), ['successPercent', 'minFinished', 'then']),
  ...(values['abort.mode'] === 'own' ? under(rowsOf(values, 'abort'), ['on', 'percent', 'minFinished', 'action']) : []),
  ...under(rowsOf(values, 'schedule.windows'), ['cron', 'minutes', 'timeZone']),
]

export interface SortedFaults {
  /** How many stand beside their fields. */
  readonly beside: number
  /** What no field shows: the sentence of the refusal, or each fault with the name of its path. */
  readonly rest: readonly string[]
}

/** `shown`: the paths of the fields. */
export const sortedFaults = (
  problem: Problem | null,
  own: Values,
  shown: readonly string[],
  nameOf: (path: string) => string,
): SortedFaults => {
  const faults = problem?.faults ?? []
  const isShown = (fault: string): boolean => shown.some((path) => covers(path, fault))
  const beside = new Set([...faults.map(({ path }) => path).filter(isShown), ...Object.keys(own)]).size
  const others = faults.filter(({ path }) => !isShown(path))
  if (problem === null || (faults.length > 0 && others.length === 0)) return { beside, rest: [] }
  if (problem.code !== 'OTA_BAD_REQUEST' || faults.length === 0) return { beside, rest: [problem.detail] }
  return { beside, rest: others.map(({ path, message }) => text('unit.named', { name: nameOf(path), value: message })) }
}
