// fogbell campaign: lists, shows, controls and follows campaigns.

import type { Command } from 'commander'
import type { CampaignView } from './api-records.ts'
import { addCampaignCreate } from './campaign-create.ts'
import { addCampaignEdits } from './campaign-edit.ts'
import { describeCampaign } from './campaign-show.ts'
import { addCommand, type Call, type Cli, idArgument, remote, repeatable, whole } from './command.ts'
import { csvOption, writeCsv } from './csv-list.ts'
import { ago, clean, plural, withLocalTimes } from './format.ts'
import { openWatchRule } from './judge.ts'
import { writeList } from './output.ts'
import { campaignCounts, lostCount, openCount } from './progress.ts'
import { deviceOf } from './push.ts'
import { stuckLine } from './stages.ts'
import { watchCampaign } from './watch.ts'

const listCampaigns = ({ client, output, io }: Call): Promise<void> =>
  writeList(output, client.pages<CampaignView>('/campaigns'), {
    head: ['ID', 'STATUS', 'PHASE', 'PRODUCT', 'MODULE', 'VERSION', 'SUCCEEDED', 'UNSUCCESSFUL', 'OPEN', 'CREATED', 'NAME'],
    row: (campaign) => [
      campaign.id,
      campaign.status,
      campaign.phases.length === 0 ? '' : `${campaign.phase ?? 0} of ${campaign.phases.length}`,
      clean(campaign.product),
      clean(campaign.module),
      clean(campaign.version),
      String(campaign.counts.succeeded + campaign.counts.skipped),
      lostCount(campaign.counts) > 0 ? { text: String(lostCount(campaign.counts)), style: output.colors.red } : '0',
      String(openCount(campaign.counts)),
      ago(campaign.createdAt, io.now()),
      clean(campaign.name),
    ],
    none: 'No campaign yet: fogbell push FILE --product PK --version V',
  })

/** `running, phase 2 of 3`. */
const stepText = ({ status, phase, phases }: CampaignView, step: string): string =>
  step === 'next' && phase !== null ? `${status}, phase ${phase} of ${phases.length}` : status

const remainingText = ({ id, counts }: CampaignView): string =>
  `${plural(counts.in_progress, 'device')} in progress will continue; to end these too: fogbell campaign cancel ${id} --force`

const addStep = (cli: Cli, parent: Command, step: string, summary: string): Command => {
  const command = addCommand(cli, parent, idArgument('campaign'), step, summary, async ({ client, output }, id) => {
    const { force, phase } = command.opts<{ force?: boolean; phase?: number }>()
    const body = step === 'cancel' ? { force: force === true } : phase === undefined ? undefined : { phase }
    const campaign = await client.send<CampaignView>('POST', `/campaigns/${id}/${step}`, body)
    output.result(campaign, () => [`campaign ${campaign.id} is ${stepText(campaign, step)}: ${campaignCounts(campaign, output.colors)}`])
    const stuck = step === 'resume' ? stuckLine(campaign) : undefined
    if (!output.json && stuck !== undefined) output.note(clean(withLocalTimes(stuck)))
    if (!output.json && step === 'cancel' && campaign.counts.in_progress > 0) output.note(remainingText(campaign))
  })
  return command
}

const retried = (output: Call['output'], answer: { readonly retried: number }): void =>
  output.result(answer, () => [answer.retried === 0 ? 'nothing to retry' : `${plural(answer.retried, 'device')} will be retried`])

const addRetry = (cli: Cli, parent: Command): void => {
  const summary = 'Make new attempts for devices that failed, timed out or rejected the update.'
  const command = addCommand(cli, parent, idArgument('campaign'), 'retry', summary, async ({ client, output }, campaign) => {
    const { device: names } = command.opts<{ device?: readonly string[] }>()
    const devices = names && (await devicesOfCampaign(client, campaign, names))
    retried(output, await client.send('POST', `/campaigns/${campaign}/retry`, devices && { devices }))
  })
  repeatable(command, '--device <name>', 'only this device, as NAME or PRODUCT/NAME')
}

/** Names without a product are of the campaign's, which is read only if there are such names. */
const devicesOfCampaign = async (client: Call['client'], campaign: string, names: readonly string[]): Promise<readonly string[]> => {
  if (names.every((name) => name.includes('/'))) return names
  const { product } = await client.get<CampaignView>(`/campaigns/${campaign}`)
  return names.map((name) => deviceOf(name, product))
}

/** Adds `fogbell campaign …`. */
export const addCampaign = (cli: Cli, program: Command): void => {
  const parent = program.command('campaign').description('Campaigns: create, list, show, change, control, follow.')
  addCampaignCreate(cli, parent)
  const list = csvOption(parent.command('list').description('List all campaigns.'))
  remote(cli, list, (call) => (list.opts<{ csv?: boolean }>().csv === true ? writeCsv(call, '/campaigns') : listCampaigns(call)))
  addCommand(cli, parent, idArgument('campaign'), 'show', 'Show a campaign.', async (call, id) =>
    describeCampaign(call, await call.client.get<CampaignView>(`/campaigns/${id}`)),
  )
  addCampaignEdits(cli, parent)
  addStep(cli, parent, 'start', 'Start a draft.')
  addStep(cli, parent, 'pause', 'Start no new updates; those in progress continue.')
  addStep(cli, parent, 'resume', 'Continue after a pause; what has finished so far no longer counts for its abort rules.')
  addStep(cli, parent, 'next', 'Open the next phase, whatever the result of the one before it.').option(
    '--phase <N>',
    'only if phase N is the next one, so that a repeated command opens one phase',
    whole(2),
  )
  addStep(cli, parent, 'cancel', 'Cancel the campaign; queued and notified tasks are canceled too.').option(
    '--force',
    'also cancel tasks in progress: downloads stop, and later reports only update the version shown for the device',
  )
  addRetry(cli, parent)
  const watch = addCommand(cli, parent, idArgument('campaign'), 'watch', 'Follow it until it ends.', (call, id) =>
    watchCampaign(call, id, { untilIdle: watch.opts<{ untilIdle?: boolean }>().untilIdle === true }),
  )
  watch.option('--until-idle', 'only until all known devices are done').addHelpText('after', openWatchRule)
}
