// fogbell campaign edit and rm: change a draft, remove a campaign that does not run.

import type { Command } from 'commander'
import type { CampaignView } from './api-records.ts'
import { addFields, type CampaignFields, type CampaignOptions, fieldsOf, isFields, over, readCampaign } from './campaign-create.ts'
import { describeCampaign } from './campaign-show.ts'
import { addCommand, type Call, type Cli, idArgument } from './command.ts'
import { usageError } from './problem-text.ts'

/** CampaignFields that have fields: the server replaces each as a whole, so what is not given is given as it is. */
const nestedOf = ({ target, rate, schedule, timeouts, retry }: CampaignView): Readonly<Record<string, CampaignFields>> => ({
  target,
  rate,
  schedule: { startAt: schedule.startAt, endAt: schedule.endAt, windows: schedule.windows },
  timeouts,
  retry,
})

const changesOf = (fields: CampaignFields, campaign: CampaignView): CampaignFields => {
  const completed = Object.entries(nestedOf(campaign)).flatMap(([name, now]) => {
    const changed = fields[name]
    return isFields(changed) ? [[name, { ...now, ...changed }] as const] : []
  })
  return { ...fields, ...Object.fromEntries(completed) }
}

const edit = async (call: Call, id: string, options: CampaignOptions): Promise<void> => {
  const { client, io } = call
  const campaign = await client.get<CampaignView>(`/campaigns/${id}`)
  const fields = over(await readCampaign(io, options.file), await fieldsOf(call, options, options.firmware ?? campaign.firmware))
  if (Object.keys(fields).length === 0) throw usageError('nothing to change: give the options to be changed, or --file')
  describeCampaign(call, await client.send<CampaignView>('PATCH', `/campaigns/${id}`, changesOf(fields, campaign)))
}

/** Adds `fogbell campaign edit` and `rm`. */
export const addCampaignEdits = (cli: Cli, parent: Command): void => {
  const summary = 'Change a draft: only what is given; a list that is given replaces the old one.'
  const command = addCommand(cli, parent, idArgument('campaign'), 'edit', summary, (call, id) =>
    edit(call, id, command.opts<CampaignOptions>()),
  )
  addFields(cli, command, false)
  const removal = 'Remove a draft, or a campaign that has ended; its ended tasks stay with their devices.'
  addCommand(cli, parent, idArgument('campaign'), 'rm', removal, async ({ client, output }, id) => {
    await client.send('DELETE', `/campaigns/${id}`)
    output.result({ campaign: id, removed: true }, () => [`campaign ${id} removed`])
  })
}
