// How a dry run is shown: which devices would be updated, in which phase, which not and why, and about how long it takes. Knows the plan
// only.

import type { PlanView } from './api-records.ts'
import type { Call } from './command.ts'
import { clean, devicesText, span, withLocalTimes } from './format.ts'
import type { Output } from './output.ts'
import { type Cell, createTable } from './table.ts'
import { pairs } from './wrap.ts'

/** The names, and how many more there are. */
const names = (some: readonly string[], all: number): string => {
  const rest = all - some.length
  return [...some.map(clean), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}

const timeText = ({ seconds, targets, perDeviceSeconds }: PlanView, isScheduled: boolean): string => {
  if (targets === 0) return 'nothing to do'
  if (seconds === null) return 'longer than its schedule allows'
  const waits = isScheduled ? ', including the wait for its schedule' : ''
  return `about ${span(seconds * 1000)} if all are connected, at ${span(perDeviceSeconds * 1000)} each${waits}`
}

const leftLines = ({ left, leftCounts }: PlanView): string[] => {
  const all = Object.values(leftCounts).reduce((sum, count) => sum + count, 0)
  if (all === 0) return []
  const sums = Object.entries(leftCounts).map(([reason, count]) => `${count} ${reason}`)
  const rest = all - left.length
  return [
    `not updated: ${sums.join(', ')}`,
    ...left.map(({ device, text }) => `  ${clean(device)}  ${clean(withLocalTimes(text))}`),
    ...(rest > 0 ? [`  and ${rest} more (--json lists up to 1000)`] : []),
  ]
}

const linesOf = (plan: PlanView, isScheduled: boolean, { colors: { dim }, columns }: Output): string[] => {
  const entries: [string, Cell][] = [
    ['would update', devicesText(plan.targets, plan.unreported)],
    ['takes', timeText(plan, isScheduled)],
    ['up to date', String(plan.skipped)],
    ['waiting', `${plan.waiting} of them, for another campaign first`],
  ]
  const head = ['PHASE', 'COUNT', 'DEVICES'].map((text) => ({ text, style: dim }))
  return [
    ...pairs(entries.slice(0, plan.waiting === 0 ? 3 : 4), columns),
    ...createTable(head, columns)(plan.phases.map(({ phase, size, devices }) => [String(phase), String(size), names(devices, size)])),
    ...leftLines(plan),
    dim('dry run: nothing was created'),
  ]
}

/** Shows what a campaign would do. `isScheduled`: it has a schedule. */
export const describePlan = ({ output }: Call, plan: PlanView, isScheduled: boolean): void =>
  output.result(plan, () => linesOf(plan, isScheduled, output))
