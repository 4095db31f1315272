// A campaign's turn: it begins, its next phase opens, it offers, it ends. Woken by everything that may matter to it, and at its own
// times; what a turn does follows from what is recorded, so an unnecessary one changes nothing.

import type { Campaign, CancelReason } from '../model.ts'
import type { Reads } from '../ports/store.ts'
import { noted, stepByServer } from '../rules/campaign-steps.ts'
import { isFinished } from '../rules/eligibility.ts'
import { advance } from '../rules/phases.ts'
import { putOffBy } from '../rules/uptime.ts'
import { openingAt } from '../rules/window.ts'
import { applyEvent } from '../state/attempts.ts'
import { type Committing, commit } from '../state/commit.ts'
import type { Context, Part } from '../state/context.ts'
import { createDraft, stageCampaign } from '../state/draft.ts'
import { dispatch } from './dispatch.ts'
import { gateNow } from './holds.ts'
import { planAgain } from './planning.ts'
import { forgetFlaps } from './soak.ts'
import { endWaiting } from './waiting.ts'

const perStep = 500

export const changeCampaign = async (context: Committing, campaign: Campaign, fields: Partial<Campaign>): Promise<void> => {
  const draft = createDraft(context.ports.reads)
  stageCampaign(draft, { ...campaign, ...fields })
  await commit(context, draft)
}

// ---------------------------------------------------------------- ending

const cancelReasons: readonly string[] = ['operator', 'aborted', 'expired']

const reasonOf = (campaign: Campaign): CancelReason =>
  cancelReasons.includes(campaign.reason ?? '') ? (campaign.reason as CancelReason) : 'operator'

/** Ends what is queued, notified or waiting in a canceled campaign, with `force` also what is in progress; a restart continues. */
export const cancelTasks = async (context: Context, campaign: Campaign, force: boolean): Promise<void> => {
  const { ports, queue } = context
  const { reads } = ports
  const ids = [...queue.open(campaign.id)]
  for (let from = 0; from < ids.length; from += perStep) {
    const draft = createDraft(reads)
    for (const id of ids.slice(from, from + perStep)) {
      const task = reads.openTask(id)
      if (task !== undefined) applyEvent(context, draft, task, { type: 'cancel', reason: reasonOf(campaign), force })
    }
    await commit(context, draft)
    await ports.breathe()
  }
  const waits = [...reads.waiting(campaign.id).values()]
  for (let from = 0; from < waits.length; from += perStep) {
    const draft = createDraft(reads)
    const more = waits
      .slice(from, from + perStep)
      .flatMap(({ device }) => reads.waiting(campaign.id).get(device) ?? [])
      .map((waiting) => endWaiting(ports, draft, waiting, reasonOf(campaign)))
    await commit(context, draft, more)
    await ports.breathe()
  }
}

const hasLeft = (reads: Reads, { id }: Campaign): boolean => {
  const { queued, notified } = reads.tally(id)
  return queued + notified > 0 || reads.waiting(id).size > 0
}

const isExpired = ({ status, schedule }: Campaign, now: number): boolean =>
  (status === 'scheduled' || status === 'running' || status === 'paused') && schedule.endAt !== null && now >= schedule.endAt

/** Completes a campaign whose work is done. Others may have waited for the versions that it installed. */
const finish = async (context: Committing, campaign: Campaign): Promise<void> => {
  const { reads, now } = context.ports
  if (!isFinished(campaign, reads.tally(campaign.id), reads.waiting(campaign.id).size)) return
  await changeCampaign(context, campaign, { status: 'completed', reason: null, endedAt: now() })
  decideAll(context, campaign)
}

/** Decides again about what waits for steps that this campaign offered. */
const decideAll = ({ ports, wake }: Part<'ports' | 'wake'>, ended: Campaign): void => {
  for (const other of ports.reads.campaigns()) {
    if (other.id === ended.id || other.product !== ended.product || other.module !== ended.module) continue
    for (const device of ports.reads.waiting(other.id).keys()) wake.decide(device)
  }
}

// ---------------------------------------------------------------- continuing

