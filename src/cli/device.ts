// fogbell device: lists, shows, adds, imports, tags and removes devices. `why` and `watch` stand in files of their own.

import type { Command } from 'commander'
import { OtaError } from '../errors.ts'
import type { DeviceView, ImportView, RanView } from './api-records.ts'
import { devicePath, splitDevice } from './client.ts'
import { type Call, type Cli, remote, repeatable } from './command.ts'
import { addDeviceWatch } from './device-live.ts'
import { addDeviceWhy } from './device-why.ts'
import { ago, clean, plural } from './format.ts'
import { readGiven } from './given-file.ts'
import { writeList } from './output.ts'
import { usageError } from './problem-text.ts'
import { type Cell, pairs } from './table.ts'

const nameOf = (device: DeviceView): string => clean(`${device.product}/${device.name}`)
const versions = (device: DeviceView): string =>
  Object.entries(device.modules)
    .map(([module, { version }]) => `${clean(module)} ${clean(version)}`)
    .join(', ')

const addList = (cli: Cli, parent: Command): void => {
  const command = parent
    .command('list')
    .description('List devices.')
    .option('--product <key>', 'only of this product')
    .option('--tag <tag>', 'only with this tag')
    .option('--online', 'only those connected now')
    .option('--offline', 'only those not connected now')
  remote(cli, command, async ({ client, output, io }) => {
    const { product, tag, online, offline } = command.opts<{ product?: string; tag?: string; online?: boolean; offline?: boolean }>()
    if (online === true && offline === true) throw usageError('--online and --offline exclude each other')
    const state = online === true ? 'true' : offline === true ? 'false' : undefined
    await writeList(output, client.pages<DeviceView>('/devices', { product, tag, online: state }), {
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
      none: 'No such device. A device becomes known when it connects, or by: fogbell device add PK/DN',
    })
  })
}

/** `disconnected 5 s ago: keepalive_timeout`. */
const endOf = ({ connection }: DeviceView, now: number): string =>
  connection === null ? '' : `${connection.what} ${ago(connection.at, now)}: ${connection.reason.replaceAll('_', ' ')}`

const describe = ({ output, io }: Call, device: DeviceView): void => {
  if (output.json) {
    output.value(device)
    return
  }
  const entries: [string, Cell][] = [
    ['device', nameOf(device)],
    ['state', device.online ? 'online' : 'offline'],
    ['last seen', ago(device.lastSeen, io.now())],
    ['last end', endOf(device, io.now())],
    ['gateway', clean(device.gateway ?? '')],
    ['tags', device.tags.map(clean).join(', ')],
    ['credential', device.credential],
    ['known since', `${ago(device.createdAt, io.now())} (${device.createdAt})`],
  ]
  for (const [module, { version, reportedAt }] of Object.entries(device.modules)) {
    entries.push([`module ${clean(module)}`, `${clean(version)}, reported ${ago(reportedAt, io.now())}`])
  }
  output.lines(pairs(entries))
}

/** Adds a command that takes a device. */
const addOne = (
  cli: Cli,
  parent: Command,
  name: string,
  says: string,
  act: (call: Call, path: string, device: string) => Promise<void>,
): Command => {
  const command = parent.command(name).description(says).argument('<PK/DN>', 'product key and device name')
  return remote(cli, command, (call) => {
    const device = String(command.args[0])
    return act(call, devicePath(device), device)
  })
}

interface AddOptions {
  readonly secret?: string
  readonly gateway?: string
  readonly tag?: readonly string[]
}

const isUnknown = (thrown: unknown): undefined => {
  if (thrown instanceof OtaError && thrown.code === 'OTA_DEVICE_UNKNOWN') return undefined
  throw thrown
}

