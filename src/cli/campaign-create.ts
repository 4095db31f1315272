// fogbell campaign create: every field of a campaign as an option. What is left out the server decides.

import type { Command } from 'commander'
import { describeCampaign } from './campaign-show.ts'
import { type Call, type Cli, id, remote, repeatable, time, whole } from './command.ts'
import { deviceOf } from './push.ts'
import type { CampaignView, FirmwareView } from './views.ts'

interface CreateOptions {
  readonly firmware: string
  readonly name?: string
  readonly device?: readonly string[]
  readonly tag?: readonly string[]
  readonly from?: readonly string[]
  readonly exclude?: readonly string[]
  readonly continuous?: boolean
  readonly maxInProgress?: number
  readonly responseTimeout?: number
  readonly upgradeTimeout?: number
  readonly stallTimeout?: number
  readonly retry?: number
  readonly retryDelay?: number
  readonly retryOnTimeout?: boolean
  readonly push: boolean
  readonly reflash?: boolean
  readonly start?: boolean
}

/** The fields that were given; undefined where none was. */
const given = <T extends object>(fields: T): Partial<T> | undefined => {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Partial<T>)
}

/** Device names without a product are of the image's, which is asked for only then. */
const devicesOf = async ({ client }: Call, names: readonly string[], firmware: string): Promise<readonly string[]> => {
  if (names.every((name) => name.includes('/'))) return names
  const { product } = await client.get<FirmwareView>(`/firmware/${firmware}`)
  return names.map((name) => deviceOf(name, product))
}

const bodyOf = async (call: Call, options: CreateOptions): Promise<object> => ({
  firmware: options.firmware,
  ...given({ name: options.name, start: options.start, reflash: options.reflash }),
  push: options.push,
  target: {
    devices: await devicesOf(call, options.device ?? [], options.firmware),
    tags: options.tag ?? [],
    from: options.from ?? [],
    exclude: await devicesOf(call, options.exclude ?? [], options.firmware),
    continuous: options.continuous === true,
  },
  ...given({
    rate: given({ maxInProgress: options.maxInProgress }),
    timeouts: given({
      noResponseSeconds: options.responseTimeout,
      upgradeSeconds: options.upgradeTimeout,
      stallSeconds: options.stallTimeout,
    }),
    retry: given({ max: options.retry, delaySeconds: options.retryDelay, onTimeout: options.retryOnTimeout }),
  }),
})

const addTargets = (command: Command): void => {
  command.requiredOption('--firmware <id>', 'the image', id).option('--name <name>', 'what people call the campaign')
  repeatable(command, '--device <name>', 'only this device, as NAME or PRODUCT/NAME')
  repeatable(command, '--tag <tag>', 'only devices with this tag')
  repeatable(command, '--from <version>', 'only devices that run this version')
  repeatable(command, '--exclude <name>', 'never this device')
  command.option('--continuous', 'devices that appear later are updated too').option('--reflash', 'devices already on the version too')
}

const addPace = (command: Command): void => {
  command
    .option('--max-in-progress <n>', 'devices told or in progress at once', whole(1))
    .option('--response-timeout <time>', 'told and silent this long: timed out', time)
    .option('--upgrade-timeout <time>', 'from the first progress to the new version', time)
    .option('--stall-timeout <time>', 'without progress and bytes this long: timed out', time)
    .option('--retry <n>', 'new attempts after a failure, 0 to 5', whole(0, 5))
    .option('--retry-delay <time>', 'before each new attempt', time)
    .option('--retry-on-timeout', 'new attempts after time-outs too')
    .option('--no-push', 'only devices that ask by themselves')
    .option('--start', 'start it at once')
}

/** Adds `fogbell campaign create`. */
export const addCampaignCreate = (cli: Cli, parent: Command): void => {
  const command = parent.command('create').description('Make a campaign for an image; a draft unless --start is given.')
  addTargets(command)
  addPace(command)
  remote(cli, command, async (call) => {
    const body = await bodyOf(call, command.opts<CreateOptions>())
    describeCampaign(call, await call.client.send<CampaignView>('POST', '/campaigns', body))
  })
}
