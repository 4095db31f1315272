// Progress of uploads, campaigns and tasks: bars and counts, as lines. Knows the records, neither where they come from nor how lines are
// redrawn.

import type { CampaignView, Counts, TaskView } from './api-records.ts'
import { bytes, clean, withLocalTimes } from './format.ts'
import type { Colors } from './output.ts'
import { cutStart, padEnd, width } from './table.ts'
import { fold, shownWidth } from './wrap.ts'

/** `███████░░░`, with that many columns; full at 1 alone. */
export const bar = (fraction: number, columns: number): string => {
  const known = Math.min(1, Math.max(0, fraction))
  const full = known === 1 ? columns : Math.min(columns - 1, Math.round(known * columns))
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

/** A large campaign has started, and its tasks do not exist yet, or not all of them: its counts mean nothing. */
export const isBeingMade = ({ code }: Pick<CampaignView, 'code'>): boolean => code === 'tasks_being_made'

export const beingMade = 'its tasks are being created'

/** What a campaign has done, in one line. */
export const campaignCounts = (campaign: CampaignView, colors: Colors): string =>
  isBeingMade(campaign) ? beingMade : countsText(campaign.counts, colors, campaign.waiting)

/** How far an open task is, 0..1: the device's reports, or the bytes that it downloaded if it reports nothing. */
export const fraction = (task: TaskView): number => (task.step === null ? (task.size > 0 ? task.bytes / task.size : 0) : task.step / 100)

/** How many devices in progress get a bar of their own. */
const shown = 6

/** The most that work in progress can have: 100 % is what has ended. */
const mostOpen = 0.99
const openFraction = (task: TaskView): number => Math.min(mostOpen, fraction(task))

/** Those that are least far come first: they are what the campaign waits for. */
const slowestFirst = (one: TaskView, other: TaskView): number =>
  openFraction(one) - openFraction(other) || (one.startedAt ?? '').localeCompare(other.startedAt ?? '')

/** What a bar of a device has beside its name: `  ████░░░░  40 %  1.2 MiB`, two columns before it and two in between. */
const besideName = 2 + 2 + 1 + 5 + 2 + 9

const deviceLines = (active: readonly TaskView[], columns: number, colors: Colors): string[] => {
  const busy = active.filter((task) => task.state === 'in_progress').toSorted(slowestFirst)
  const first = busy.slice(0, shown)
  const longest = Math.max(0, ...first.map((task) => width(clean(task.device))))
  const barColumns = longest + besideName + 16 < columns ? 16 : 8
  const room = Math.min(longest, Math.max(8, columns - 1 - besideName - barColumns))
  const lines = first.map((task) => {
    const part = openFraction(task)
    return `  ${padEnd(cutStart(clean(task.device), room), room)}  ${bar(part, barColumns)} ${percent(part)}  ${bytes(task.bytes)}`
  })
  if (busy.length > shown) lines.push(colors.dim(`  and ${busy.length - shown} more in progress`))
  return lines
}

/** The campaign's bar beside its name where there is room, else below it. */
const headLines = ({ id, module, version, status, counts }: CampaignView, whole: number, columns: number, colors: Colors): string[] => {
  const name = `campaign ${id}  ${clean(module)} ${clean(version)}`
  const word = status === 'running' ? '' : `  ${colors.yellow(status)}`
  const figures = `${percent(whole)}  ${doneText(counts)}`
  const room = columns - 1 - width(name) - width(figures) - shownWidth(word) - 3
  if (room >= 12) return [`${colors.bold(name)}  ${bar(whole, Math.min(24, room))} ${figures}${word}`]
  const below = Math.max(4, Math.min(24, columns - 1 - width(figures) - 3))
  return [...fold(`${colors.bold(name)}${word}`, columns - 1), `  ${bar(whole, below)} ${figures}`]
}

/** A campaign's bar (`whole`: 0..1) with its counts and its status, and below it the slowest devices in progress. */
export const campaignLines = (
  campaign: CampaignView,
  whole: number,
  active: readonly TaskView[],
  colors: Colors,
  columns = 100,
): string[] => [
  ...headLines(campaign, whole, columns, colors),
  ...fold(`  ${partsText(campaign.counts, colors, campaign.waiting) || 'no devices yet'}`, columns - 1, 2),
  ...(campaign.text === null ? [] : fold(`  ${clean(withLocalTimes(campaign.text))}`, columns - 1, 2).map(colors.dim)),
  ...deviceLines(active, columns, colors),
]

/** How a task ended, or what it waits for: `failed: verify_error, step -3, "md5 differs"`. */
export const outcome = (task: TaskView): string => {
  const code = task.code === null ? '' : `, step ${task.code}`
  const words = task.desc === null || task.desc === '' ? '' : `, "${clean(task.desc)}"`
  return `${names[task.state] ?? task.state}${task.reason === null ? '' : `: ${task.reason}`}${code}${words}`
}
