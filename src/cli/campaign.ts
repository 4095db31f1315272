// fogbell campaign: lists, shows, steers and follows campaigns.

import type { Command } from 'commander'
import type { CampaignView } from './api-records.ts'
import { addCampaignCreate } from './campaign-create.ts'
import { describeCampaign } from './campaign-show.ts'
import { type Call, type Cli, id, remote, whole } from './command.ts'
import { ago, clean, plural } from './format.ts'
import { watchRule } from './judge.ts'
import { writeList } from './output.ts'
import { countsText, lostCount, openCount } from './progress.ts'
import { stuckLine } from './stages.ts'
import { watchCampaign } from './watch.ts'

const listCampaigns = ({ client, output, io }: Call): Promise<void> =>
  writeList(output, client.pages<CampaignView>('/campaigns'), {
    head: ['ID', 'STATUS', 'PHASE', 'PRODUCT', 'MODULE', 'VERSION', 'DONE', 'NOT DONE', 'OPEN', 'CREATED', 'NAME'],
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

/** Adds a command that takes a campaign's id. */
const addOne = (
  cli: Cli,
  parent: Command,
  name: string,
  says: string,
  act: (call: Call, id: string) => Promise<number | undefined>,
): Command => {
  const command = parent.command(name).description(says).argument('<ID>', 'its id', id)
  return remote(cli, command, (call) => act(call, String(command.args[0])))
}

/** `running, phase 2 of 3`. */
const stepText = ({ status, phase, phases }: CampaignView, step: string): string =>
  step === 'next' && phase !== null ? `${status}, phase ${phase} of ${phases.length}` : status

const goesOn = ({ id, counts }: CampaignView): string =>
  `${plural(counts.in_progress, 'device')} in progress ${counts.in_progress === 1 ? 'goes' : 'go'} on; to end these too: fogbell campaign cancel ${id} --force`

const addStep = (cli: Cli, parent: Command, step: string, says: string): Command => {
  const command = addOne(cli, parent, step, says, async ({ client, output }, campaignId) => {
    const { force, phase } = command.opts<{ force?: boolean; phase?: number }>()
    const body = step === 'cancel' ? { force: force === true } : phase === undefined ? undefined : { phase }
    const campaign = await client.send<CampaignView>('POST', `/campaigns/${campaignId}/${step}`, body)
    if (output.json) output.value(campaign)
    else
      output.line(`campaign ${campaign.id} is ${stepText(campaign, step)}: ${countsText(campaign.counts, output.colors, campaign.waiting)}`)
    const stuck = step === 'resume' ? stuckLine(campaign) : undefined
    if (!output.json && stuck !== undefined) output.note(clean(stuck))
    if (!output.json && step === 'cancel' && campaign.counts.in_progress > 0) output.note(goesOn(campaign))
    return 0
  })
  return command
}

const retry = async ({ client, output }: Call, campaignId: string): Promise<number> => {
  const answer = await client.send<{ readonly retried: number }>('POST', `/campaigns/${campaignId}/retry`)
  if (output.json) output.value(answer)
  else output.line(answer.retried === 0 ? 'nothing to try again' : `${plural(answer.retried, 'device')} tried again`)
  return 0
}

/** Adds `fogbell campaign …`. */
export const addCampaign = (cli: Cli, program: Command): void => {
  const parent = program.command('campaign').description('Campaigns: make, list, show, steer, follow.')
  addCampaignCreate(cli, parent)
  remote(cli, parent.command('list').description('List all campaigns.'), listCampaigns)
  addOne(cli, parent, 'show', 'Show a campaign.', async (call, campaignId) => {
    describeCampaign(call, await call.client.get<CampaignView>(`/campaigns/${campaignId}`))
    return 0
  })
  addStep(cli, parent, 'start', 'Start a draft.')
  addStep(cli, parent, 'pause', 'Hand out nothing new; those in progress go on.')
  addStep(cli, parent, 'resume', 'Go on after a pause; what has finished so far no longer counts for its abort rules.')
  addStep(cli, parent, 'next', 'Open the next phase, whatever the one before it says.').option(
    '--phase <N>',
    'only if phase N is the next one: said twice, it opens one phase',
    whole(2),
  )
  addStep(cli, parent, 'cancel', 'End it for good: what waits or was told is canceled.').option(
    '--force',
    'also those in progress: their links end, and their reports change nothing but the version shown',
  )
  addOne(cli, parent, 'retry', 'Make new attempts for devices that failed, timed out or declined.', retry)
  addOne(cli, parent, 'watch', 'Follow it until all are done.', (call, campaignId) => watchCampaign(call, campaignId)).addHelpText(
    'after',
    watchRule.replace('--watch ends', 'It ends'),
  )
}
