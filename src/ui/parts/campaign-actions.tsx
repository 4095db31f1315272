// What can be done with a campaign that has begun: pausing is one click; what ends something asks first, with the numbers.

import { request } from '../api/client.ts'
import type { Campaign } from '../api/records.d.ts'
import { text } from '../text/text.ts'
import { Action } from './action.tsx'
import { ask } from './dialog.tsx'
import { attempt } from './toast.tsx'

export type CampaignFacts = Pick<Campaign, 'id' | 'name' | 'status' | 'counts'>

const step = (id: string, verb: 'pause' | 'resume' | 'cancel' | 'start', done: string, body?: object): Promise<boolean> =>
  attempt(() => request(`/campaigns/${id}/${verb}`, { method: 'POST', ...(body === undefined ? {} : { body }) }), done)

const nameOf = ({ id, name }: CampaignFacts): { readonly id: string; readonly name: string } => ({ id, name })

export const PauseAction = ({ campaign }: { readonly campaign: CampaignFacts }) => (
  <Action needs="operator" onAct={() => step(campaign.id, 'pause', text('campaign.wasPaused', nameOf(campaign)))}>
    {text('campaign.pause')}
  </Action>
)

export const ResumeAction = ({ campaign }: { readonly campaign: CampaignFacts }) => (
  <Action needs="operator" kind="main" onAct={() => step(campaign.id, 'resume', text('campaign.wasResumed', nameOf(campaign)))}>
    {text('campaign.resume')}
  </Action>
)

const cancel = async (campaign: CampaignFacts): Promise<void> => {
  const { queued, notified, in_progress: inProgress } = campaign.counts
  const isSure = await ask({
    title: text('campaign.cancelTitle', nameOf(campaign)),
    body: <p>{text('campaign.cancelBody', { going: inProgress, open: queued + notified })}</p>,
    action: text('campaign.cancelAct'),
  })
  if (isSure) await step(campaign.id, 'cancel', text('campaign.wasCanceled', nameOf(campaign)))
}

export const CancelAction = ({ campaign }: { readonly campaign: CampaignFacts }) => (
  <Action needs="operator" kind="danger" onAct={() => cancel(campaign)}>
    {text('campaign.cancel')}
  </Action>
)

/** Pause or resume, whichever there is. */
export const QuickAction = ({ campaign }: { readonly campaign: CampaignFacts }) =>
  campaign.status === 'running' ? (
    <PauseAction campaign={campaign} />
  ) : campaign.status === 'paused' ? (
    <ResumeAction campaign={campaign} />
  ) : null