/** What is known already stays but for what is named: a PUT would take tags and gateway away that are not repeated. */
const addDeviceRecord = async ({ client, output }: Call, path: string, { secret, gateway, tag }: AddOptions): Promise<void> => {
  if (gateway !== undefined) splitDevice(gateway)
  const body = {
    ...(secret === undefined ? {} : { secret }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(tag === undefined ? {} : { tags: tag }),
  }
  const known = await client.get<DeviceView>(path).catch(isUnknown)
  const device = await client.send<DeviceView>(known === undefined ? 'PUT' : 'PATCH', path, body)
  if (output.json) output.value(device)
  else output.line(`device ${nameOf(device)} ${known === undefined ? 'is added' : 'was known already; what was named is set'}`)
}

const addAdd = (cli: Cli, parent: Command): void => {
  const says = 'Make a device known before it connects. One that is known gets what is named.'
  const command = addOne(cli, parent, 'add', says, (call, path) => addDeviceRecord(call, path, command.opts<AddOptions>()))
  command
    .option('--secret <secret>', 'device secret, by which its CONNECT is checked')
    .option('--gateway <pk/dn>', 'gateway that speaks for it')
  repeatable(command, '--tag <tag>', 'a tag of it')
}

const addImport = (cli: Cli, parent: Command): void => {
  const command = parent
    .command('import')
    .description('Add many devices from a CSV file: product,name,secret,gateway,tags. All of them or none.')
    .argument('<FILE.csv>', 'the list')
  remote(cli, command, async ({ client, output }) => {
    const path = String(command.args[0])
    // The bytes as they are: the server refuses text that is not UTF-8 rather than take it garbled.
    const text = await readGiven(path)
    const answer = await client.text<ImportView>('/devices/import', 'text/csv', text)
    const { created, updated, unchanged } = answer
    if (output.json) output.value(answer)
    else output.line(`${plural(created, 'device')} added, ${updated} updated${unchanged > 0 ? `, ${unchanged} unchanged` : ''}`)
  })
}

const addTag = (cli: Cli, parent: Command): void => {
  const command = addOne(cli, parent, 'tag', 'Add tags to a device or remove them.', async ({ client, output }, path) => {
    const { add = [], remove = [] } = command.opts<{ add?: readonly string[]; remove?: readonly string[] }>()
    if (add.length + remove.length === 0) throw usageError('say which: --add TAG or --remove TAG')
    const { tags } = await client.get<DeviceView>(path)
    const wanted = [...new Set([...tags, ...add])].filter((tag) => !remove.includes(tag))
    const device = await client.send<DeviceView>('PATCH', path, { tags: wanted })
    if (output.json) output.value(device)
    else
      output.line(`device ${nameOf(device)} has ${device.tags.length === 0 ? 'no tags' : `the tags ${device.tags.map(clean).join(', ')}`}`)
  })
  repeatable(command, '--add <tag>', 'a tag to add')
  repeatable(command, '--remove <tag>', 'a tag to remove')
}

const addHistory = (cli: Cli, parent: Command): void => {
  addOne(cli, parent, 'history', 'Which versions a device ran, since when, and what brought them.', ({ client, output, io }, path) =>
    writeList(output, client.pages<RanView>(`${path}/history`), {
      head: ['SINCE', 'MODULE', 'VERSION', 'TASK', 'CAMPAIGN', 'SHA-256 OF THE IMAGE'],
      row: ({ at, module, version, task, campaign, sha256 }) => [
        `${at} (${ago(at, io.now())})`,
        clean(module),
        clean(version),
        task ?? 'by itself',
        campaign ?? '',
        sha256 ?? '',
      ],
      none: 'It has reported no version yet.',
    }),
  )
}

/** Adds `fogbell device …`. */
export const addDevice = (cli: Cli, program: Command): void => {
  const parent = program.command('device').description('Devices: list, show, add, import, tag, remove, understand.')
  addList(cli, parent)
  addOne(cli, parent, 'show', 'Show a device.', async (call, path) => describe(call, await call.client.get<DeviceView>(path)))
  addAdd(cli, parent)
  addImport(cli, parent)
  addTag(cli, parent)
  addOne(cli, parent, 'rm', 'Forget a device; its open tasks are canceled.', async ({ client, output }, path, device) => {
    await client.send('DELETE', path)
    if (output.json) output.value({ device, removed: true })
    else output.line(`device ${clean(device)} is removed`)
  })
  addOne(
    cli,
    parent,
    'forget-credential',
    'Forget what the device showed: the next CONNECT binds anew.',
    async ({ client, output }, path, device) => {
      await client.send('DELETE', `${path}/credential`)
      if (output.json) output.value({ device, credential: 'none' })
      else output.line(`the credential of ${clean(device)} is forgotten`)
    },
  )
  addHistory(cli, parent)
  addDeviceWhy(cli, parent)
  addDeviceWatch(cli, parent)
}
