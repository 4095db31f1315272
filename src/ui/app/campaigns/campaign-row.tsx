// A campaign in the list of all: its state, how far it is, and what can be done with one click.

import type { Campaign } from '../../api/records.d.ts'
import { isRemovable, QuickAction, RemoveAction } from '../../parts/campaign-actions.tsx'
import { CampaignMark, CountsBar, countWords, packageWords, phaseToOpen } from '../../parts/campaign-state.tsx'
import { SaidWhen } from '../../parts/said-when.tsx'
import { campaignHref } from '../../router.ts'
import { listed, text } from '../../text/text.ts'
import { CampaignSaid } from './campaign-said.tsx'

const Times = ({ campaign: { createdAt, startedAt, endedAt } }: { readonly campaign: Campaign }) =>
  startedAt === null ? (
    <SaidWhen said={text('campaigns.madeAt')} at={createdAt} />
  ) : (
    <>
      <SaidWhen said={text('campaigns.startedAt')} at={startedAt} />
      {endedAt === null ? null : (
        <>
          {' · '}
          <SaidWhen said={text('campaigns.endedAt')} at={endedAt} />
        </>
      )}
    </>
  )

export interface CampaignRowFacts {
  readonly campaign: Campaign
  readonly isRemoved: boolean
}

export const CampaignRow = ({ campaign, isRemoved }: CampaignRowFacts) => (
  <li>
    <div class="campaign-title">
      <a href={campaignHref(campaign.id)}>
        <strong>{text('campaign.named', { id: campaign.id, name: campaign.name })}</strong>
      </a>{' '}
      <CampaignMark status={campaign.status} opens={phaseToOpen(campaign)} counts={campaign.counts} />
    </div>
    <div class="row campaign-acts">
      {isRemoved ? (
        <span class="dim">{text('campaigns.removed')}</span>
      ) : (
        <>
          <QuickAction campaign={campaign} opens={phaseToOpen(campaign)} />
          {campaign.status === 'draft' ? (
            <a class="button" href={`/campaigns/new?edit=${campaign.id}`}>
              {text('campaign.edit')}
            </a>
          ) : null}
          {isRemovable(campaign) ? <RemoveAction campaign={campaign} /> : null}
        </>
      )}
    </div>
    <p class="dim campaign-package">
      <a href={`/firmware?q=${encodeURIComponent(campaign.version)}`}>{packageWords(campaign)}</a>
      {' · '}
      <Times campaign={campaign} />
    </p>
    <CampaignSaid campaign={campaign} />
    <div class="campaign-bar">
      <CountsBar counts={campaign.counts} />
      <p class="dim small">{listed(countWords(campaign.counts))}</p>
    </div>
  </li>
)