/** Opens the next phase if its gate allows it, begins or ends the soak, or pauses the campaign if the phase has failed. */
const judgePhase = async (context: Part<'ports' | 'connections' | 'queue' | 'wake'>, campaign: Campaign): Promise<void> => {
  const gate = campaign.planning || campaign.phase === null ? null : gateNow(context, campaign)
  if (gate === null || campaign.phase === null) return
  if (gate.step === 'failed') {
    // The condition no longer holds: the soak starts again.
    const phase = { ...campaign.phase, metAt: null }
    const steps = noted(campaign, stepByServer('pause', 'phase_failed', context.ports.now()))
    return changeCampaign(context, campaign, { status: 'paused', reason: 'phase_failed', phase, ...steps })
  }
  const phase = advance(campaign.phase, gate, context.ports.now())
  if (phase === campaign.phase) return
  if (phase.index !== campaign.phase.index) forgetFlaps(context.connections, campaign.id)
  const isNext = phase.index !== campaign.phase.index
  const steps = isNext ? noted(campaign, stepByServer('next', 'phase', context.ports.now())) : {}
  await changeCampaign(context, campaign, { phase, ...steps })
}

/** While the server was away no device could roll back or disconnect: soaks continue from where they were. Call once, at a start. */
export const putOffSoaks = async (context: Part<'ports' | 'connections' | 'clocks' | 'wake'>): Promise<void> => {
  const { ports, clocks } = context
  const by = putOffBy(clocks.uptime.awayFor)
  const draft = createDraft(ports.reads)
  for (const campaign of by === 0 ? [] : ports.reads.campaigns()) {
    const { phase, status } = campaign
    if (phase === null || phase.metAt === null || (status !== 'running' && status !== 'paused')) continue
    stageCampaign(draft, { ...campaign, phase: { ...phase, metAt: Math.min(ports.now(), phase.metAt + by) } })
  }
  await commit(context, draft)
}

/** Its own next time, apart from those of its tasks. */
const setTimer = (context: Part<'ports' | 'queue' | 'clocks'>, campaign: Campaign): void => {
  const gate = gateNow(context, campaign)
  const now = context.ports.now()
  const times = [openingAt(campaign.schedule, now).until, campaign.schedule.endAt, gate?.step === 'soak' ? gate.soakEnds : null]
  for (const at of times) {
    if (at === null || at <= now) continue
    context.clocks.campaigns.set(campaign.id, at)
    context.clocks.said.set(campaign.id, at)
  }
}

const run = async (context: Context, id: number): Promise<void> => {
  const { reads } = context.ports
  for (let phase = -1; ; ) {
    const campaign = reads.campaign(id)
    if (campaign === undefined) return
    if (campaign.status === 'running') await judgePhase(context, campaign)
    const now = reads.campaign(id) ?? campaign
    await dispatch(context, now)
    // A phase without devices lets the next one open at once.
    if (now.phase === null || now.phase.index === phase) return
    phase = now.phase.index
  }
}

const closeCanceled = async (context: Context, campaign: Campaign): Promise<void> => {
  const { released } = context.queue
  if (hasLeft(context.ports.reads, campaign)) await cancelTasks(context, campaign, false)
  if (!released.has(campaign.id)) decideAll(context, campaign)
  released.add(campaign.id)
}

/** `Wake.turn`. */
export const takeTurn = async (context: Context, id: number): Promise<void> => {
  const { ports, clocks, wake } = context
  const campaign = ports.reads.campaign(id)
  if (campaign === undefined || campaign.status === 'draft') return
  planAgain(context, id)
  if (isExpired(campaign, ports.now())) {
    const steps = noted(campaign, stepByServer('cancel', 'expired', ports.now()))
    await changeCampaign(context, campaign, { status: 'canceled', reason: 'expired', planning: false, endedAt: ports.now(), ...steps })
    return takeTurn(context, id)
  }
  if (campaign.status === 'scheduled') {
    const startAt = campaign.schedule.startAt ?? 0
    return ports.now() >= startAt ? wake.plan(id) : clocks.campaigns.set(id, startAt)
  }
  if (campaign.status === 'canceled') return closeCanceled(context, campaign)
  await run(context, id)
  const now = ports.reads.campaign(id)
  if (now === undefined) return
  await finish(context, now)
  setTimer(context, now)
}
