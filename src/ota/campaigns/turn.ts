// A campaign's turn: it begins, its next phase opens, it hands out, it ends. Asked for after whatever may matter to it, and when a moment
// of its own has come; what it finds to do follows from what is recorded, so a turn too many changes nothing.

import { applyEvent } from '../memory/attempts.ts'
import type { Core } from '../memory/core.ts'
import { createDraft, stageCampaign } from '../memory/draft.ts'
import { record } from '../memory/record.ts'
import type { Campaign, CancelReason } from '../model.ts'
import { isFinished } from '../rules/campaign.ts'
import { advance } from '../rules/phases.ts'
import { putOffBy } from '../rules/uptime.ts'
import { openingAt } from '../rules/window.ts'
import { dispatch } from './dispatch.ts'
import { gateNow } from './gates.ts'
import { planAgain } from './planning.ts'
import { forgetFlaps } from './soak.ts'
import { endWaiting } from './waiting.ts'

const perStep = 500

export const change = async (core: Core, campaign: Campaign, fields: Partial<Campaign>): Promise<void> => {
  const draft = createDraft(core.store)
  stageCampaign(draft, { ...campaign, ...fields })
  await record(core, draft)
}

// ---------------------------------------------------------------- ending

const cancelReasons: readonly string[] = ['operator', 'aborted', 'expired']

const reasonOf = (campaign: Campaign): CancelReason =>
  cancelReasons.includes(campaign.reason ?? '') ? (campaign.reason as CancelReason) : 'operator'

/** Ends what a canceled campaign still has queued, told or waiting; with `force` also what is in progress. In steps, which a restart goes on with. */
export const cancelTasks = async (core: Core, campaign: Campaign, force: boolean): Promise<void> => {
  const ids = [...core.index.open(campaign.id)]
  for (let from = 0; from < ids.length; from += perStep) {
    const draft = createDraft(core.store)
    for (const id of ids.slice(from, from + perStep)) {
      const task = core.store.reads.openTask(id)
      if (task !== undefined) applyEvent(core, draft, task, { type: 'cancel', reason: reasonOf(campaign), force })
    }
    await record(core, draft)
    await core.breathe()
  }
  const lines = [...core.store.reads.waiting(campaign.id).values()]
  for (let from = 0; from < lines.length; from += perStep) {
    const draft = createDraft(core.store)
    const more = lines
      .slice(from, from + perStep)
      .flatMap(({ device }) => core.store.reads.waiting(campaign.id).get(device) ?? [])
      .map((waiting) => endWaiting(core, draft, waiting, reasonOf(campaign)))
    await record(core, draft, more)
    await core.breathe()
  }
}

const hasLeft = (core: Core, { id }: Campaign): boolean => {
  const { queued, notified } = core.store.reads.tally(id)
  return queued + notified > 0 || core.store.reads.waiting(id).size > 0
}

const isExpired = (core: Core, { status, schedule }: Campaign): boolean =>
  (status === 'scheduled' || status === 'running' || status === 'paused') && schedule.endAt !== null && core.now() >= schedule.endAt

/** Closes a campaign whose work is done. Others may have waited for the versions that it led to. */
const finish = async (core: Core, campaign: Campaign): Promise<void> => {
  if (!isFinished(campaign, core.store.reads.tally(campaign.id), core.store.reads.waiting(campaign.id).size)) return
  await change(core, campaign, { status: 'completed', reason: null, endedAt: core.now() })
  freeAll(core, campaign)
}

/** What waits for steps that this campaign offered, is decided anew. */
const freeAll = (core: Core, ended: Campaign): void => {
  for (const other of core.store.reads.campaigns()) {
    if (other.id === ended.id || other.product !== ended.product || other.module !== ended.module) continue
    for (const device of core.store.reads.waiting(other.id).keys()) core.freed(device)
  }
}

// ---------------------------------------------------------------- going on

/** Opens the next phase where its gate says so, begins or ends the soak, or pauses what has failed. */
const judgePhase = async (core: Core, campaign: Campaign): Promise<void> => {
  const gate = campaign.planning || campaign.phase === null ? null : gateNow(core, campaign)
  if (gate === null || campaign.phase === null) return
  if (gate.step === 'failed') {
    // What was met once is not any more: a soak begins anew.
    const phase = { ...campaign.phase, metAt: null }
    return change(core, campaign, { status: 'paused', reason: 'phase_failed', phase })
  }
  const phase = advance(campaign.phase, gate, core.now())
  if (phase === campaign.phase) return
  if (phase.index !== campaign.phase.index) forgetFlaps(core, campaign.id)
  await change(core, campaign, { phase })
}

/** While the server was away no device could fall back or drop out: soaks go on from where they were. Call once, at a start. */
export const putOffSoaks = async (core: Core): Promise<void> => {
  const by = putOffBy(core.uptime.awayFor)
  const draft = createDraft(core.store)
  for (const campaign of by === 0 ? [] : core.store.reads.campaigns()) {
    const { phase, status } = campaign
    if (phase === null || phase.metAt === null || (status !== 'running' && status !== 'paused')) continue
    stageCampaign(draft, { ...campaign, phase: { ...phase, metAt: Math.min(core.now(), phase.metAt + by) } })
  }
  await record(core, draft)
}

/** Its next moment, beside those of its tasks. */
const setTimer = (core: Core, campaign: Campaign): void => {
  const gate = gateNow(core, campaign)
  const moments = [openingAt(campaign.schedule, core.now()).until, campaign.schedule.endAt, gate?.step === 'soak' ? gate.soakEnds : null]
  for (const at of moments) if (at !== null && at > core.now()) core.campaignTimers.set(campaign.id, at)
}

const run = async (core: Core, id: number): Promise<void> => {
  for (let phase = -1; ; ) {
    const campaign = core.store.reads.campaign(id)
    if (campaign === undefined) return
    if (campaign.status === 'running') await judgePhase(core, campaign)
    const now = core.store.reads.campaign(id) ?? campaign
    await dispatch(core, now)
    // A phase that has nobody lets the next one through at once.
    if (now.phase === null || now.phase.index === phase) return
    phase = now.phase.index
  }
}

/** `begin` starts a campaign whose time has come. */
export const takeTurn = async (core: Core, id: number, begin: (id: number) => void): Promise<void> => {
  const campaign = core.store.reads.campaign(id)
  if (campaign === undefined || campaign.status === 'draft') return
  planAgain(core, id)
  if (isExpired(core, campaign)) {
    await change(core, campaign, { status: 'canceled', reason: 'expired', planning: false, endedAt: core.now() })
    return takeTurn(core, id, begin)
  }
  if (campaign.status === 'scheduled') {
    if (core.now() >= (campaign.schedule.startAt ?? 0)) return begin(id)
    return core.campaignTimers.set(id, campaign.schedule.startAt ?? 0)
  }
  if (campaign.status === 'canceled') {
    if (hasLeft(core, campaign)) await cancelTasks(core, campaign, false)
    if (!core.released.has(id)) freeAll(core, campaign)
    core.released.add(id)
    return
  }
  await run(core, id)
  const now = core.store.reads.campaign(id)
  if (now === undefined) return
  await finish(core, now)
  setTimer(core, now)
}
