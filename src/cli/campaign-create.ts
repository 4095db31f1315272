// fogbell campaign create: every field of a campaign as an option, or all of it from a file. The server has the defaults.

import type { Command } from 'commander'
import { type AbortChoice, addAborts, rulesGiven } from './abort-options.ts'
import type { CampaignView, FirmwareView, PlanView } from './api-records.ts'
import { describePlan } from './campaign-plan.ts'
import { describeCampaign } from './campaign-show.ts'
import { type PhaseSpec, phaseSpec, specHelp, timeSpec, type WindowSpec, windowSpec } from './campaign-specs.ts'
import { type Call, type Cli, id, remote, repeatable, repeatableAs, time, whole } from './command.ts'
import { noteWarnings } from './firmware.ts'
import { parseGiven, readGiven } from './given-file.ts'
import type { Io } from './io.ts'
import { usageError } from './problem-text.ts'
import { deviceOf } from './push.ts'

/** The options of `create` and `edit`. */
export interface CampaignOptions {
  readonly firmware?: string
  readonly file?: string
  readonly name?: string
  readonly device?: readonly string[]
  readonly tag?: readonly string[]
  readonly from?: readonly string[]
  readonly exclude?: readonly string[]
  readonly continuous?: boolean
  readonly phase?: readonly PhaseSpec[]
  readonly abort?: AbortChoice
  readonly perMinute?: number
  readonly maxInProgress?: number
  readonly startAt?: string
  readonly endAt?: string
  readonly window?: readonly WindowSpec[]
  readonly responseTimeout?: number
  readonly upgradeTimeout?: number
  readonly stallTimeout?: number
  readonly retry?: number
  readonly retryDelay?: number
  readonly retryOnTimeout?: boolean
  readonly overwrite?: boolean
  readonly push: boolean
  readonly reflash?: boolean
  readonly start?: boolean
  readonly dryRun?: boolean
}

