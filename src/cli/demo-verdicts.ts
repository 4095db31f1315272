// The end that the demo expects for each misbehaving device, and the table that compares it with the real one. Data and text only.

import type { FaultName } from '../simulate/faults.ts'
import { faultText } from '../simulate/faults.ts'
import type { TaskView } from './api-records.ts'
import { clean } from './format.ts'
import type { Colors } from './output.ts'
import { createTable } from './table.ts'

/** The faults of the demo's fleet and the end that each must have: a task's state, or `state: reason`. */
export const expected = {
  'drop-at-40': 'timed_out: stall',
  'reboot-mid-download': 'succeeded',
  'bad-hash': 'failed: verify_error',
  declines: 'rejected',
  'keeps-old': 'failed: rolled_back',
  'wrong-version': 'failed: unexpected_version',
  'never-answers': 'timed_out: no_response',
  'duplicate-reports': 'succeeded',
  'out-of-order': 'succeeded',
  'step-as-string': 'succeeded',
  'no-progress': 'succeeded',
  'burn-fails': 'failed: burn_error',
} as const satisfies Partial<Record<FaultName, string>>

/** The fault of a gateway's child. */
export const childFault = 'burn-fails' satisfies keyof typeof expected

/** A device in the fleet's summary, and whether it resumed a download. */
export interface FleetMember {
  readonly device: string
  readonly fault: string | null
  readonly resumed: boolean
}

interface Line {
  readonly device: string
  readonly event: string
  readonly fault?: string | null
  readonly detail?: { readonly from?: number }
}

const isLine = (value: unknown): value is Line => typeof value === 'object' && value !== null && 'device' in value && 'event' in value

const readLine = (text: string): Line[] => {
  try {
    const value: unknown = JSON.parse(text)
    return isLine(value) ? [value] : []
  } catch {
    return []
  }
}

/** The devices in the fleet's JSON lines. */
export const membersOf = (output: readonly string[]): FleetMember[] => {
  const lines = output.flatMap(readLine)
  const resumed = new Set(
    lines.filter(({ event, detail }) => event === 'downloading' && (detail?.from ?? 0) > 0).map(({ device }) => device),
  )
  return lines
    .filter(({ event }) => event === 'summary')
    .map(({ device, fault = null }) => ({ device, fault, resumed: resumed.has(device) }))
}

export interface DemoVerdict {
  readonly device: string
  readonly fault: string | null
  readonly expected: string
  readonly actual: string
  readonly ok: boolean
}

const expectedOf = (fault: string | null): string =>
  fault !== null && fault in expected ? expected[fault as keyof typeof expected] : 'succeeded'

/** Compares the end of each device's task with the expected one. */
export const judge = (fleet: readonly FleetMember[], tasks: readonly TaskView[]): DemoVerdict[] => {
  const byDevice = new Map(tasks.map((task) => [task.device, task]))
  return fleet.map(({ device, fault, resumed }) => {
    const task = byDevice.get(device)
    const end = task === undefined ? 'no task' : task.reason === null ? task.state : `${task.state}: ${task.reason}`
    const actual = fault === 'reboot-mid-download' && !resumed ? `${end}, not resumed` : end
    return { device, fault, expected: expectedOf(fault), actual, ok: actual === expectedOf(fault) }
  })
}

/** The table of the devices that misbehave, and a line for all others. */
export const verdictLines = (verdicts: readonly DemoVerdict[], colors: Colors, columns?: number): string[] => {
  const faulty = verdicts.filter(({ fault, ok }) => fault !== null || !ok)
  const good = verdicts.length - faulty.length
  const head = ['DEVICE', 'FAULT', 'EXPECTED', 'ACTUAL', '', 'WHAT IT DOES'].map((text) => ({
    text: text === '' ? ' ' : text,
    style: colors.dim,
  }))
  const rows = faulty.map(({ device, fault, expected: wanted, actual, ok }) => [
    clean(device),
    fault ?? 'none',
    wanted,
    actual,
    ok ? { text: 'ok', style: colors.green } : { text: 'WRONG', style: colors.red },
    fault === null ? 'nothing wrong' : faultText(fault as FaultName),
  ])
  return [...createTable(head, columns)(rows), '', `${good} other devices, which behave correctly, were updated`]
}
