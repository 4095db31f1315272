// fogbell yield: figures of what was tested. Each percentage has its n beside it, and of nothing there is none.

import { type Command, Option } from 'commander'
import { type Cli, remote } from './command.ts'
import { clean, localTime, plural } from './format.ts'
import type { FiguresRecord, ShareRecord, YieldRecord } from './station-records.ts'
import { createTable } from './table.ts'

interface Options {
  readonly shift?: string
  readonly station?: string
  readonly process?: string
  readonly product?: string
  readonly group?: string
  readonly from?: string
  readonly to?: string
}

const spans = ['current', 'today', 'yesterday', 'week', 'month']
const groups = ['station', 'process', 'product', 'version', 'shift', 'workOrder']

/** `40 % (2 of 5)`; `-` where there are none. */
export const shareText = (share: ShareRecord | null): string => {
  if (share === null || share.of === 0) return '-'
  const percent = (share.part / share.of) * 100
  // Rounded to 100 it would hide the one that has failed, and to 0 the one that has passed.
  const shown = percent > 99.9 && percent < 100 ? 99.9 : percent < 0.1 && percent > 0 ? 0.1 : percent
  return `${shown.toFixed(1).replace(/\.0$/, '')} % (${Number(share.part.toFixed(2))} of ${share.of})`
}

/** `5 units, FPY 40 % (2 of 5)`. */
export const figuresLine = ({ units, fpy }: FiguresRecord): string => `${plural(units, 'unit')}, FPY ${shareText(fpy)}`

const rtyText = ({ rty }: YieldRecord): string => {
  if (rty === null || rty.of === 0) return '-'
  return `${((rty.part / rty.of) * 100).toFixed(1)} %`
}

const timeText = (seconds: number | undefined): string => (seconds === undefined ? '' : `${Math.round(seconds)} s`)
const keyText = (group: string, value: string | null): string =>
  value === null ? '-' : group === 'shift' ? localTime(value) : clean(value)

const tableOf = (report: YieldRecord, asked: readonly string[], columns: number | undefined): readonly string[] => {
  const head = [
    ...asked.map((group) => (group === 'workOrder' ? 'WORK ORDER' : group.toUpperCase())),
    'UNITS',
    'FPY',
    'FINAL',
    'RETESTED',
    'NTF',
    'NOT COUNTED',
    'P50',
    'P95',
    'UNITS/H',
  ]
  const rows = report.items.map((item) => [
    ...asked.map((group) => keyText(group, item.key[group] ?? null)),
    String(item.units),
    shareText(item.fpy),
    shareText(item.finalYield),
    shareText(item.retestRate),
    String(item.ntf),
    String(Object.values(item.uncounted).reduce((sum, count) => sum + count, 0)),
    timeText(item.cycleTimes?.p50),
    timeText(item.cycleTimes?.p95),
    item.unitsPerHour === null ? '-' : item.unitsPerHour.toFixed(1),
  ])
  return createTable(head, columns)(rows)
}

const paretoLines = (report: YieldRecord): readonly string[] => {
  const counts = new Map<string, number>()
  for (const { pareto } of report.items) for (const { code, count } of pareto) counts.set(code, (counts.get(code) ?? 0) + count)
  const runs = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const ordered = [...counts].sort(([, one], [, other]) => other - one)
  return ordered.map(([code, count]) => `  ${clean(code)}  ${shareText({ part: count, of: runs })}`)
}

const uncountedText = (report: YieldRecord): string => {
  const counts = new Map<string, number>()
  for (const { uncounted } of report.items) for (const [code, n] of Object.entries(uncounted)) counts.set(code, (counts.get(code) ?? 0) + n)
  return [...counts].map(([code, count]) => `${clean(code)} ${count}`).join(', ')
}

const peopleLines = (report: YieldRecord, asked: readonly string[], columns: number | undefined): readonly string[] => {
  const faults = paretoLines(report)
  const uncounted = uncountedText(report)
  return [
    `from ${localTime(report.from)} to ${localTime(report.to)}`,
    ...tableOf(report, asked, columns),
    ...(asked.length > 0 || report.items.length > 1 ? [`rolled throughput yield: ${rtyText(report)}`] : []),
    ...(uncounted === '' ? [] : [`runs that do not count: ${uncounted}`]),
    ...(faults.length === 0 ? [] : ['runs that did not pass:', ...faults]),
  ]
}

/** Adds `fogbell yield`. */
export const addYield = (cli: Cli, program: Command): void => {
  const command = program
    .command('yield')
    .description('First pass yield, final yield, retests, cycle times and faults (default: of the last 30 days).')
    .addOption(
      new Option(
        '--shift <which>',
        'current: the shift of now; today: from the first shift of the day on; week, month: 7 and 30 days',
      ).choices(spans),
    )
    .option('--station <id>', 'only of this station')
    .option('--process <name>', 'only of this process')
    .option('--product <key>', 'only of this product')
    .option('--group <names>', `by what, separated by commas: ${groups.join(', ')}`)
    .option('--from <time>', 'shifts that begin not before this time (ISO 8601 with offset)')
    .option('--to <time>', 'shifts that begin before this time')
  remote(cli, command, async ({ client, output }) => {
    const { shift, station, process, product, group, from, to } = command.opts<Options>()
    const report = await client.get<YieldRecord>('/yield', { shift, station, process, product, group, from, to })
    const asked = groups.filter((one) => group?.split(',').includes(one) === true)
    output.result(report, () =>
      report.items.length === 0
        ? [`nothing was tested from ${localTime(report.from)} to ${localTime(report.to)}`]
        : peopleLines(report, asked, output.columns),
    )
  })
}
