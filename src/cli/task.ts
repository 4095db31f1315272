// fogbell task: lists, shows, cancels and offers again the updates of single devices.

import { type Command, Option } from 'commander'
import type { TaskState } from '../ota/model.ts'
import { splitDevice } from './api-client.ts'
import type { TaskView } from './api-records.ts'
import { addCommand, type Call, type Cli, id, idArgument, remote } from './command.ts'
import { csvOption, writeCsv } from './csv-list.ts'
import { ago, bytes, clean, localTime, when, withLocalTimes } from './format.ts'
import { writeList } from './output.ts'
import { fraction, outcome } from './progress.ts'
import type { Cell } from './table.ts'
import { pairs } from './wrap.ts'

const states = [
  'queued',
  'notified',
  'in_progress',
  'succeeded',
  'failed',
  'timed_out',
  'rejected',
  'canceled',
] as const satisfies readonly TaskState[]

const progressText = (task: TaskView): string => (task.state === 'in_progress' ? `${Math.floor(Math.min(1, fraction(task)) * 100)} %` : '')

const stateCell = (task: TaskView, output: Call['output']): Cell => {
  const { green, red, dim } = output.colors
  const style =
    task.state === 'succeeded'
      ? green
      : task.state === 'canceled'
        ? dim
        : task.state === 'failed' || task.state === 'timed_out' || task.state === 'rejected'
          ? red
          : String
  return { text: task.state, style }
}

interface ListOptions {
  readonly campaign?: string
  readonly device?: string
  readonly state?: string
  readonly attempts?: boolean
  readonly csv?: boolean
}

const addList = (cli: Cli, parent: Command): void => {
  const command = parent
    .command('list')
    .description("List tasks: each device's newest attempt.")
    .option('--campaign <id>', 'only of this campaign', id)
    .option('--device <pk/dn>', 'only of this device')
    .addOption(new Option('--state <state>', 'only in this state').choices(states))
    .option('--attempts', 'also attempts that were followed by another one')
  csvOption(command)
  remote(cli, command, async (call) => {
    const { client, output, io } = call
    const { campaign, device, state, attempts, csv } = command.opts<ListOptions>()
    if (device !== undefined) splitDevice(device)
    const query = { campaign, device, state, attempts: attempts === true ? 'all' : undefined }
    if (csv === true) return await writeCsv(call, '/tasks', query)
    await writeList(output, client.pages<TaskView>('/tasks', query), {
      head: ['ID', 'CAMPAIGN', 'DEVICE', 'MODULE', 'FROM', 'TO', 'STATE', 'PROGRESS', 'ATTEMPT', 'SINCE', 'REASON'],
      row: (task) => [
        task.id,
        task.campaign,
        clean(task.device),
        clean(task.module),
        clean(task.from ?? ''),
        clean(task.to),
        stateCell(task, output),
        progressText(task),
        String(task.attempt),
        ago(task.endedAt ?? task.startedAt ?? task.notifiedAt ?? task.createdAt, io.now()),
        [task.reason ?? '', task.code === null ? '' : `step ${task.code}`, clean(task.desc ?? '')].filter((text) => text !== '').join(', '),
      ],
      none: 'No such task.',
    })
  })
}

const linesOf = ({ io, output }: Call, task: TaskView): string[] => {
  const entries: [string, Cell][] = [
    ['task', task.id],
    ['campaign', task.campaign],
    ['device', `${clean(task.device)}, module ${clean(task.module)}`],
    ['version', `${clean(task.from ?? 'unknown')} to ${clean(task.to)} (firmware ${task.firmware})`],
    ['state', outcome(task)],
    ['progress', `${task.step === null ? 'none reported' : `${task.step} % reported`}, ${bytes(task.bytes)} of ${bytes(task.size)} served`],
    [
      'attempt',
      `${task.attempt}${task.notBefore === null ? '' : `, not before ${localTime(task.notBefore)} (${ago(task.notBefore, io.now())})`}`,
    ],
    ...(task.phase === null ? [] : [['phase', String(task.phase)] satisfies [string, Cell]]),
    ['created', when(task.createdAt, io.now())],
    ['notified', when(task.notifiedAt, io.now())],
    ['started', when(task.startedAt, io.now())],
    ['ended', when(task.endedAt, io.now())],
  ]
  const history = (task.history ?? []).map(
    ({ at, state, note }) => `  ${localTime(at)}  ${state.padEnd(11)}  ${clean(withLocalTimes(note))}`,
  )
  return [...pairs(entries, output.columns), ...(history.length === 0 ? [] : ['history', ...history])]
}

/** Adds a command that takes a task's id and shows the task in the answer. */
const addOne = (cli: Cli, parent: Command, name: string, summary: string, ask: (call: Call, id: string) => Promise<TaskView>): void => {
  addCommand(cli, parent, idArgument('task'), name, summary, async (call, taskId) => {
    const task = await ask(call, taskId)
    call.output.result(task, () => linesOf(call, task))
  })
}

/** Adds `fogbell task …`. */
export const addTask = (cli: Cli, program: Command): void => {
  const parent = program.command('task').description('Tasks, one for each device and module: list, show, cancel, offer again.')
  addList(cli, parent)
  addOne(cli, parent, 'show', 'Show a task and its history.', ({ client }, taskId) => client.get(`/tasks/${taskId}`))
  addOne(cli, parent, 'cancel', 'Cancel a task that has not ended.', ({ client }, taskId) => client.send('POST', `/tasks/${taskId}/cancel`))
  addOne(cli, parent, 'push', 'Offer a task to its device again, now.', ({ client }, taskId) =>
    client.send('POST', `/tasks/${taskId}/push`),
  )
}
