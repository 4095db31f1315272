// What can be done with a campaign: pausing is one click; what ends or removes something asks first, with the name and the numbers.

import { request } from '../api/client.ts'
import type { Campaign, Retried } from '../api/records.d.ts'
import { paragraph, text } from '../text/text.ts'
import { Action } from './action.tsx'
import { failedIn } from './campaign-state.tsx'
import { ask } from './dialog.tsx'
import { attempt, notify } from './toast.tsx'

export type CampaignFacts = Pick<Campaign, 'id' | 'name' | 'status' | 'counts' | 'waiting'>

interface Facts {
  readonly campaign: CampaignFacts
}

/** A newer toast about the same campaign takes the place of the older one. */
const aboutOf = (id: string): string => `campaign ${id}`

const step = (id: string, verb: 'pause' | 'resume' | 'cancel' | 'start' | 'next', done: string, body?: object): Promise<boolean> =>
  attempt(() => request(`/campaigns/${id}/${verb}`, { method: 'POST', ...(body === undefined ? {} : { body }) }), done, aboutOf(id))

const nameOf = ({ id, name }: CampaignFacts): { readonly id: string; readonly name: string } => ({ id, name })

const PauseAction = ({ campaign }: Facts) => (
  <Action needs="operator" onAct={() => step(campaign.id, 'pause', text('campaign.wasPaused', nameOf(campaign)))}>
    {text('campaign.pause')}
  </Action>
)

const ResumeAction = ({ campaign }: Facts) => (
  <Action needs="operator" kind="main" onAct={() => step(campaign.id, 'resume', text('campaign.wasResumed', nameOf(campaign)))}>
    {text('campaign.resume')}
  </Action>
)

export const StartAction = ({ campaign }: Facts) => (
  <Action needs="operator" kind="main" onAct={() => step(campaign.id, 'start', text('campaign.wasBegun', nameOf(campaign)))}>
    {text('campaign.start')}
  </Action>
)

interface NextFacts extends Facts {
  /** The one that is opened, so that a second click opens no other. */
  readonly phase: number
  /** What it lacks, with the numbers: somebody must be sure. Left out: it has what it needs. */
  readonly lacks?: string | undefined
}

const openNext = async ({ campaign, phase, lacks }: NextFacts): Promise<void> => {
  const title = text('campaign.openTitle', { ...nameOf(campaign), phase })
  const isSure = lacks === undefined || (await ask({ title, body: <p>{lacks}</p>, action: text('campaign.openPhase', { phase }) }))
  if (isSure) await step(campaign.id, 'next', text('campaign.wasOpened', { phase }), { phase })
}

export const NextAction = (facts: NextFacts) => (
  <Action needs="operator" kind={facts.lacks === undefined ? 'main' : undefined} onAct={() => openNext(facts)}>
    {text('campaign.openPhase', { phase: facts.phase })}
  </Action>
)

/** Of those whose newest attempt did not succeed. */
export const failedOf = ({ counts }: Pick<Campaign, 'counts'>): number => failedIn(counts)

const retry = async ({ id }: CampaignFacts): Promise<boolean> =>
  attempt(async () => {
    const { body } = await request<Retried>(`/campaigns/${id}/retry`, { method: 'POST' })
    notify(text('campaign.wasRetried', { n: body.retried }), false, aboutOf(id))
  })

/** New attempts in the same campaign; one that was completed runs again. */
export const RetryAction = ({ campaign }: Facts) => (
  <Action needs="operator" onAct={() => retry(campaign)}>
    {text('campaign.retryFailed', { n: failedOf(campaign) })}
  </Action>
)

const CancelBody = ({ campaign, onForce }: Facts & { readonly onForce: (force: boolean) => void }) => {
  const { queued, notified, in_progress: going } = campaign.counts
  return (
    <>
      <p>
        {paragraph([
          going === 0 ? '' : text('campaign.cancelGoing', { n: going }),
          text('campaign.cancelOpen', { n: queued + notified + campaign.waiting }),
        ])}
      </p>
      {going === 0 ? null : (
        <label class="row">
          <input type="checkbox" onChange={(event) => onForce(event.currentTarget.checked)} />
          {text('campaign.cancelForce', { n: going })}
        </label>
      )}
    </>
  )
}

const cancel = async (campaign: CampaignFacts): Promise<void> => {
  let force = false
  const isSure = await ask({
    title: text('campaign.cancelTitle', nameOf(campaign)),
    body: <CancelBody campaign={campaign} onForce={(next) => (force = next)} />,
    action: text('campaign.cancelAct'),
  })
  if (isSure) await step(campaign.id, 'cancel', text('campaign.wasCanceled', nameOf(campaign)), { force })
}

export const CancelAction = ({ campaign }: Facts) => (
  <Action needs="operator" kind="danger" onAct={() => cancel(campaign)}>
    {text('campaign.cancel')}
  </Action>
)

/** What is in progress of a campaign that was canceled without it. */
const forceEnd = async (campaign: CampaignFacts): Promise<void> => {
  const n = campaign.counts.in_progress
  const isSure = await ask({
    title: text('campaign.forceTitle', { ...nameOf(campaign), n }),
    body: <p>{text('campaign.forceBody')}</p>,
    action: text('campaign.forceAct'),
  })
  if (isSure) await step(campaign.id, 'cancel', text('campaign.wasCanceled', nameOf(campaign)), { force: true })
}

export const ForceAction = ({ campaign }: Facts) => (
  <Action needs="operator" kind="danger" onAct={() => forceEnd(campaign)}>
    {text('campaign.forceEnd', { n: campaign.counts.in_progress })}
  </Action>
)

const remove = async (campaign: CampaignFacts, onRemoved?: () => void): Promise<void> => {
  const devices = Object.values(campaign.counts).reduce((sum, count) => sum + count, 0)
  const isSure = await ask({
    title: text('campaign.removeTitle', nameOf(campaign)),
    body: <p>{campaign.status === 'draft' ? text('campaign.removeDraft') : text('campaign.removeEnded', { n: devices })}</p>,
    action: text('campaign.removeAct'),
  })
  if (!isSure) return
  const isDone = await attempt(
    () => request(`/campaigns/${campaign.id}`, { method: 'DELETE' }),
    text('campaign.wasRemoved', nameOf(campaign)),
    aboutOf(campaign.id),
  )
  if (isDone) onRemoved?.()
}

export const RemoveAction = ({ campaign, onRemoved }: Facts & { readonly onRemoved?: () => void }) => (
  <Action needs="operator" kind="danger" onAct={() => remove(campaign, onRemoved)}>
    {text('campaign.remove')}
  </Action>
)

/** Whether it can be removed. */
export const isRemovable = ({ status, counts }: Pick<Campaign, 'status' | 'counts'>): boolean =>
  status === 'draft' || ((status === 'completed' || status === 'canceled') && counts.in_progress === 0)

/** Pause or resume, whichever there is, in the same place. */
export const PauseOrResume = ({ campaign }: Facts) =>
  campaign.status === 'running' || campaign.status === 'paused' ? (
    <span class="slot">{campaign.status === 'running' ? <PauseAction campaign={campaign} /> : <ResumeAction campaign={campaign} />}</span>
  ) : null

/** What can be done with one click. `opens`: the phase that waits for an operator; its button comes and goes before the other one's place. */
export const QuickAction = ({ campaign, opens }: Facts & { readonly opens: number | null }) => (
  <>
    {opens === null ? null : <NextAction campaign={campaign} phase={opens} />}
    <PauseOrResume campaign={campaign} />
  </>
)
