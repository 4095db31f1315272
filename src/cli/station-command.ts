// fogbell station: test stations set up, shown and unblocked, and their tokens. `codes` and `watch` have files of their own.

import { type Command, Option } from 'commander'
import { lanAddresses } from './banner.ts'
import { addCommand, type Call, type Cli, remote, repeatable, whole } from './command.ts'
import { clean, plural } from './format.ts'
import { addressesOf } from './login.ts'
import { writeList } from './output.ts'
import { usageError } from './problem-text.ts'
import { addStationCodes } from './station-codes.ts'
import { stationArgument, stationPath } from './station-path.ts'
import type { ScreenRecord, StationRecord } from './station-records.ts'
import { addStationRemove } from './station-remove.ts'
import { addStationWatch } from './station-watch.ts'
import { requiredOption } from './usage.ts'
import { pairs } from './wrap.ts'
import { figuresLine } from './yield-command.ts'

interface Options {
  readonly name?: string
  readonly slots?: number
  readonly slotAddress?: readonly string[] | false
  readonly procedure?: string
  readonly operator?: string
  readonly language?: string
  readonly passSeconds?: number
  readonly sound?: boolean
}

const addList = (cli: Cli, noun: Command): void => {
  remote(cli, noun.command('list').description('List the test stations.'), async ({ client, output }) => {
    await writeList(output, client.pages<StationRecord>('/stations', { limit: undefined }), {
      head: ['ID', 'NAME', 'SLOTS', 'PROCEDURE', 'OPERATOR', 'LANGUAGE'],
      row: ({ id, name, slots, procedure, operator, language }) => [
        clean(id),
        clean(name),
        String(slots),
        clean(procedure),
        operator,
        language,
      ],
      none: 'There is no station: add one with "fogbell station add ID --slots N --procedure P".',
    })
  })
}

const slotText = ({ run, isSaving, isAcknowledged, progress }: ScreenRecord['slotViews'][number]): string => {
  if (run === null) return 'free'
  const percent = progress === null || progress.size === 0 ? '' : `, ${Math.floor((progress.bytes / progress.size) * 100)} % sent`
  const state = isSaving ? 'saving' : (run.outcome ?? run.state)
  const code = run.code === null ? '' : ` ${run.code}`
  return `${clean(run.serial)} ${state}${code}${percent}${run.outcome !== null && isAcknowledged ? ', acknowledged' : ''} (run ${run.id})`
}

const referenceText = ({ reference }: ScreenRecord): string => {
  if (reference === null) return 'none'
  if (reference.blocked !== null) return `blocked: the ${reference.blocked} board was judged wrongly`
  return reference.wanted.length === 0 ? 'in order' : `due: ${reference.wanted.join(', ')}`
}

const lines = (station: ScreenRecord, { columns }: Call['output']): readonly string[] =>
  pairs(
    [
      ['station', `${clean(station.id)}${station.name === station.id ? '' : `, ${clean(station.name)}`}`],
      ['procedure', `${clean(station.procedure)}${station.rev === null ? ', not released' : ` revision ${station.rev}`}`],
      ['tests', station.product === null ? '-' : `${clean(station.product)}, ${clean(station.process ?? '')}`],
      ['operator', station.operatorName === null ? `- (${station.operator})` : clean(station.operatorName)],
      ['work order', clean(station.workOrder ?? '-')],
      ['language', station.language],
      ['addresses', station.slotAddresses.map(clean).join(', ') || '-'],
      ['reference', referenceText(station)],
      ['this shift', figuresLine(station.shift)],
      ['not sent', station.backlog === null ? '-' : plural(station.backlog.count, 'result')],
      ...station.slotViews.map((slot): [string, string] => [`slot ${slot.slot}`, slotText(slot)]),
    ],
    columns,
  )

const addShow = (cli: Cli, noun: Command): void => {
  addCommand(cli, noun, stationArgument, 'show', 'Show a station: how it is set up, its slots and this shift.', async (call, id) => {
    const station = await call.client.get<ScreenRecord>(stationPath(id))
    call.output.result(station, () => lines(station, call.output))
  })
}

/** What the options set; `--no-…` empties a field. */
const bodyOf = ({ name, slots, slotAddress, procedure, operator, language, passSeconds, sound }: Options) => ({
  ...(name !== undefined && { name }),
  ...(slots !== undefined && { slots }),
  ...(slotAddress !== undefined && { slotAddresses: slotAddress === false ? [] : slotAddress }),
  ...(procedure !== undefined && { procedure }),
  ...(operator !== undefined && { operator }),
  ...(language !== undefined && { language }),
  ...(passSeconds !== undefined && { passSeconds }),
  ...(sound !== undefined && { sound }),
})

