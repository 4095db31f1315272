// Campaigns that are not at their end: the sentence, what can be done at once, how far each is.

import type { Figures } from '../../api/live.ts'
import { QuickAction } from '../../parts/campaign-actions.tsx'
import { CampaignMark, CountsBar, campaignSentence, countWords, packageWords } from '../../parts/campaign-state.tsx'
import { Fold } from '../../parts/fold.tsx'
import { Said } from '../../parts/said.tsx'
import { When } from '../../parts/when.tsx'
import { campaignHref } from '../../router.ts'
import { listed, paragraph, text } from '../../text/text.ts'

type Running = Figures['campaigns'][number]

/** Its state, and which of its phases is open. */
const sentenceOf = (campaign: Running): string => {
  const { phase, phases } = campaign
  return paragraph([
    campaignSentence(campaign, campaign.opens),
    phase === null || phases < 2 ? '' : text('campaign.inPhase', { phase, phases }),
  ])
}

const Row = ({ campaign }: { readonly campaign: Running }) => (
  <li class="campaign">
    <div>
      <a href={campaignHref(campaign.id)}>
        <strong>{text('campaign.named', { id: campaign.id, name: campaign.name })}</strong>
      </a>{' '}
      <CampaignMark status={campaign.status} opens={campaign.opens} />
      <p class="dim">
        {packageWords(campaign)}
        {campaign.startedAt === null ? null : (
          <>
            {' · '}
            <When at={campaign.startedAt} />
          </>
        )}
      </p>
    </div>
    <div class="row end">
      <QuickAction campaign={campaign} opens={campaign.opens} />
    </div>
    <p>
      <Said said={sentenceOf(campaign)} />
    </p>
    <CountsBar counts={campaign.counts} />
    <p class="dim small">{listed(countWords(campaign.counts))}</p>
  </li>
)

export const RunningCampaigns = ({ now: { campaigns, otherCampaigns } }: { readonly now: Figures }) => {
  return (
    <section class="sheet">
      <h2>{text('overview.campaigns')}</h2>
      {campaigns.length === 0 ? (
        <p class="dim">
          {text('overview.noCampaign')} <a href="/campaigns/new">{text('campaign.new')}</a>
        </p>
      ) : (
        <Fold>
          {campaigns.map((campaign) => (
            <Row key={campaign.id} campaign={campaign} />
          ))}
        </Fold>
      )}
      {otherCampaigns === 0 ? null : <a href="/campaigns">{text('overview.otherCampaigns', { n: otherCampaigns })}</a>}
    </section>
  )
}
