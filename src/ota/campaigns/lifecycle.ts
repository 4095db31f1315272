// What operators do with campaigns: create, start, pause, resume, cancel, open the next phase. A retry has a file of its own.

import { asOtaError, faultAt, OtaError } from '../../errors.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { CampaignInput } from '../inputs.ts'
import type { Campaign, CampaignStatus } from '../model.ts'
import type { StepBy } from '../policy.ts'
import type { Reads } from '../ports/store.ts'
import { stepOf } from '../rules/campaign-steps.ts'
import { sourcesOfAll } from '../rules/chains.ts'
import { finishedOf, judgedPhase, sampleOf } from '../rules/counts.ts'
import { newDevice } from '../rules/new-device.ts'
import { firstState, nextState } from '../rules/phases.ts'
import { type Committing, commit } from '../state/commit.ts'
import type { Context, Part, Ports } from '../state/context.ts'
import { createDraft, stageCampaign, stageDevice, stageTally } from '../state/draft.ts'
import { packagesOf, scopeOf } from '../state/scope.ts'
import { mustFind } from './catalog.ts'
import { faultsSentence, newCampaign, scheduleFaults } from './create.ts'
import { eligibilitySentence } from './explain.ts'
import { plan } from './planning.ts'
import { type Survey, survey } from './survey.ts'
import { cancelTasks, changeCampaign } from './turn.ts'

const perStep = 500

/** A draft that is not recorded. OTA_FIRMWARE_UNKNOWN, or OTA_BAD_REQUEST with the path of each fault. */
export const checkedCampaign = (ports: Ports, input: CampaignInput): Campaign => {
  const firmware = mustFind(ports.reads, input.firmware)
  return newCampaign(ports, input, firmware, sourcesOfAll(packagesOf(ports.reads, input)))
}

/** A draft, recorded. */
export const createCampaign = async (ports: Ports, input: CampaignInput): Promise<Campaign> => {
  const campaign = { ...checkedCampaign(ports, input), id: ports.writes.nextId('campaign') }
  await ports.writes.commit([{ put: 'campaign', value: campaign }])
  ports.events.emit({ type: 'campaign', campaign: campaign.id })
  return mustFindCampaign(ports.reads, campaign.id)
}

export const mustFindCampaign = (reads: Pick<Reads, 'campaign'>, id: number): Campaign => {
  const campaign = reads.campaign(id)
  if (campaign === undefined) throw new OtaError('OTA_CAMPAIGN_UNKNOWN', sentence('campaign_unknown', { campaign: String(id) }))
  return campaign
}

type Act = 'start' | 'pause' | 'resume' | 'next' | 'cancel' | 'retry' | 'edit' | 'remove'

/** OTA_CAMPAIGN_STATE names what the campaign is, and what it would have to be. Operators change none of stations. */
export const mustBe = ({ id, status, station }: Campaign, allowed: readonly CampaignStatus[], act: Act): void => {
  if (station !== undefined) {
    const { procedure, rev } = station
    throw new OtaError('OTA_CAMPAIGN_STATE', sentence('campaign_of_stations', { campaign: String(id), procedure, rev }))
  }
  if (!allowed.includes(status))
    throw new OtaError('OTA_CAMPAIGN_STATE', sentence('campaign_wrong_status', { campaign: String(id), status, act, allowed }))
}

const change = async (context: Committing, campaign: Campaign, fields: Partial<Campaign>): Promise<Campaign> => {
  await changeCampaign(context, campaign, fields)
  return mustFindCampaign(context.ports.reads, campaign.id)
}

/** Why there is no target, with the first device that is not one as an example. */
const emptySentence = (ports: Pick<Ports, 'reads' | 'families' | 'now'>, campaign: Campaign, { refused }: Survey): Sentence => {
  if (refused === null) return sentence('campaign_empty_product', { product: campaign.product })
  const device = ports.reads.device(refused.device) ?? newDevice(refused.device, ports.now())
  const why = eligibilitySentence(scopeOf(ports, campaign), device, refused.verdict)
  return sentence('campaign_empty', { device: device.key, why })
}

/** Refuses a start that could never do anything, with the reason. */
export const mustHaveTargets = (ports: Pick<Ports, 'reads' | 'families' | 'now'>, campaign: Campaign, found: Survey): void => {
  const faults = scheduleFaults(campaign.schedule, ports.now())
  if (faults.length > 0) throw new OtaError('OTA_BAD_REQUEST', faultsSentence(faults), { faults })
  if (campaign.target.continuous) return
  if (found.isEmpty) {
    const why = emptySentence(ports, campaign, found)
    throw new OtaError('OTA_CAMPAIGN_EMPTY', sentence('campaign_empty_remedy', { why }), { faults: [faultAt('target', why)] })
  }
  const tag = campaign.phases[0]?.tag ?? null
  if (tag === null || found.tagged > 0 || found.targets === 0) return
  const said = sentence('first_phase_tag_empty', { tag })
  throw new OtaError('OTA_CAMPAIGN_EMPTY', said, { faults: [faultAt('phases[0].tag', said)] })
}

