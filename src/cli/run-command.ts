// fogbell run: runs of test stations, listed, shown, aborted and exported.

import { type Command, Option } from 'commander'
import { addCommand, type Call, type Cli, idArgument, remote } from './command.ts'
import { writeCsv, writeStream } from './csv-list.ts'
import { ago, clean, localTime, when, withLocalTimes } from './format.ts'
import { writeList } from './output.ts'
import { limitText } from './procedure-command.ts'
import type { MeasurementRecord, RunRecord, StepRecord } from './station-records.ts'
import type { Cell } from './table.ts'
import { pairs } from './wrap.ts'

interface Filter {
  readonly serial?: string
  readonly product?: string
  readonly station?: string
  readonly process?: string
  readonly outcome?: string
  readonly from?: string
  readonly to?: string
}

const queryOf = ({ serial, product, station, process, outcome, from, to }: Filter) => ({
  serial,
  product,
  station,
  process,
  outcome,
  from,
  to,
})

const outcomes = ['passed', 'failed', 'error', 'aborted']

const withFilter = (command: Command): Command =>
  command
    .option('--serial <sn>', 'only of this serial number')
    .option('--product <key>', 'only of this product')
    .option('--station <id>', 'only of this station')
    .option('--process <name>', 'only of this process')
    .addOption(new Option('--outcome <outcome>', 'only with this outcome').choices(outcomes))
    .option('--from <time>', 'not ended before this time (ISO 8601 with offset)')
    .option('--to <time>', 'ended before this time')

const versionsText = (versions: RunRecord['versionBefore']): string =>
  Object.entries(versions)
    .map(([module, version]) => `${clean(module)} ${clean(version)}`)
    .join(', ') || '-'

const outcomeCell = ({ state, outcome }: RunRecord, { colors }: Call['output']): Cell => {
  if (outcome === null) return state
  return { text: outcome, style: outcome === 'passed' ? colors.green : outcome === 'failed' ? colors.red : colors.yellow }
}

const addList = (cli: Cli, noun: Command): void => {
  const command = withFilter(noun.command('list').description('List runs, newest first.'))
  remote(cli, command, async ({ client, output, io }) => {
    await writeList(output, client.pages<RunRecord>('/runs', queryOf(command.opts<Filter>())), {
      head: ['RUN', 'SERIAL', 'PROCESS', 'STATION', 'SLOT', 'ATTEMPT', 'OUTCOME', 'CODE', 'ENDED', 'OPERATOR'],
      row: (run) => [
        run.id,
        clean(run.serial),
        clean(run.process),
        clean(run.station),
        String(run.slot),
        run.reference ?? String(run.attempt),
        outcomeCell(run, output),
        run.code ?? '',
        ago(run.endedAt, io.now()),
        clean(run.operator ?? ''),
      ],
      none: 'There is no such run.',
    })
  })
}

const measurementLine = (measurement: MeasurementRecord): string => {
  const { name, value, unit, outcome, marginal, low, high, equals } = measurement
  const hasLimit = low !== null || high !== null || equals !== null
  const limit = hasLimit ? ` (${limitText({ name: '', unit: null, low, high, equals })})` : ''
  return `    ${clean(name)} ${clean(String(value))}${unit === null ? '' : ` ${clean(unit)}`}${limit} ${outcome ?? 'not judged'}${marginal ? ', marginal' : ''}`
}

const seconds = ({ startedAt, endedAt }: StepRecord): string =>
  endedAt === null ? 'goes on' : `${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`

/** What a step says; the code of the run that it ended says as much at the top. */
const stepText = ({ code, text }: StepRecord): string => code ?? (text === null ? '' : clean(text))

const stepLines = (step: StepRecord): readonly string[] => [
  `  ${step.name.padEnd(9)} ${(step.outcome ?? '').padEnd(8)} ${seconds(step)}  ${stepText(step)}`.trimEnd(),
  ...step.measurements.map(measurementLine),
]

/** A run for people: what it is of, how it ended, and its steps. */
export const runLines = (run: RunRecord, { output, io }: Pick<Call, 'output' | 'io'>): readonly string[] => [
  ...pairs(
    [
      ['run', run.id],
      ['unit', `${clean(run.product)}/${clean(run.serial)}`],
      ['board', clean(run.device ?? '-')],
      ['process', `${clean(run.process)}, ${clean(run.procedure)} revision ${run.rev}`],
      ['station', `${clean(run.station)}, slot ${run.slot}`],
      [
        'attempt',
        `${run.attempt}${run.reference === null ? '' : `, ${run.reference} board`}${run.reason === null ? '' : `: ${clean(run.reason)}`}`,
      ],
      ['operator', clean(run.operator ?? '-')],
      ['work order', clean(run.workOrder ?? '-')],
      ['outcome', `${run.outcome ?? run.state}${run.code === null ? '' : ` ${run.code}`}`],
      ['why', run.text === null ? '-' : clean(withLocalTimes(run.text))],
      ['version', `${versionsText(run.versionBefore)} -> ${versionsText(run.versionAfter)}`],
      ['scanned', when(run.scannedAt, io.now())],
      ['ended', run.endedAt === null ? '-' : localTime(run.endedAt)],
    ],
    output.columns,
  ),
  'steps',
  ...run.steps.flatMap(stepLines),
]

const addExport = (cli: Cli, noun: Command): void => {
  const command = withFilter(noun.command('export').description('Print all runs that match, in the order of their ids.'))
    .addOption(new Option('--csv', 'as CSV (the default)').conflicts(['jsonl', 'openhtf']))
    .addOption(new Option('--jsonl', 'as JSON, a run in each line').conflicts(['csv', 'openhtf', 'json']))
    .addOption(new Option('--openhtf', 'as test records of OpenHTF, one in each line').conflicts(['csv', 'jsonl', 'json']))
  remote(cli, command, (call) => {
    const { jsonl, openhtf, ...filter } = command.opts<Filter & { jsonl?: boolean; openhtf?: boolean }>()
    const query = queryOf(filter)
    if (openhtf === true) return writeStream(call, '/runs/export', { ...query, format: 'openhtf' })
    // `--json` asks for JSON lines, as it does where the command streams.
    if (jsonl === true || call.output.json) return writeStream(call, '/runs/export', { ...query, format: 'jsonl' })
    return writeCsv(call, '/runs/export', query)
  })
}

/** Adds `fogbell run`. */
export const addRun = (cli: Cli, program: Command): void => {
  const noun = program.command('run').description('Runs of test stations.')
  addList(cli, noun)
  addCommand(cli, noun, idArgument('run'), 'show', 'Show a run with its steps and measurements.', async (call, id) => {
    const run = await call.client.get<RunRecord>(`/runs/${id}`)
    call.output.result(run, () => runLines(run, call))
  })
  addCommand(cli, noun, idArgument('run'), 'abort', 'End an open run as aborted.', async ({ client, output }, id) => {
    const run = await client.send<RunRecord>('POST', `/runs/${id}/abort`)
    output.result(run, () => [`run ${run.id} of ${clean(run.serial)} is ${run.outcome ?? run.state}`])
  })
  addExport(cli, noun)
}
