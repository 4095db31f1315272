// How a dry run is shown: who would be updated, in which phase, who not and why, and about how long it takes. Knows the plan only.

import type { PlanView } from './api-records.ts'
import type { Call } from './command.ts'
import { clean, plural, span } from './format.ts'
import { type Cell, createTable, pairs } from './table.ts'

/** Some names of many. */
const names = (some: readonly string[], all: number): string => {
  const rest = all - some.length
  return [...some.map(clean), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}

const timeText = ({ seconds, targets, perDeviceSeconds }: PlanView, isScheduled: boolean): string => {
  if (targets === 0) return 'nothing to do'
  if (seconds === null) return 'more time than its schedule has'
  const waits = isScheduled ? ', the wait for its schedule included' : ''
  return `about ${span(seconds * 1000)} with all of them there, at ${span(perDeviceSeconds * 1000)} each${waits}`
}

const leftLines = ({ left, leftCounts }: PlanView): string[] => {
  const all = Object.values(leftCounts).reduce((sum, count) => sum + count, 0)
  if (all === 0) return []
  const sums = Object.entries(leftCounts).map(([reason, count]) => `${count} ${reason}`)
  const rest = all - left.length
  return [
    `not updated: ${sums.join(', ')}`,
    ...left.map(({ device, text }) => `  ${clean(device)}  ${clean(text)}`),
    ...(rest > 0 ? [`  and ${rest} more (--json names up to 1000)`] : []),
  ]
}

/** Shows what a campaign would do: the plan as JSON, or in words. `isScheduled`: not at any time. */
export const describePlan = ({ output }: Call, plan: PlanView, isScheduled: boolean): void => {
  if (output.json) {
    output.value(plan)
    return
  }
  const entries: [string, Cell][] = [
    ['would update', plural(plan.targets, 'device')],
    ['takes', timeText(plan, isScheduled)],
    ['already on it', String(plan.skipped)],
    ['of them wait', `${plan.waiting} for another campaign first`],
  ]
  output.lines(pairs(entries.slice(0, plan.waiting === 0 ? 3 : 4)))
  const head = ['PHASE', 'DEVICES', 'WHO'].map((text) => ({ text, style: output.colors.dim }))
  output.lines(createTable(head)(plan.phases.map(({ phase, size, devices }) => [String(phase), String(size), names(devices, size)])))
  output.lines(leftLines(plan))
  output.line(output.colors.dim('a dry run: nothing was made'))
}
