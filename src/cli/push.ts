// fogbell push: adds an image, creates a campaign for it, starts it, and follows it with --watch.

import type { Command } from 'commander'
import { type AbortChoice, addAborts, rulesGiven } from './abort-options.ts'
import type { CampaignView, FirmwareView } from './api-records.ts'
import { abortHelp } from './campaign-specs.ts'
import { addCommand, type Call, type Cli, repeatable } from './command.ts'
import { imageName, noteWarnings, uploadImage } from './firmware.ts'
import { bytes, clean, devicesText } from './format.ts'
import { watchRule } from './judge.ts'
import { usageError } from './problem-text.ts'
import { beingMade, isBeingMade, openCount } from './progress.ts'
import { requiredOption } from './usage.ts'
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
  readonly abort?: AbortChoice
  readonly watch?: boolean
}

/** A device as pk/dn, also from a name alone. A device of another product cannot take the image. */
export const deviceOf = (text: string, product: string): string => {
  if (!text.includes('/')) return `${product}/${text}`
  if (!text.startsWith(`${product}/`)) throw usageError(`device "${text}" does not belong to the image's product "${product}"`)
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
    abort: rulesGiven(options.abort),
  }
}

const report = ({ output }: Call, image: FirmwareView, campaign: CampaignView, watched: boolean): void => {
  output.line(`firmware ${image.id}: ${imageName(image)}, ${bytes(image.size)}`)
  const { counts, target, unreported, waiting, waitingFor } = campaign
  const parts = [isBeingMade(campaign) ? beingMade : devicesText(openCount(counts), unreported)]
  if (waiting > 0) parts.push(`${waiting} waiting for ${waitingFor.length === 0 ? 'other campaigns' : `campaign ${waitingFor.join(', ')}`}`)
  if (counts.skipped > 0) parts.push(`${counts.skipped} already on ${clean(campaign.version)}`)
  if (target.continuous) parts.push('continues for devices that appear later')
  output.line(`campaign ${campaign.id} started: ${parts.join(', ')}`)
  if (!watched) output.line(output.colors.dim(`follow it: fogbell campaign watch ${campaign.id}`))
}

/** After a refusal the image stays: the next try may use it. */
const started = async (call: Call, image: FirmwareView, options: PushOptions): Promise<CampaignView> => {
  try {
    return await call.client.send<CampaignView>('POST', '/campaigns', campaignBody(image, options))
  } catch (cause) {
    call.output.note(`the image was added as firmware ${image.id}; to remove it: fogbell firmware rm ${image.id}`)
    throw cause
  }
}

const push = async (call: Call, path: string, options: PushOptions): Promise<number> => {
  // Names are checked before the upload, so that a mistake in one does not cost an upload.
  for (const text of options.device ?? []) deviceOf(text, options.product)
  const image = await uploadImage(call, path, options)
  noteWarnings(call, image)
  const campaign = await started(call, image, options)
  noteWarnings(call, campaign)
  const watched = options.watch === true
  if (!call.output.json) report(call, image, campaign, watched)
  else if (watched) call.output.value({ event: 'started', data: { firmware: image, campaign } })
  else call.output.value({ firmware: image, campaign })
  return watched ? await watchCampaign(call, campaign.id) : 0
}

/** Adds `fogbell push`. */
export const addPush = (cli: Cli, program: Command): void => {
  const summary = 'Update devices: add an image, create a campaign for it, start it.'
  const command = addCommand(cli, program, { flags: '<FILE>', description: 'the image' }, 'push', summary, (call, path) =>
    push(call, path, command.opts<PushOptions>()),
  )
  requiredOption(command, '--product <key>', 'product key of the devices')
  requiredOption(command, '--version <version>', 'version that devices report when the image is installed')
  command.option('--module <name>', 'module that it updates (default: default)')
  repeatable(command, '--device <name>', 'only this device, as NAME or PRODUCT/NAME')
  repeatable(command, '--tag <tag>', 'only devices with this tag')
  repeatable(command, '--from <version>', 'only devices on this version')
  addAborts(command)
  command
    .option('--once', 'only devices known now, not those that appear later')
    .option('--reflash', 'also update devices that have the version already')
    .option('--watch', 'follow it until all devices are done')
    .addHelpText('after', `${watchRule}\n\n${abortHelp}`)
}