/** Named devices that have never connected are added as known devices, and so are updated when they connect. */
const makeKnown = async (context: Committing, campaign: Campaign): Promise<void> => {
  const { reads, now } = context.ports
  const unknown = campaign.target.devices.filter((key) => reads.device(key) === undefined)
  for (let from = 0; from < unknown.length; from += perStep) {
    const draft = createDraft(reads)
    for (const key of unknown.slice(from, from + perStep)) stageDevice(draft, newDevice(key, now()))
    await commit(context, draft)
  }
}

/** The campaign as it begins to run, with the bounds of its phases; its tasks are still to be created. */
const begun = (campaign: Campaign, { bounds }: Survey, now: number): Campaign => {
  const phase = campaign.phases.length === 0 ? null : firstState(now)
  return { ...campaign, status: 'running', reason: null, startedAt: now, planning: true, bounds, phase }
}

type LastStep = Pick<Campaign, 'lastStep' | 'steps'>

/** Begins to create its tasks: resolves when that is on disk. False if something else changed its status first. */
const begin = async (context: Committing, id: number, from: CampaignStatus, found: Survey, step: LastStep = {}): Promise<boolean> => {
  const campaign = mustFindCampaign(context.ports.reads, id)
  if (campaign.status !== from) return false
  await changeCampaign(context, campaign, { ...begun(campaign, found, context.ports.now()), ...step })
  return true
}

/** `Wake.plan`: starts a scheduled campaign whose time has come, or creates what is left of a running one's tasks. */
export const beginOrPlan = async (context: Context, id: number): Promise<void> => {
  const { ports, wake } = context
  const campaign = ports.reads.campaign(id)
  if (campaign?.status !== 'scheduled') return await plan(context, id)
  // Its tasks come after the start of all others whose time has come: those of a large fleet take seconds.
  if (await begin(context, id, 'scheduled', await survey(ports, campaign))) wake.plan(id)
}

/** Only the creation of its tasks failed: the campaign itself is recorded. */
const asStarted = (campaign: number) => (cause: unknown) => {
  if (asOtaError(cause).code !== 'OTA_STORE_FAILED') throw cause
  throw new OtaError('OTA_STORE_FAILED', sentence('started_tasks_unrecorded', { campaign: String(campaign) }), { cause })
}

/** A start with more targets than these is answered before its tasks exist: those of a large fleet take seconds. */
export const mostAwaited = 1000

/** Creates its tasks. What stops the server meanwhile, or a failed write, only puts it off: `planning` is on disk until all exist. */
const planFor = async (context: Context, id: number, { candidates }: Survey): Promise<void> => {
  if (candidates.length <= mostAwaited) return await plan(context, id, candidates).catch(asStarted(id))
  // In the next turn of the event loop: the answer leaves before the first offers do.
  const later = context.ports.breathe().then(() => plan(context, id, candidates))
  later.catch((error: unknown) =>
    context.ports.log.error({ err: error, campaign: id }, 'not all tasks of a campaign could be created yet; it is tried again'),
  )
}

/** What a start needs: known targets. The package must still exist afterwards. */
const prepared = async (context: Committing, campaign: Campaign): Promise<Survey> => {
  const { ports } = context
  const found = await survey(ports, campaign)
  mustHaveTargets(ports, campaign, found)
  await makeKnown(context, campaign)
  mustFind(ports.reads, campaign.firmware)
  return found
}

const isForLater = ({ schedule }: Campaign, now: number): boolean => schedule.startAt !== null && schedule.startAt > now

/** Creates and starts it in one commit: if it cannot start nothing is created, whatever stops the server meanwhile. */
export const launchCampaign = async (context: Context, input: CampaignInput, by?: StepBy): Promise<Campaign> => {
  const { ports } = context
  const checked = checkedCampaign(ports, input)
  const found = await prepared(context, checked)
  const campaign = { ...checked, ...stepOf({}, 'start', by, ports.now()), id: ports.writes.nextId('campaign') }
  const { id } = campaign
  const isLater = isForLater(campaign, ports.now())
  await changeCampaign(context, isLater ? { ...campaign, status: 'scheduled' } : begun(campaign, found, ports.now()), {})
  if (!isLater) await planFor(context, id, found)
  return mustFindCampaign(ports.reads, id)
}

/** Starts a draft: the tasks of a small campaign exist when it resolves (`planFor`); one that starts later is `scheduled`. */
export const startCampaign = async (context: Context, id: number, by?: StepBy): Promise<Campaign> => {
  const { reads, now } = context.ports
  const campaign = mustFindCampaign(reads, id)
  mustBe(campaign, ['draft'], 'start')
  mustFind(reads, campaign.firmware)
  const found = await prepared(context, campaign)
  const current = mustFindCampaign(reads, id)
  // It may have been started, canceled or changed while devices were looked at.
  mustBe(current, ['draft'], 'start')
  if (current.rev !== campaign.rev) return await startCampaign(context, id, by)
  const step = stepOf(current, 'start', by, now())
  if (isForLater(current, now())) return change(context, current, { status: 'scheduled', ...step })
  if (await begin(context, id, 'draft', found, step)) await planFor(context, id, found)
  else mustBe(mustFindCampaign(reads, id), ['draft'], 'start')
  return mustFindCampaign(reads, id)
}

