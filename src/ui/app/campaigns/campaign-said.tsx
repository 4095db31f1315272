// The sentence of a campaign, with its commands as code.

import type { Campaign } from '../../api/records.d.ts'
import { campaignSentence, phaseToOpen } from '../../parts/campaign-state.tsx'

/** Text between backticks is shown as code. */
export const parts = (said: string): readonly string[] => said.split('`')

export const CampaignSaid = ({ campaign }: { readonly campaign: Campaign }) => (
  <p class="said">
    {parts(campaignSentence(campaign, phaseToOpen(campaign))).map((part, at) =>
      at % 2 === 1 ? <code key={at}>{part}</code> : <span key={at}>{part}</span>,
    )}
  </p>
)
