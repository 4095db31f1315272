// fogbell task: lists, shows, cancels and offers again the updates of single devices.

import { type Command, Option } from 'commander'
import type { TaskState } from '../ota/model.ts'
import type { TaskView } from './api-records.ts'
import { splitDevice } from './client.ts'
import { type Call, type Cli, id, remote } from './command.ts'
import { ago, bytes, clean } from './format.ts'
import { writeList } from './output.ts'
import { fraction, outcome } from './progress.ts'
import { type Cell, pairs } from './table.ts'

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

const addList = (cli: Cli, parent: Command): void => {
  const command = parent
    .command('list')
    .description("List tasks: each device's newest attempt.")
    .option('--campaign <id>', 'only of this campaign', id)
    .option('--device <pk/dn>', 'only of this device')
    .addOption(new Option('--state <state>', 'only in this state').choices(states))
    .option('--attempts', 'also attempts that a later one stands for')
  remote(cli, command, async ({ client, output, io }) => {
    const { campaign, device, state, attempts } = command.opts<{ campaign?: string; device?: string; state?: string; attempts?: boolean }>()
    if (device !== undefined) splitDevice(device)
    const query = { campaign, device, state, attempts: attempts === true ? 'all' : undefined }
    await writeList(output, client.pages<TaskView>('/tasks', query), {
      head: ['ID', 'CAMPAIGN', 'DEVICE', 'MODULE', 'FROM', 'TO', 'STATE', 'PROGRESS', 'TRY', 'SINCE', 'REASON'],
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

const describe = ({ output, io }: Call, task: TaskView): void => {
  if (output.json) {
    output.value(task)
    return
  }
  const when = (iso: string | null): string => (iso === null ? '-' : `${ago(iso, io.now())} (${iso})`)
  const entries: [string, Cell][] = [
    ['task', task.id],
    ['campaign', task.campaign],
    ['device', `${clean(task.device)}, module ${clean(task.module)}`],
    ['version', `${clean(task.from ?? 'unknown')} to ${clean(task.to)} (firmware ${task.firmware})`],
    ['state', outcome(task)],
    ['progress', `${task.step === null ? 'none reported' : `${task.step} % reported`}, ${bytes(task.bytes)} of ${bytes(task.size)} served`],
    ['attempt', `${task.attempt}${task.notBefore === null ? '' : `, not before ${task.notBefore} (${ago(task.notBefore, io.now())})`}`],
    ...(task.phase === null ? [] : [['phase', String(task.phase)] satisfies [string, Cell]]),
    ['created', when(task.createdAt)],
    ['told', when(task.notifiedAt)],
    ['started', when(task.startedAt)],
    ['ended', when(task.endedAt)],
  ]
  output.lines(pairs(entries))
  if (task.history === undefined || task.history.length === 0) return
  output.line('history')
  for (const entry of task.history) output.line(`  ${entry.at}  ${entry.state.padEnd(11)}  ${clean(entry.note)}`)
}

/** Adds a command that takes a task's id and shows the task that is answered. */
const addOne = (cli: Cli, parent: Command, name: string, says: string, ask: (call: Call, id: string) => Promise<TaskView>): void => {
  const command = parent.command(name).description(says).argument('<ID>', 'its id', id)
  remote(cli, command, async (call) => describe(call, await ask(call, String(command.args[0]))))
}

/** Adds `fogbell task …`. */
export const addTask = (cli: Cli, program: Command): void => {
  const parent = program.command('task').description('Tasks, one for each device and module: list, show, cancel, offer again.')
  addList(cli, parent)
  addOne(cli, parent, 'show', 'Show a task and what happened to it.', ({ client }, taskId) => client.get(`/tasks/${taskId}`))
  addOne(cli, parent, 'cancel', 'Cancel a task that has not ended.', ({ client }, taskId) => client.send('POST', `/tasks/${taskId}/cancel`))
  addOne(cli, parent, 'push', 'Offer a task to its device again, now.', ({ client }, taskId) =>
    client.send('POST', `/tasks/${taskId}/push`),
  )
}