export const pauseCampaign = async (context: Committing, id: number, by?: StepBy): Promise<Campaign> => {
  const campaign = mustFindCampaign(context.ports.reads, id)
  mustBe(campaign, ['running'], 'pause')
  return change(context, campaign, { status: 'paused', reason: 'operator', ...stepOf(campaign, 'pause', by, context.ports.now()) })
}

/** Matches the devices that connected while a continuous campaign was paused. */
const rematchAll = async ({ ports, wake }: Part<'ports' | 'wake'>, { product }: Campaign): Promise<void> => {
  let seen = 0
  for (const device of Array.from(ports.reads.devices())) {
    // One that has never reported is matched once it does.
    if (device.product === product && device.modules.length > 0) wake.rematch(device.key)
    seen += 1
    if (seen % perStep === 0) await ports.breathe()
  }
}

/** It runs again, and the sample of its abort rules starts again. */
const newEra = async (context: Committing, campaign: Campaign, fields: Partial<Campaign>): Promise<Campaign> => {
  const { reads, log, now } = context.ports
  const draft = createDraft(reads)
  const era = { era: campaign.era + 1, fired: null, resumedAt: now() }
  stageCampaign(draft, { ...campaign, ...fields, status: 'running', reason: null, ...era })
  const judged = sampleOf(reads.tally(campaign.id, judgedPhase))
  for (const state of ['succeeded', 'failed', 'timed_out', 'rejected'] as const)
    stageTally(draft, campaign.id, state, -judged[state], judgedPhase)
  await commit(context, draft)
  if (campaign.target.continuous)
    rematchAll(context, campaign).catch((error: unknown) =>
      log.error({ err: error, campaign: campaign.id }, 'devices that connected during a pause could not be matched'),
    )
  return mustFindCampaign(reads, campaign.id)
}

/** Abort rules count what finishes from now on: what an operator has seen and accepted no longer stops the campaign. */
export const resumeCampaign = async (context: Committing, id: number, by?: StepBy): Promise<Campaign> => {
  const { reads, now } = context.ports
  const campaign = mustFindCampaign(reads, id)
  mustBe(campaign, ['paused'], 'resume')
  const finished = campaign.phase === null ? 0 : finishedOf(sampleOf(reads.tally(id, campaign.phase.index)))
  const phase = campaign.phase === null ? null : { ...campaign.phase, excused: finished }
  return newEra(context, campaign, { phase, ...stepOf(campaign, 'resume', by, now()) })
}

/** Opens the next phase whatever the state of the one before; a campaign that a phase has paused runs again. */
export const nextPhase = async (context: Committing, id: number, wanted?: number, by?: StepBy): Promise<Campaign> => {
  const { ports } = context
  const campaign = mustFindCampaign(ports.reads, id)
  mustBe(campaign, ['running', 'paused'], 'next')
  const { phase, phases } = campaign
  if (phase === null || phase.index >= phases.length - 1) {
    const code = phases.length === 0 ? 'campaign_without_phases' : 'campaign_in_last_phase'
    throw new OtaError('OTA_CAMPAIGN_STATE', sentence(code, { campaign: String(id) }))
  }
  if (wanted !== undefined && wanted !== phase.index + 1)
    throw new OtaError(
      'OTA_CAMPAIGN_STATE',
      sentence('not_the_next_phase', { campaign: String(id), phase: phase.index + 1, wanted: wanted + 1 }),
    )
  const resumes = campaign.status === 'paused' && campaign.reason === 'phase_failed'
  const next = { phase: nextState(phase, ports.now()), ...stepOf(campaign, 'next', by, ports.now()) }
  return resumes ? newEra(context, campaign, next) : change(context, campaign, next)
}

export const cancelCampaign = async (context: Context, id: number, force: boolean, by?: StepBy): Promise<Campaign> => {
  const { reads, now } = context.ports
  const campaign = mustFindCampaign(reads, id)
  // A second time with force, if some were left in progress.
  const again = campaign.status === 'canceled' && force && context.queue.open(id).size > 0
  if (!again) {
    mustBe(campaign, ['draft', 'scheduled', 'running', 'paused'], 'cancel')
    const ended = { status: 'canceled', reason: 'operator', endedAt: now(), planning: false } as const
    await changeCampaign(context, campaign, { ...ended, ...stepOf(campaign, 'cancel', by, now()) })
  }
  await cancelTasks(context, mustFindCampaign(reads, id), force)
  return mustFindCampaign(reads, id)
}
