// fogbell procedure: how a product is tested at stations, in revisions that never change. A revision comes from a JSON file.

import type { Command } from 'commander'
import { addCommand, type Call, type Cli, remote, whole } from './command.ts'
import { clean, localTime } from './format.ts'
import { parseGiven, readGiven } from './given-file.ts'
import { writeList } from './output.ts'
import { usageError } from './problem-text.ts'
import type { LimitRecord, ProcedureRecord } from './station-records.ts'
import { pairs } from './wrap.ts'

const idArgument = { flags: '<ID>', description: 'id of the procedure' }
const pathOf = (id: string): string => `/procedures/${encodeURIComponent(id)}`

const firmwareText = ({ firmware }: ProcedureRecord): string =>
  firmware.map(({ module, version }) => `${clean(module)} ${clean(version)}`).join(', ')

const addList = (cli: Cli, noun: Command): void => {
  remote(cli, noun.command('list').description('List the procedures, each with its newest revision.'), async ({ client, output }) => {
    await writeList(output, client.pages<ProcedureRecord>('/procedures', { limit: undefined }), {
      head: ['ID', 'REV', 'RELEASED', 'PRODUCT', 'PROCESS', 'FIRMWARE', 'BY'],
      row: (procedure) => [
        clean(procedure.id),
        String(procedure.rev),
        procedure.releasedAt === null ? 'no' : 'yes',
        clean(procedure.product),
        clean(procedure.process),
        firmwareText(procedure),
        clean(procedure.createdBy),
      ],
      none: 'There is no procedure: make one with "fogbell procedure set FILE.json".',
    })
  })
}

/** `vbat 3.1 to 3.5 V`. */
export const limitText = ({ name, unit, low, high, equals }: LimitRecord): string => {
  const range = [low === null ? '' : `from ${low}`, high === null ? '' : `to ${high}`].filter((part) => part !== '').join(' ')
  const wanted = equals === null ? range : `equal to ${clean(String(equals))}`
  return [clean(name), wanted, clean(unit ?? '')].filter((part) => part !== '').join(' ')
}

const selfTestText = ({ selfTest }: ProcedureRecord): string => {
  if (selfTest === null) return 'none'
  const from = selfTest.source === 'jig' ? 'by the jig' : `by the board, ${selfTest.topic}`
  return selfTest.limits.length === 0 ? from : `${from}: ${selfTest.limits.map(limitText).join(', ')}`
}

const madeText = (at: string | null, by: string | null): string =>
  at === null ? 'no' : `${localTime(at)}${by === null ? '' : ` by ${clean(by)}`}`

const lines = (procedure: ProcedureRecord, { columns }: Call['output']): readonly string[] => {
  const { steps, retest, reference, label, revisions = [] } = procedure
  return pairs(
    [
      ['procedure', `${clean(procedure.id)} revision ${procedure.rev}`],
      ['product', clean(procedure.product)],
      ['process', clean(procedure.process)],
      ['board', `by ${procedure.bind}`],
      ['serial', procedure.serial.pattern === null ? 'the label as it is' : clean(procedure.serial.pattern)],
      ['firmware', firmwareText(procedure) || 'none'],
      ['reflash', procedure.reflash],
      ['requires', procedure.requires.map(clean).join(', ') || 'no other process'],
      [
        'seconds',
        `connect ${steps.connectSeconds}, update ${steps.updateSeconds}, restart ${steps.restartSeconds}, self-test ${steps.selfTestSeconds}`,
      ],
      ['self-test', selfTestText(procedure)],
      ['retests', `${retest.max}${retest.reasonNeeded ? ', with a reason' : ''}`],
      [
        'reference',
        reference === null ? 'none' : `every ${reference.everySeconds} s: ${[...reference.golden, ...reference.bad].map(clean).join(', ')}`,
      ],
      ['label', label === null ? 'none' : `printed by ${clean(label.printer)}`],
      ['made', madeText(procedure.createdAt, procedure.createdBy)],
      ['released', madeText(procedure.releasedAt, procedure.releasedBy)],
      ['revisions', revisions.map(({ rev, released }) => (released ? String(rev) : `${rev} (not released)`)).join(', ')],
    ],
    columns,
  )
}

const addShow = (cli: Cli, noun: Command): void => {
  const command = addCommand(cli, noun, idArgument, 'show', 'Show a revision of a procedure.', async ({ client, output }, id) => {
    const { rev } = command.opts<{ rev?: number }>()
    const procedure = await client.get<ProcedureRecord>(pathOf(id), { rev: rev === undefined ? undefined : String(rev) })
    output.result(procedure, () => lines(procedure, output))
  }).option('--rev <n>', 'this revision (default: the newest)', whole(1))
}

/** What the file says, and the id in it. */
const readProcedure = async (file: string, given: string | undefined) => {
  const read = await parseGiven(file, (await readGiven(file)).toString('utf8'))
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw usageError(`${file} is not a JSON object`)
  const { id: named, ...body } = read as { readonly id?: unknown }
  const id = given ?? named
  if (typeof id !== 'string' || id === '') throw usageError(`${file} has no "id"; add one, or give it with --id`)
  return { id, body }
}

const addSet = (cli: Cli, noun: Command): void => {
  const file = { flags: '<FILE.json>', description: 'the revision, with its "id"' }
  const summary = 'Make the next revision of a procedure from a file. Stations use it once it is released.'
  const command = addCommand(cli, noun, file, 'set', summary, async ({ client, output }, path) => {
    const { id: given, release } = command.opts<{ id?: string; release?: boolean }>()
    const { id, body } = await readProcedure(path, given)
    const made = await client.send<ProcedureRecord>('PUT', pathOf(id), body)
    const { rev } = made
    const shown = release === true ? await client.send<ProcedureRecord>('POST', `${pathOf(id)}/release`, { rev }) : made
    output.result(shown, () => [`procedure ${clean(id)} has revision ${rev}${release === true ? ', released' : ''}`])
    if (release !== true && !output.json) output.note(`To use it at stations: fogbell procedure release ${clean(id)}`)
  })
    .option('--id <id>', 'id of the procedure (default: "id" in the file)')
    .option('--release', 'release it too')
}

const addRelease = (cli: Cli, noun: Command): void => {
  const summary = 'Release a revision: stations use it for the next scan.'
  const command = addCommand(cli, noun, idArgument, 'release', summary, async ({ client, output }, id) => {
    const { rev } = command.opts<{ rev?: number }>()
    const released = await client.send<ProcedureRecord>('POST', `${pathOf(id)}/release`, rev === undefined ? undefined : { rev })
    output.result(released, () => [`revision ${released.rev} of ${clean(id)} is released`])
  }).option('--rev <n>', 'this revision (default: the newest)', whole(1))
}

/** Adds `fogbell procedure`. */
export const addProcedure = (cli: Cli, program: Command): void => {
  const noun = program.command('procedure').description('How products are tested at stations.')
  addList(cli, noun)
  addShow(cli, noun)
  addSet(cli, noun)
  addRelease(cli, noun)
}