const withFields = (command: Command): Command => {
  command
    .option('--name <text>', 'what people call it (default: its id)')
    .option('--slots <n>', 'fixture positions, 1 to 16 (default: 1)', whole(1, 16))
    .addOption(new Option('--operator <how>', 'scan: who works there scans a code first').choices(['none', 'scan']))
    .addOption(new Option('--language <language>', 'of its screen').choices(['en', 'zh']))
    .option('--pass-seconds <n>', 'how long a PASS is shown; 0: until the next scan', whole(0))
    .option('--sound', 'with sounds')
    .option('--no-sound', 'without sounds')
  return repeatable(command, '--slot-address <block>', 'address or block of addresses of the boards of the next slot, such as 10.0.3.0/24')
}

const addAdd = (cli: Cli, noun: Command): void => {
  const command = addCommand(cli, noun, stationArgument, 'add', 'Add a test station.', async ({ client, output }, id) => {
    const known = await client.get<{ readonly items: readonly StationRecord[] }>('/stations')
    if (known.items.some((station) => station.id === id))
      throw usageError(`there is a station ${clean(id)}; change it with "fogbell station edit ${clean(id)}"`)
    const made = await client.send<StationRecord>('PUT', stationPath(id), bodyOf(command.opts<Options>()))
    output.result(made, () => [`station ${clean(made.id)} added: ${plural(made.slots, 'slot')}, procedure ${clean(made.procedure)}`])
    if (!output.json) output.note(`For the link of its screen: fogbell station token ${clean(id)}`)
  })
  requiredOption(withFields(command), '--procedure <id>', 'what is tested there')
}

const addEdit = (cli: Cli, noun: Command): void => {
  const command = addCommand(
    cli,
    noun,
    stationArgument,
    'edit',
    'Change a station: only what is given.',
    async ({ client, output }, id) => {
      const changes = bodyOf(command.opts<Options>())
      if (Object.keys(changes).length === 0) throw usageError('nothing to change is given')
      const { name, slots, slotAddresses, procedure, operator, language, passSeconds, sound } = await client.get<ScreenRecord>(
        stationPath(id),
      )
      const before = { name, slots, slotAddresses, procedure, operator, language, passSeconds, sound }
      const made = await client.send<StationRecord>('PUT', stationPath(id), { ...before, ...changes })
      output.result(made, () => [`station ${clean(made.id)} changed`])
    },
  )
  withFields(command)
    .option('--procedure <id>', 'what is tested there')
    .option('--no-slot-address', 'the addresses of boards are not known')
}

interface MadeToken {
  readonly name: string
  readonly token: string
  readonly link: string
}

const addToken = (cli: Cli, noun: Command): void => {
  const summary = 'Make a token for the station and print the link of its screen: both are shown only now.'
  const command = addCommand(cli, noun, stationArgument, 'token', summary, async ({ client, output }, id) => {
    const { name } = command.opts<{ name?: string }>()
    const made = await client.send<MadeToken>('POST', `${stationPath(id)}/token`, name === undefined ? undefined : { name })
    const place = await client.place()
    const link = `${place}${made.link}`
    const others = (await addressesOf(client, place, lanAddresses())).map((base) => `${base}${made.link}`)
    output.result({ ...made, link, others }, () => [...others, link].map(clean))
    output.note(`Open the link at the station. Its token is called ${clean(made.name)}; "fogbell token rm ${clean(made.name)}" removes it.`)
  }).option('--name <name>', 'of the token (default: station-ID)')
}

const addUnblock = (cli: Cli, noun: Command): void => {
  const summary = 'After a reference board was judged wrongly: units are tested again.'
  const command = addCommand(cli, noun, stationArgument, 'unblock', summary, async ({ client, output }, id) => {
    const { reason } = command.opts<{ reason?: string }>()
    const station = await client.send<ScreenRecord>('POST', `${stationPath(id)}/unblock`, { reason })
    output.result(station, () => [`station ${clean(id)} is no longer blocked`])
  })
  requiredOption(command, '--reason <text>', 'what was found out')
}

/** Adds `fogbell station`. */
export const addStation = (cli: Cli, program: Command): void => {
  const noun = program.command('station').description('Test stations: where boards are updated, tested and judged.')
  addList(cli, noun)
  addShow(cli, noun)
  addAdd(cli, noun)
  addEdit(cli, noun)
  addStationRemove(cli, noun)
  addToken(cli, noun)
  addUnblock(cli, noun)
  addStationCodes(cli, noun)
  addStationWatch(cli, noun)
}
