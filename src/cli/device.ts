// fogbell device: lists, shows, adds, imports, tags and removes devices. `why` and `watch` have files of their own.

import type { Command } from 'commander'
import { OtaError } from '../errors.ts'
import { devicePath, splitDevice } from './api-client.ts'
import type { DeviceView, ImportView, InstalledView } from './api-records.ts'
import { addCommand, type Call, type Cli, deviceArgument, remote, repeatable } from './command.ts'
import { offering } from './command-tree.ts'
import { csvOption, writeCsv } from './csv-list.ts'
import { addDeviceWatch } from './device-live.ts'
import { addDeviceTimeline } from './device-timeline.ts'
import { addDeviceWhy } from './device-why.ts'
import { ago, clean, localTime, plural, when, withLocalTimes } from './format.ts'
import { readGiven } from './given-file.ts'
import { writeList } from './output.ts'
import { usageError } from './problem-text.ts'
import type { Cell } from './table.ts'
import { pairs } from './wrap.ts'

const nameOf = (device: DeviceView): string => clean(`${device.product}/${device.name}`)
const versions = (device: DeviceView): string =>
  Object.entries(device.modules)
    .map(([module, { version }]) => `${clean(module)} ${clean(version)}`)
    .join(', ')

interface ListOptions {
  readonly product?: string
  readonly tag?: string
  readonly search?: string
  readonly module?: string
  readonly version?: string
  readonly not?: string
  readonly behind?: string
  readonly state?: string
  readonly failed?: boolean
  readonly sort?: string
  readonly online?: boolean
  readonly offline?: boolean
  readonly csv?: boolean
}

/** Without the options that say where the server is. */
const queryOf = ({ product, tag, module, version, not, behind, state, failed, sort }: ListOptions) => ({
  product,
  tag,
  module,
  version,
  not,
  behind,
  state,
  failed: failed === true ? 'true' : undefined,
  sort,
})

const states = ['queued', 'notified', 'in_progress', 'none'] as const
const columns = ['name', 'lastSeen', 'version'] as const

const addList = (cli: Cli, parent: Command): void => {
  const command = parent
    .command('list')
    .description('List devices.')
    .option('--product <key>', 'only of this product')
    .option('--tag <tag>', 'only with this tag')
    .option('--search <text>', 'only those with this text in the name, a tag or the address')
    .option('--module <name>', 'only those that have reported this module')
    .option('--version <version>', 'only those that run this version')
    .option('--not <version>', 'only those that run another version')
    .option('--behind <campaign>', 'only those that a campaign is for and that are not on its version: its id, or `any`')
    .addOption(offering('--state <state>', 'only those whose open task is queued, notified or in_progress; none: without one', states))
    .addOption(offering('--sort <column>', 'name, lastSeen or version; with a - before it, descending', columns))
    .option('--failed', 'only those whose newest update failed, timed out, was rolled back or rejected')
    .option('--online', 'only those connected now')
    .option('--offline', 'only those not connected now')
  csvOption(command)
  remote(cli, command, async (call) => {
    const { client, output, io } = call
    const { online, offline, search: q, csv, ...rest } = command.opts<ListOptions>()
    if (online === true && offline === true) throw usageError('--online and --offline cannot be used together')
    const state = online === true ? 'true' : offline === true ? 'false' : undefined
    const query = { ...queryOf(rest), q, online: state }
    if (csv === true) return await writeCsv(call, '/devices', query)
    await writeList(output, client.pages<DeviceView>('/devices', query), {
      head: ['DEVICE', 'STATE', 'LAST SEEN', 'VERSIONS', 'CREDENTIAL', 'GATEWAY', 'TAGS'],
      row: (device) => [
        nameOf(device),
        device.online ? { text: 'online', style: output.colors.green } : { text: 'offline', style: output.colors.dim },
        ago(device.lastSeen, io.now()),
        versions(device),
        device.credential,
        clean(device.gateway ?? ''),
        device.tags.map(clean).join(', '),
      ],
      none: 'No such device. Devices are added when they connect, or with: fogbell device add PK/DN',
    })
  })
}

/** `disconnected 5 s ago: the network connection was lost`, which is said of an earlier one if it is online. 0.1.0 gives no text. */
const endOf = ({ connection, online }: DeviceView, now: number): string => {
  if (connection === null) return ''
  const { what, at, reason, text = reason.replaceAll('_', ' ') } = connection
  return `${online ? 'open; earlier: ' : ''}${what} ${ago(at, now)}: ${clean(withLocalTimes(text))}`
}

const linesOf = ({ io, output }: Call, device: DeviceView): string[] => {
  const entries: [string, Cell][] = [
    ['device', nameOf(device)],
    ['state', device.online ? 'online' : 'offline'],
    ['last seen', ago(device.lastSeen, io.now())],
    ['connection', endOf(device, io.now())],
    ['address', `${clean(device.address ?? '')}${device.contended === true ? ' (contended: several boards use this identity)' : ''}`],
    ['gateway', device.disputed == null ? clean(device.gateway ?? '') : `disputed by ${clean(device.disputed)}`],
    ['tags', device.tags.map(clean).join(', ')],
    ['credential', device.credential],
    ['added', when(device.createdAt, io.now())],
  ]
  for (const [module, { version, reportedAt }] of Object.entries(device.modules)) {
    entries.push([`module ${clean(module)}`, `${clean(version)}, reported ${ago(reportedAt, io.now())}`])
  }
  return pairs(entries, output.columns)
}

/** Adds a command that takes a device. */
const addOne = (
  cli: Cli,
  parent: Command,
  name: string,
  summary: string,
  act: (call: Call, path: string, device: string) => Promise<void>,
): Command => addCommand(cli, parent, deviceArgument, name, summary, (call, device) => act(call, devicePath(device), device))

