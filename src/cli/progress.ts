// Progress of uploads, campaigns and tasks: bars and counts, as lines. Knows the records, neither where they come from nor how lines are
// redrawn.

import type { CampaignView, Counts, TaskView } from './api-records.ts'
import { bytes, clean, withLocalTimes } from './format.ts'
import type { Colors } from './output.ts'
import { padEnd, width } from './table.ts'

/** `███████░░░`, with that many columns. */
export const bar = (fraction: number, columns: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * columns)
  return '█'.repeat(full) + '░'.repeat(columns - full)
}

const percent = (fraction: number): string => `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100)} %`.padStart(5)

/** The bar of an upload. */
export const uploadLine = (sent: number, size: number): string =>
  `sending  ${bar(sent / size, 30)} ${percent(sent / size)}  ${bytes(sent)} of ${bytes(size)}`

const open = ['queued', 'notified', 'in_progress'] as const
const ended = ['succeeded', 'failed', 'timed_out', 'rejected', 'canceled'] as const

const sum = (counts: Counts, states: readonly (keyof Counts)[]): number => states.reduce((all, state) => all + counts[state], 0)

export const openCount = (counts: Counts): number => sum(counts, open)
export const endedCount = (counts: Counts): number => sum(counts, ended)
/** Ended without success. */
export const lostCount = (counts: Counts): number => endedCount(counts) - counts.succeeded

const names: Partial<Record<keyof Counts, string>> = {
  in_progress: 'in progress',
  timed_out: 'timed out',
}

/** `18 of 20 done`. */
const doneText = (counts: Counts): string => `${endedCount(counts)} of ${endedCount(counts) + openCount(counts)} done`

/** `17 succeeded, 1 failed, 2 in progress`; empty if there is nothing. */
const partsText = (counts: Counts, colors: Colors, waiting: number): string => {
  const color = (state: keyof Counts): ((text: string) => string) =>
    state === 'succeeded' ? colors.green : state === 'failed' || state === 'timed_out' || state === 'rejected' ? colors.red : String
  const parts = [...ended, ...open]
    .filter((state) => counts[state] > 0)
    .map((state) => color(state)(`${counts[state]} ${names[state] ?? state}`))
  if (waiting > 0) parts.push(`${waiting} waiting for other campaigns`)
  if (counts.skipped > 0) parts.push(`${counts.skipped} up to date already`)
  return parts.join(', ')
}

/** `18 of 20 done: 17 succeeded, 1 failed, 2 in progress`. `waiting`: targets without a task that wait for other campaigns. */
export const countsText = (counts: Counts, colors: Colors, waiting = 0): string => {
  const parts = partsText(counts, colors, waiting)
  if (parts === '') return 'no devices yet'
  return endedCount(counts) + openCount(counts) === 0 ? parts : `${doneText(counts)}: ${parts}`
}

/** How far an open task is, 0..1: the device's reports, or the bytes that it downloaded if it reports nothing. */
export const fraction = (task: TaskView): number => (task.step === null ? (task.size > 0 ? task.bytes / task.size : 0) : task.step / 100)

/** How many devices in progress get a bar of their own. */
const shown = 6

/** A campaign's bar (`whole`: 0..1) with its counts and its status, and below it the first few devices in progress. */
export const campaignLines = (campaign: CampaignView, whole: number, active: readonly TaskView[], colors: Colors): string[] => {
  const name = `campaign ${campaign.id}  ${clean(campaign.module)} ${clean(campaign.version)}`
  const status = campaign.status === 'running' ? '' : `  ${colors.yellow(campaign.status)}`
  const lines = [`${colors.bold(name)}  ${bar(whole, 24)} ${percent(whole)}  ${doneText(campaign.counts)}${status}`]
  lines.push(`  ${partsText(campaign.counts, colors, campaign.waiting) || 'no devices yet'}`)
  if (campaign.text !== null) lines.push(colors.dim(`  ${clean(withLocalTimes(campaign.text))}`))
  const busy = active.filter((task) => task.state === 'in_progress')
  const longest = Math.max(0, ...busy.slice(0, shown).map((task) => width(clean(task.device))))
  for (const task of busy.slice(0, shown)) {
    lines.push(`  ${padEnd(clean(task.device), longest)}  ${bar(fraction(task), 16)} ${percent(fraction(task))}  ${bytes(task.bytes)}`)
  }
  if (busy.length > shown) lines.push(colors.dim(`  and ${busy.length - shown} more in progress`))
  return lines
}

/** How a task ended, or what it waits for: `failed: verify_error, step -3, "md5 differs"`. */
export const outcome = (task: TaskView): string => {
  const code = task.code === null ? '' : `, step ${task.code}`
  const words = task.desc === null || task.desc === '' ? '' : `, "${clean(task.desc)}"`
  return `${names[task.state] ?? task.state}${task.reason === null ? '' : `: ${task.reason}`}${code}${words}`
}