export type CampaignFields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is CampaignFields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The fields that are set; undefined if none is. */
const given = (fields: CampaignFields): CampaignFields | undefined => {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

const textOf = async (io: Io, path: string): Promise<string> => {
  if (path !== '-') return (await readGiven(path)).toString('utf8').replace(/^\ufeff/, '')
  let text = ''
  for await (const chunk of io.stdin.setEncoding('utf8')) text += String(chunk)
  return text
}

/** The campaign that the file describes; the server checks it. */
export const readCampaign = async (io: Io, path: string | undefined): Promise<CampaignFields> => {
  if (path === undefined) return {}
  const name = path === '-' ? 'standard input' : path
  const value = await parseGiven(name, await textOf(io, path))
  if (isFields(value)) return value
  throw usageError(`${name} is not a campaign: expected a JSON object such as {"firmware":"12"}`)
}

/** The fields of the file, overridden by those of the command line. */
export const over = (file: CampaignFields, options: CampaignFields): CampaignFields => {
  const merged = Object.entries(options).map(([name, value]) => {
    const below = file[name]
    return [name, isFields(value) && isFields(below) ? { ...below, ...value } : value] as const
  })
  return { ...file, ...Object.fromEntries(merged) }
}

/** Device names without a product belong to the image's product, which is fetched only if there are such names. */
const devicesOf = async (
  { client }: Call,
  names: readonly string[] | undefined,
  firmware: string,
): Promise<readonly string[] | undefined> => {
  if (names === undefined || names.every((name) => name.includes('/'))) return names
  const { product } = await client.get<FirmwareView>(`/firmware/${firmware}`)
  return names.map((name) => deviceOf(name, product))
}

const targetOf = async (call: Call, options: CampaignOptions, firmware: string): Promise<CampaignFields | undefined> =>
  given({
    devices: await devicesOf(call, options.device, firmware),
    tags: options.tag,
    from: options.from,
    exclude: await devicesOf(call, options.exclude, firmware),
    continuous: options.continuous,
  })

const paceOf = (options: CampaignOptions): CampaignFields => ({
  phases: options.phase,
  abort: rulesGiven(options.abort),
  rate: given({ perMinute: options.perMinute, maxInProgress: options.maxInProgress }),
  schedule: given({ startAt: options.startAt, endAt: options.endAt, windows: options.window }),
  timeouts: given({
    noResponseSeconds: options.responseTimeout,
    upgradeSeconds: options.upgradeTimeout,
    stallSeconds: options.stallTimeout,
  }),
  retry: given({ max: options.retry, delaySeconds: options.retryDelay, onTimeout: options.retryOnTimeout }),
})

/** Refuses options about new attempts if there are none. */
const refuseIdleRetry = ({ retryDelay, retryOnTimeout }: CampaignOptions, { retry }: CampaignFields): void => {
  const option = retryDelay !== undefined ? '--retry-delay' : retryOnTimeout === true ? '--retry-on-timeout' : undefined
  const max = isFields(retry) ? retry['max'] : undefined
  if (option === undefined || (max !== undefined && max !== 0)) return
  throw usageError(`${option} needs --retry N (1 to 5)`)
}

/** What the options say; `firmware`: the package whose product devices without one have. */
export const fieldsOf = async (call: Call, options: CampaignOptions, firmware: string): Promise<CampaignFields> => {
  const { name, start, reflash, overwrite } = options
  const fields = {
    firmware: options.firmware,
    name,
    start,
    reflash,
    overwrite,
    push: options.push ? undefined : false,
    target: await targetOf(call, options, firmware),
    ...paceOf(options),
  }
  return given(fields) ?? {}
}

const bodyOf = async (call: Call, options: CampaignOptions): Promise<CampaignFields> => {
  const file = await readCampaign(call.io, options.file)
  const { firmware: named } = file
  const firmware = options.firmware ?? (typeof named === 'string' || typeof named === 'number' ? String(named) : '')
  if (firmware === '') throw usageError('no image given: use --firmware ID, or "firmware" in --file')
  const body = over(file, await fieldsOf(call, options, firmware))
  refuseIdleRetry(options, body)
  return body
}

const addNew = (command: Command): Command =>
  command
    .option('--dry-run', 'only show which devices would be updated, in which phase, and which not and why; create nothing')
    .option('--start', 'start it at once')

const addTargets = (command: Command, isNew: boolean): void => {
  command
    .option('--firmware <id>', 'id of the image', id)
    .option('--file <file>', 'the campaign as JSON; options override its fields')
    .option('--name <name>', 'name of the campaign')
  if (isNew) addNew(command)
  command.optionsGroup('Which devices:')
  repeatable(command, '--device <name>', 'only this device, as NAME or PRODUCT/NAME')
  repeatable(command, '--tag <tag>', 'only devices with this tag')
  repeatable(command, '--from <version>', 'only devices on this version')
  repeatable(command, '--exclude <name>', 'never this device')
  command
    .option('--continuous', 'also update devices that appear later')
    .option('--reflash', 'also update devices that have the version already')
    .option('--overwrite', "replace other campaigns' tasks that are queued or notified")
}

const addPace = ({ io }: Cli, command: Command): void => {
  const at = (text: string): string => timeSpec(text, io.now())
  command.optionsGroup('Phases and abort rules (see below):')
  repeatableAs(command, '--phase <spec>', 'a share of the targets to update before the rest', phaseSpec)
  addAborts(command)
  command
    .optionsGroup('When and how fast:')
    .option('--start-at <time>', 'start at this time', at)
    .option('--end-at <time>', 'cancel what has not started by then', at)
  repeatableAs(command, '--window <spec>', 'start updates only in this window', windowSpec)
  command
    .option('--per-minute <n>', 'at most this many devices are notified in any minute', whole(1))
    .option('--max-in-progress <n>', 'at most this many devices are notified or in progress at once', whole(1))
    .option('--no-push', 'offer it only to devices that ask')
}

const addLimits = (command: Command): void => {
  command
    .optionsGroup('Time-outs and retries:')
    .option('--response-timeout <time>', 'time out a notified device that is silent for this long', time)
    .option('--upgrade-timeout <time>', 'time out a device that does not report the new version this long after its first progress', time)
    .option('--stall-timeout <time>', 'time out when there is no progress report and no downloaded byte for this long', time)
    .option('--retry <n>', 'new attempts after a failure, 0 to 5', whole(0, 5))
    .option('--retry-delay <time>', 'wait before each new attempt', time)
    .option('--retry-on-timeout', 'also after time-outs')
    .optionsGroup('Options:')
    .addHelpText('after', specHelp)
}

/** How many devices each list of a dry run names. */
const namedFor = (json: boolean): string => (json ? '1000' : '10')

const create = async (call: Call, options: CampaignOptions): Promise<void> => {
  const { client, output } = call
  const body = await bodyOf(call, options)
  if (options.dryRun !== true) {
    const campaign = await client.send<CampaignView>('POST', '/campaigns', body)
    noteWarnings(call, campaign)
    return describeCampaign(call, campaign)
  }
  const query = { dryRun: 'true', limit: namedFor(output.json) }
  const plan = await client.send<PlanView>('POST', '/campaigns', body, query)
  noteWarnings(call, plan)
  describePlan(call, plan, body['schedule'] !== undefined)
}

/** Adds the options for the fields of a campaign. */
export const addFields = (cli: Cli, command: Command, isNew: boolean): void => {
  addTargets(command, isNew)
  addPace(cli, command)
  addLimits(command)
}

/** Adds `fogbell campaign create`. */
export const addCampaignCreate = (cli: Cli, parent: Command): void => {
  const command = parent.command('create').description('Create a campaign for an image; a draft unless --start is given.')
  addFields(cli, command, true)
  remote(cli, command, (call) => create(call, command.opts<CampaignOptions>()))
}