interface AddOptions {
  readonly secret?: string
  /** false: `--no-gateway`. */
  readonly gateway?: string | false
  readonly tag?: readonly string[]
}

const ifUnknown = (thrown: unknown): undefined => {
  if (thrown instanceof OtaError && thrown.code === 'OTA_DEVICE_UNKNOWN') return undefined
  throw thrown
}

/** Changes only what is given of a known device: a PUT would remove tags and gateway. */
const addDeviceRecord = async ({ client, output }: Call, path: string, { secret, gateway, tag }: AddOptions): Promise<void> => {
  if (typeof gateway === 'string') splitDevice(gateway)
  const body = {
    ...(secret === undefined ? {} : { secret }),
    ...(gateway === undefined ? {} : { gateway: gateway === false ? null : gateway }),
    ...(tag === undefined ? {} : { tags: tag }),
  }
  const known = await client.get<DeviceView>(path).catch(ifUnknown)
  const device = await client.send<DeviceView>(known === undefined ? 'PUT' : 'PATCH', path, body)
  output.result(device, () => [
    `device ${nameOf(device)} ${known === undefined ? 'added' : Object.keys(body).length > 0 ? 'already existed; the given fields were changed' : 'already existed; nothing was changed'}`,
  ])
}

const addAdd = (cli: Cli, parent: Command): void => {
  const summary = 'Add a device before it connects, or change the given fields of a known one.'
  const command = addOne(cli, parent, 'add', summary, (call, path) => addDeviceRecord(call, path, command.opts<AddOptions>()))
  command
    .option('--secret <secret>', 'device secret, used to verify its CONNECT')
    .option('--gateway <pk/dn>', 'gateway that connects it')
    .option('--no-gateway', 'it has none, whatever a gateway says')
  repeatable(command, '--tag <tag>', 'a tag')
}

const addImport = (cli: Cli, parent: Command): void => {
  const summary = 'Add many devices from a CSV file: product,name,secret,gateway,tags. A fault in any line refuses the list.'
  addCommand(cli, parent, { flags: '<FILE.csv>', description: 'the list' }, 'import', summary, async ({ client, output }, path) => {
    // The bytes as they are: the server recognises their encoding.
    const answer = await client.text<ImportView>('/devices/import', 'text/csv', await readGiven(path))
    const { created, updated, unchanged } = answer
    output.result(answer, () => [
      `${plural(created, 'device')} added, ${updated} updated${unchanged > 0 ? `, ${unchanged} unchanged` : ''}`,
    ])
  })
}

const addTag = (cli: Cli, parent: Command): void => {
  const command = addOne(cli, parent, 'tag', 'Add tags to a device or remove them.', async ({ client, output }, path) => {
    const { add = [], remove = [] } = command.opts<{ add?: readonly string[]; remove?: readonly string[] }>()
    if (add.length + remove.length === 0) throw usageError('no tag given: use --add TAG or --remove TAG')
    const { tags } = await client.get<DeviceView>(path)
    const wanted = [...new Set([...tags, ...add])].filter((tag) => !remove.includes(tag))
    const device = await client.send<DeviceView>('PATCH', path, { tags: wanted })
    const text = device.tags.length === 0 ? 'no tags' : `the tags ${device.tags.map(clean).join(', ')}`
    output.result(device, () => [`device ${nameOf(device)} has ${text}`])
  })
  repeatable(command, '--add <tag>', 'a tag to add')
  repeatable(command, '--remove <tag>', 'a tag to remove')
}

const addHistory = (cli: Cli, parent: Command): void => {
  addOne(
    cli,
    parent,
    'history',
    'Show the versions that were installed on a device, since when, and by which task.',
    ({ client, output, io }, path) =>
      writeList(output, client.pages<InstalledView>(`${path}/history`), {
        head: ['SINCE', 'MODULE', 'VERSION', 'TASK', 'CAMPAIGN', 'SHA-256 OF THE IMAGE'],
        row: ({ at, module, version, task, campaign, sha256 }) => [
          `${localTime(at)} (${ago(at, io.now())})`,
          clean(module),
          clean(version),
          task ?? 'none',
          campaign ?? '',
          sha256 ?? '',
        ],
        none: 'It has reported no version yet.',
      }),
  )
}

/** Adds `fogbell device …`. */
export const addDevice = (cli: Cli, program: Command): void => {
  const parent = program.command('device').description('Devices: list, show, add, import, tag, remove, explain.')
  addList(cli, parent)
  addOne(cli, parent, 'show', 'Show a device.', async (call, path) => {
    const device = await call.client.get<DeviceView>(path)
    call.output.result(device, () => linesOf(call, device))
  })
  addAdd(cli, parent)
  addImport(cli, parent)
  addTag(cli, parent)
  addOne(cli, parent, 'rm', 'Remove a device; its open tasks are canceled.', async ({ client, output }, path, device) => {
    await client.send('DELETE', path)
    output.result({ device, removed: true }, () => [`device ${clean(device)} removed`])
  })
  addOne(
    cli,
    parent,
    'forget-credential',
    'Delete the credential of a device: its next CONNECT binds a new one.',
    async ({ client, output }, path, device) => {
      await client.send('DELETE', `${path}/credential`)
      output.result({ device, credential: 'none' }, () => [`credential of ${clean(device)} deleted`])
    },
  )
  addHistory(cli, parent)
  addDeviceTimeline(cli, parent)
  addDeviceWhy(cli, parent)
  addDeviceWatch(cli, parent)
}
