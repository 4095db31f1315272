// A campaign: is it well, what failed with whom and why, what happens next and when; then the list of its devices. One event has all of it.

import { useFetched } from '../../api/fetched.ts'
import type { Campaign } from '../../api/records.d.ts'
import { CampaignMark, CountsBar, countWords, failedIn, packageWords, phaseToOpen, progressOf } from '../../parts/campaign-state.tsx'
import { Figure } from '../../parts/figure.tsx'
import { Mark } from '../../parts/mark.tsx'
import { Refused } from '../../parts/refused.tsx'
import { SaidWhen } from '../../parts/said-when.tsx'
import { sharesOf } from '../../parts/shares.ts'
import { listed, number, text } from '../../text/text.ts'
import { BurnDown } from './burn-down-chart.tsx'
import { CampaignControls } from './campaign-controls.tsx'
import './campaign.css'
import { CampaignSaid } from './campaign-said.tsx'
import { CampaignSteps } from './campaign-steps.tsx'
import { Conditions } from './conditions.tsx'
import { FailureReasons } from './failure-reasons.tsx'
import { LeftOutNow } from './left-out-now.tsx'
import { useLiveCampaign } from './live-campaigns.ts'
import { NextSteps } from './next-steps.tsx'
import { PhasePicture } from './phase-picture.tsx'
import { TaskList } from './task-list.tsx'
import { useTitle } from './use-title.ts'

interface Facts {
  readonly campaign: Campaign
}

const percentOf = (part: number, all: number): string =>
  text('unit.percent', { value: all === 0 ? '0' : number(Math.floor((part / all) * 100)) })

const shareText = (share: number | undefined): string => text('unit.percent', { value: number(share ?? 0) })

/** What the figure counts, where that is more than the state `failed`. */
const failedWords = (counts: Campaign['counts'], share: string): string => {
  const parts = (['failed', 'timed_out', 'rejected'] as const).filter((state) => counts[state] > 0)
  if (parts.every((state) => state === 'failed')) return share
  const each = parts.map((state) => text('task.counted', { n: counts[state], state: text(`task.state.${state}`) }))
  return text('unit.named', { name: share, value: listed(each) })
}

const Strip = ({ campaign }: Facts) => {
  const { counts, waiting } = campaign
  const { all, ended } = progressOf(counts)
  const failed = failedIn(counts)
  const [succeededShare, failedShare] = sharesOf([counts.succeeded, failed])
  return (
    <section class="sheet stack" aria-label={text('overview.figures')}>
      <div class="figures">
        <Figure
          name={text('campaigns.finished')}
          value={percentOf(ended, all + waiting)}
          unit={text('campaigns.ofAll', { ended, n: all + waiting })}
        />
        <Figure name={text('campaigns.succeeded')} value={number(counts.succeeded)} unit={shareText(succeededShare)} />
        <Figure name={text('campaigns.failedOnes')} value={number(failed)} unit={failedWords(counts, shareText(failedShare))} />
        <Figure
          name={text('campaigns.underWay')}
          value={number(counts.notified + counts.in_progress)}
          unit={text('overview.queued', { n: counts.queued + waiting })}
        />
      </div>
      <CountsBar counts={counts} />
      <p class="dim small words">{listed(countWords(counts))}</p>
    </section>
  )
}

/** `paused by mei 5 minutes ago`; that of the start has the moment that the campaign began. */
const LastStep = ({ campaign: { lastStep } }: Facts) =>
  lastStep === null ? null : (
    <span data-step={lastStep.step}>
      {' · '}
      <SaidWhen
        said={text('campaigns.stepAt', {
          what: text(`campaigns.step.${lastStep.step}`, { who: text(`campaigns.who.${lastStep.kind}`, { name: lastStep.by }) }),
        })}
        at={lastStep.at}
      />
    </span>
  )

/** Not said where the last step says it with who did it. */
const Began = ({ campaign: { startedAt, createdAt, lastStep } }: Facts) =>
  startedAt === null ? (
    <>
      {' · '}
      <SaidWhen said={text('campaigns.madeAt')} at={createdAt} />
    </>
  ) : lastStep?.step === 'start' ? null : (
    <>
      {' · '}
      <SaidWhen said={text('campaigns.startedAt')} at={startedAt} />
    </>
  )

const Origin = ({ campaign }: Facts) => (
  <p class="dim">
    <a href={`/firmware?q=${encodeURIComponent(campaign.version)}`}>{packageWords(campaign)}</a>
    <Began campaign={campaign} />
    <LastStep campaign={campaign} />
    {campaign.endedAt === null ? null : (
      <>
        {' · '}
        <SaidWhen said={text('campaigns.endedAt')} at={campaign.endedAt} />
      </>
    )}
  </p>
)

const Warnings = ({ campaign }: Facts) =>
  (campaign.warningDetails ?? []).length === 0 ? null : (
    <ul class="plain-list sheet">
      {(campaign.warningDetails ?? []).map(({ text: said }) => (
        <li key={said}>
          <Mark kind="warn">{said}</Mark>
        </li>
      ))}
    </ul>
  )

const Body = ({ campaign }: Facts) => (
  <>
    <div>
      <CampaignSaid campaign={campaign} />
      <Origin campaign={campaign} />
    </div>
    <Warnings campaign={campaign} />
    <Strip campaign={campaign} />
    <div class="halves">
      <FailureReasons campaign={campaign} />
      <NextSteps campaign={campaign} />
    </div>
    <PhasePicture campaign={campaign} />
    <BurnDown campaign={campaign} />
    <TaskList campaign={campaign} />
    <div class="halves">
      <LeftOutNow campaign={campaign} />
      <Conditions campaign={campaign} />
    </div>
    <CampaignSteps campaign={campaign} />
  </>
)

const Removed = () => (
  <p class="sheet">
    {text('campaigns.removed')} <a href="/campaigns">{text('nav.campaigns')}</a>
  </p>
)

/** The heading is the same element before and after the campaign is read: it may have the focus. */
export const CampaignView = ({ params }: { readonly params: readonly string[] }) => {
  const [id = ''] = params
  const read = useFetched<Campaign>(`/campaigns/${encodeURIComponent(id)}`)
  const campaign = useLiveCampaign(read.data)
  const title = campaign ? text('campaigns.titled', { id, name: campaign.name }) : text('campaigns.titledAlone', { id })
  useTitle(title)
  return (
    <div class="view campaign-view">
      <header>
        <h1 tabIndex={-1}>{title}</h1>
        {campaign ? <CampaignMark status={campaign.status} opens={phaseToOpen(campaign)} counts={campaign.counts} /> : null}
        {campaign ? <CampaignControls campaign={campaign} /> : null}
      </header>
      {campaign === null ? <Removed /> : null}
      {campaign ? <Body campaign={campaign} /> : null}
      {read.problem === null ? null : <Refused problem={read.problem} onRetry={read.reload} />}
    </div>
  )
}
