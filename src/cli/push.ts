// fogbell push: adds an image, makes a campaign for it and starts it, and follows it where asked.

import type { Command } from 'commander'
import type { CampaignView, FirmwareView } from './api-records.ts'
import { type Call, type Cli, remote, repeatable } from './command.ts'
import { imageName, noteWarnings, uploadImage } from './firmware.ts'
import { bytes, clean, plural } from './format.ts'
import { watchRule } from './judge.ts'
import { usageError } from './problem-text.ts'
import { openCount } from './progress.ts'
import { watchCampaign } from './watch.ts'

interface PushOptions {
  readonly product: string
  readonly version: string
  readonly module?: string
  readonly device?: readonly string[]
  readonly tag?: readonly string[]
  readonly from?: readonly string[]
  readonly once?: boolean
  readonly reflash?: boolean
  readonly watch?: boolean
}

/** A device as pk/dn, from a name alone where the product is known. A device of another product cannot take the image. */
export const deviceOf = (text: string, product: string): string => {
  if (!text.includes('/')) return `${product}/${text}`
  if (!text.startsWith(`${product}/`)) throw usageError(`device "${text}" is not of product "${product}", which the image is for`)
  return text
}

const campaignBody = (image: FirmwareView, options: PushOptions): object => {
  const devices = (options.device ?? []).map((text) => deviceOf(text, options.product))
  const tags = options.tag ?? []
  const continuous = devices.length === 0 && tags.length === 0 && options.once !== true
  return {
    firmware: image.id,
    start: true,
    target: { devices, tags, from: options.from ?? [], continuous },
    reflash: options.reflash === true,
  }
}

const tell = ({ output }: Call, image: FirmwareView, campaign: CampaignView, watched: boolean): void => {
  output.line(`firmware ${image.id}: ${imageName(image)}, ${bytes(image.size)}`)
  const { counts, target, waiting, waitingFor } = campaign
  const parts = [plural(openCount(counts), 'device')]
  if (waiting > 0) parts.push(`${waiting} in line for ${waitingFor.length === 0 ? 'other campaigns' : `campaign ${waitingFor.join(', ')}`}`)
  if (counts.skipped > 0) parts.push(`${counts.skipped} already on ${clean(campaign.version)}`)
  if (target.continuous) parts.push('goes on for devices that appear later')
  output.line(`campaign ${campaign.id} started: ${parts.join(', ')}`)
  if (!watched) output.line(output.colors.dim(`follow it: fogbell campaign watch ${campaign.id}`))
}

/** A refusal leaves the image, which the next try may be for. */
const started = async (call: Call, image: FirmwareView, options: PushOptions): Promise<CampaignView> => {
  try {
    return await call.client.send<CampaignView>('POST', '/campaigns', campaignBody(image, options))
  } catch (cause) {
    call.output.note(`the image stays, as firmware ${image.id}; to remove it: fogbell firmware rm ${image.id}`)
    throw cause
  }
}

const push = async (call: Call, path: string, options: PushOptions): Promise<number> => {
  // Names are read before the upload, so that a slip there costs no transfer.
  for (const text of options.device ?? []) deviceOf(text, options.product)
  const image = await uploadImage(call, path, options)
  noteWarnings(call, image)
  const campaign = await started(call, image, options)
  noteWarnings(call, campaign)
  const watched = options.watch === true
  if (!call.output.json) tell(call, image, campaign, watched)
  else if (watched) call.output.value({ event: 'started', data: { firmware: image, campaign } })
  else call.output.value({ firmware: image, campaign })
  return watched ? await watchCampaign(call, campaign.id) : 0
}

/** Adds `fogbell push`. */
export const addPush = (cli: Cli, program: Command): void => {
  const command = program
    .command('push')
    .description('Update devices: add an image, make a campaign for it, start it.')
    .argument('<FILE>', 'the image')
    .requiredOption('--product <key>', 'product key of the devices')
    .requiredOption('--version <version>', 'the version that devices report when they run the image')
    .option('--module <name>', 'module that it updates (default: default)')
  repeatable(command, '--device <name>', 'only this device, as NAME or PRODUCT/NAME')
  repeatable(command, '--tag <tag>', 'only devices with this tag')
  repeatable(command, '--from <version>', 'only devices that run this version')
  command
    .option('--once', 'only devices known now, not those that appear later')
    .option('--reflash', 'update devices already on the version too')
    .option('--watch', 'follow it until all are done')
    .addHelpText('after', watchRule)
  remote(cli, command, (call) => push(call, String(command.args[0]), command.opts<PushOptions>()))
}
