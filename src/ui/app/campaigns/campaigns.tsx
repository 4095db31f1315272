// All campaigns, the newest first: how each is, and what can be done at once. Rows change where they are; new ones come with "refresh".

import { withQuery } from '../../api/client.ts'
import { useFetched } from '../../api/fetched.ts'
import type { Campaign } from '../../api/records.d.ts'
import type { CampaignStatus } from '../../parts/campaign-state.tsx'
import { cursor, Pager } from '../../parts/pager.tsx'
import { Refused } from '../../parts/refused.tsx'
import { query, setQuery } from '../../router.ts'
import { text } from '../../text/text.ts'
import { CampaignRow } from './campaign-row.tsx'
import './campaigns.css'
import { type LiveCampaigns, useLiveCampaigns } from './live-campaigns.ts'

const size = 100
const statuses: readonly CampaignStatus[] = ['running', 'paused', 'scheduled', 'draft', 'completed', 'canceled']

interface CampaignPage {
  readonly items: readonly Campaign[]
  readonly next: string | null
}

const Filter = ({ status }: { readonly status: string }) => (
  <label class="row">
    {text('campaigns.status')}
    <select value={status} onChange={(event) => setQuery({ status: event.currentTarget.value, after: '' })}>
      <option value="">{text('campaigns.anyStatus')}</option>
      {statuses.map((each) => (
        <option key={each} value={each}>
          {text(`campaign.status.${each}`)}
        </option>
      ))}
    </select>
  </label>
)

const Empty = ({ status }: { readonly status: string }) =>
  status === '' ? (
    <p class="sheet">
      {text('campaigns.none')} <a href="/campaigns/new">{text('campaigns.pushFile')}</a>
    </p>
  ) : (
    <p class="sheet row">
      {text('campaigns.noneSuch')}
      <button type="button" onClick={() => setQuery({ status: '', after: '' })}>
        {text('campaigns.showAll')}
      </button>
    </p>
  )

/** What would be in the list, or not, if it were read now. */
const changesOf = (shown: readonly Campaign[], { seen }: LiveCampaigns, status: string, isFirst: boolean): number => {
  const ids = new Set(shown.map(({ id }) => id))
  const fits = (campaign: Campaign | null): boolean => campaign !== null && (status === '' || campaign.status === status)
  return [...seen].filter(([id, campaign]) => (ids.has(id) ? !fits(campaign) : isFirst && fits(campaign))).length
}

interface ListFacts {
  readonly page: CampaignPage
  readonly isPending: boolean
  readonly status: string
  readonly live: LiveCampaigns
}

const List = ({ page, isPending, status, live }: ListFacts) =>
  page.items.length === 0 ? (
    <Empty status={status} />
  ) : (
    <>
      <section class="sheet">
        <ul class="plain-list campaign-rows" data-rows>
          {page.items.map((campaign) => (
            <CampaignRow
              key={campaign.id}
              campaign={live.seen.get(campaign.id) ?? campaign}
              isRemoved={live.seen.get(campaign.id) === null}
            />
          ))}
        </ul>
      </section>
      <Pager next={page.next} size={size} shown={page.items.length} isPending={isPending} />
    </>
  )

export const Campaigns = () => {
  const status = query.value.get('status') ?? ''
  const page = useFetched<CampaignPage>(withQuery('/campaigns', { sort: '-id', status, limit: size, after: cursor() }))
  const live = useLiveCampaigns(page.data)
  const changes = changesOf(page.data?.items ?? [], live, status, cursor() === undefined)
  return (
    <div class="view">
      <header>
        <h1 tabIndex={-1}>{text('nav.campaigns')}</h1>
        {changes === 0 ? null : (
          <button type="button" onClick={page.reload}>
            {text('campaigns.refresh', { n: changes })}
          </button>
        )}
        <Filter status={status} />
        <a href="/api/v1/campaigns?format=csv" download="campaigns.csv">
          {text('campaigns.csv')}
        </a>
        <a class="button main" href="/campaigns/new">
          {text('campaign.new')}
        </a>
      </header>
      {page.problem === null ? null : <Refused problem={page.problem} onRetry={page.reload} />}
      {page.data === null ? null : <List page={page.data} isPending={page.isPending} status={status} live={live} />}
    </div>
  )
}
