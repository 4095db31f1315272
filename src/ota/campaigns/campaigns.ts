// What operators do with campaigns: create, start, pause, resume, cancel, retry, open the next phase.

import { asOtaError, OtaError } from '../../errors.ts'
import type { CampaignInput } from '../inputs.ts'
import { attemptAgain } from '../memory/attempts.ts'
import type { Core } from '../memory/core.ts'
import { createDraft, draftCampaign, draftOpenTaskOf, stageCampaign, stageDevice, stageTally } from '../memory/draft.ts'
import { record } from '../memory/record.ts'
import { packagesOf, scopeOf } from '../memory/scope.ts'
import type { Campaign, CampaignStatus, Task } from '../model.ts'
import { isThere } from '../rules/campaign.ts'
import { sourcesOfAll } from '../rules/chains.ts'
import { finishedOf, judgedPhase, sampleOf } from '../rules/counts.ts'
import { newDevice } from '../rules/new-device.ts'
import { firstState, nextState } from '../rules/phases.ts'
import { mustFind } from './catalog.ts'
import { draftCampaignOf, scheduleFaults } from './create.ts'
import { standingText } from './explain.ts'
import { plan } from './planning.ts'
import { type Survey, survey } from './survey.ts'
import { cancelTasks, change as changed } from './turn.ts'

const perStep = 500

/** A draft that is not recorded. OTA_FIRMWARE_UNKNOWN, or OTA_BAD_REQUEST with the path of each fault. */
export const checkedDraft = (core: Core, input: CampaignInput): Campaign => {
  const firmware = mustFind(core, input.firmware)
  return draftCampaignOf(core, input, firmware, sourcesOfAll(packagesOf(core, input)))
}

/** A draft, recorded. */
export const createCampaign = async (core: Core, input: CampaignInput): Promise<Campaign> => {
  const campaign = { ...checkedDraft(core, input), id: core.store.writes.nextId('campaign') }
  await core.store.writes.commit([{ put: 'campaign', value: campaign }])
  core.events.emit({ type: 'campaign', campaign: campaign.id })
  return mustFindCampaign(core, campaign.id)
}

export const mustFindCampaign = (core: Core, id: number): Campaign => {
  const campaign = core.store.reads.campaign(id)
  if (campaign === undefined) throw new OtaError('OTA_CAMPAIGN_UNKNOWN', `there is no campaign ${id}: see \`fogbell campaign list\``)
  return campaign
}

const mustBe = (campaign: Campaign, statuses: readonly CampaignStatus[], act: string): void => {
  if (statuses.includes(campaign.status)) return
  throw new OtaError(
    'OTA_CAMPAIGN_STATE',
    `campaign ${campaign.id} is ${campaign.status}: only ${statuses.join(' or ')} ones can be ${act}`,
  )
}

const change = async (core: Core, campaign: Campaign, fields: Partial<Campaign>): Promise<Campaign> => {
  await changed(core, campaign, fields)
  return mustFindCampaign(core, campaign.id)
}

const refusedText = (core: Core, campaign: Campaign, { device, standing }: NonNullable<Survey['refused']>): string => {
  const known = core.store.reads.device(device)
  const text = known === undefined ? standing.replaceAll('_', ' ') : standingText(scopeOf(core, campaign), known, standing)
  return `${device}: ${text}`
}

/** Refuses a start that could never do anything, with the reason. */
export const mustHaveTargets = (core: Core, campaign: Campaign, found: Survey): void => {
  const faults = scheduleFaults(campaign.schedule, core.now())
  if (faults.length > 0) throw new OtaError('OTA_BAD_REQUEST', `${faults[0]?.path}: ${faults[0]?.message}`, { faults })
  if (campaign.target.continuous) return
  if (found.isEmpty) {
    const why = found.refused === null ? `no device of product ${campaign.product} is known` : refusedText(core, campaign, found.refused)
    const message = `the campaign is for none of the devices that are known now (${why})`
    throw new OtaError('OTA_CAMPAIGN_EMPTY', `${message}; change its target, or make it continuous to wait for devices`, {
      faults: [{ path: 'target', message }],
    })
  }
  const tag = campaign.phases[0]?.tag ?? null
  if (tag === null || found.tagged > 0 || found.targets === 0) return
  const message = `no target has the tag ${JSON.stringify(tag)}: the first phase would be empty`
  throw new OtaError('OTA_CAMPAIGN_EMPTY', message, { faults: [{ path: 'phases[0].tag', message }] })
}

/** Named devices that have never connected are made known, so that they are updated when they come. */
const makeKnown = async (core: Core, campaign: Campaign): Promise<void> => {
  const unknown = campaign.target.devices.filter((key) => core.store.reads.device(key) === undefined)
  for (let from = 0; from < unknown.length; from += perStep) {
    const draft = createDraft(core.store)
    for (const key of unknown.slice(from, from + perStep)) stageDevice(draft, newDevice(key, core.now()))
    await record(core, draft)
  }
}

/** The campaign as it begins to run, with the bounds of its phases; its tasks are still to be made. */
const begun = (core: Core, campaign: Campaign, { bounds }: Survey): Campaign => {
  const phase = campaign.phases.length === 0 ? null : firstState(core.now())
  return { ...campaign, status: 'running', reason: null, startedAt: core.now(), planning: true, bounds, phase }
}

/** Begins to make its tasks: that it does is on disk when it resolves. False where another hand was quicker. */
const begin = async (core: Core, id: number, from: CampaignStatus, found: Survey): Promise<boolean> => {
  const campaign = mustFindCampaign(core, id)
  if (campaign.status !== from) return false
  await changed(core, campaign, begun(core, campaign, found))
  return true
}

/** Starts a scheduled campaign whose time has come. */
export const beginScheduled = async (core: Core, id: number): Promise<void> => {
  const campaign = core.store.reads.campaign(id)
  if (campaign?.status !== 'scheduled') return
  if (await begin(core, id, 'scheduled', await survey(core, campaign))) core.makeTasks(id)
}

/** What failed was making its tasks: the campaign itself is recorded. */
const asStarted = (id: number) => (cause: unknown) => {
  const text = `campaign ${id} has started, but not all of its tasks could be recorded: the rest is made as soon as the disk takes it`
  throw asOtaError(cause).code === 'OTA_STORE_FAILED' ? new OtaError('OTA_STORE_FAILED', text, { cause }) : cause
}

/** What a start needs: targets that are known. The package must still be there afterwards. */
const prepared = async (core: Core, campaign: Campaign): Promise<Survey> => {
  const found = await survey(core, campaign)
  mustHaveTargets(core, campaign, found)
  await makeKnown(core, campaign)
  mustFind(core, campaign.firmware)
  return found
}

const isForLater = (core: Core, { schedule }: Campaign): boolean => schedule.startAt !== null && schedule.startAt > core.now()

/** Made and started at once, in one commit: where it cannot start there was none, whatever stops the server meanwhile. */
export const launchCampaign = async (core: Core, input: CampaignInput): Promise<Campaign> => {
  const draft = checkedDraft(core, input)
  const found = await prepared(core, draft)
  const campaign = { ...draft, id: core.store.writes.nextId('campaign') }
  const { id } = campaign
  const isLater = isForLater(core, campaign)
  await changed(core, isLater ? { ...campaign, status: 'scheduled' } : begun(core, campaign, found), {})
  if (!isLater) await plan(core, id, found.candidates).catch(asStarted(id))
  return mustFindCampaign(core, id)
}

/** Starts a draft: its tasks are made when it resolves; one that starts later is `scheduled`. */
export const startCampaign = async (core: Core, id: number): Promise<Campaign> => {
  const campaign = mustFindCampaign(core, id)
  mustBe(campaign, ['draft'], 'started')
  mustFind(core, campaign.firmware)
  const found = await prepared(core, campaign)
  const now = mustFindCampaign(core, id)
  // Another hand may have started or canceled it while devices were made known.
  mustBe(now, ['draft'], 'started')
  if (isForLater(core, now)) return change(core, now, { status: 'scheduled' })
  if (await begin(core, id, 'draft', found)) await plan(core, id, found.candidates).catch(asStarted(id))
  else mustBe(mustFindCampaign(core, id), ['draft'], 'started')
  return mustFindCampaign(core, id)
}

export const pauseCampaign = async (core: Core, id: number): Promise<Campaign> => {
  const campaign = mustFindCampaign(core, id)
  mustBe(campaign, ['running'], 'paused')
  return change(core, campaign, { status: 'paused', reason: 'operator' })
}

/** Who has come while a continuous campaign was paused, is asked for now. */
const considerAll = async (core: Core, { product }: Campaign): Promise<void> => {
  let seen = 0
  for (const device of Array.from(core.store.reads.devices())) {
    // One that was never heard is asked for once it is.
    if (device.product === product && device.modules.length > 0) core.consider(device.key)
    seen += 1
    if (seen % perStep === 0) await core.breathe()
  }
}

/** It runs again, and what its abort rules look at begins anew. */
const newEra = async (core: Core, campaign: Campaign, fields: Partial<Campaign>): Promise<Campaign> => {
  const draft = createDraft(core.store)
  stageCampaign(draft, { ...campaign, ...fields, status: 'running', reason: null, era: campaign.era + 1, fired: null })
  const judged = sampleOf(core.store.reads.tally(campaign.id, judgedPhase))
  for (const state of ['succeeded', 'failed', 'timed_out', 'rejected'] as const)
    stageTally(draft, campaign.id, state, -judged[state], judgedPhase)
  await record(core, draft)
  if (campaign.target.continuous)
    considerAll(core, campaign).catch((error: unknown) =>
      core.log.error({ err: error, campaign: campaign.id }, 'who came during a pause could not be asked for'),
    )
  return mustFindCampaign(core, campaign.id)
}

/** Rules that stop it look at what finishes from now on: what an operator has seen and accepted stops it no more. */
export const resumeCampaign = async (core: Core, id: number): Promise<Campaign> => {
  const campaign = mustFindCampaign(core, id)
  mustBe(campaign, ['paused'], 'resumed')
  const finished = campaign.phase === null ? 0 : finishedOf(sampleOf(core.store.reads.tally(id, campaign.phase.index)))
  const phase = campaign.phase === null ? null : { ...campaign.phase, excused: finished }
  return newEra(core, campaign, { phase })
}

/** Opens the next phase whatever the one before says; a campaign that a phase has paused runs again. */
export const nextPhase = async (core: Core, id: number, wanted?: number): Promise<Campaign> => {
  const campaign = mustFindCampaign(core, id)
  mustBe(campaign, ['running', 'paused'], 'taken to their next phase')
  const { phase, phases } = campaign
  if (phase === null || phase.index >= phases.length - 1) {
    throw new OtaError(
      'OTA_CAMPAIGN_STATE',
      phases.length === 0 ? `campaign ${id} has no phases` : `campaign ${id} is in its last phase: there is no next one`,
    )
  }
  if (wanted !== undefined && wanted !== phase.index + 1)
    throw new OtaError(
      'OTA_CAMPAIGN_STATE',
      `campaign ${id} is in phase ${phase.index + 1}: phase ${wanted + 1} is not the next one, and nothing was opened`,
    )
  const resumes = campaign.status === 'paused' && campaign.reason === 'phase_failed'
  const next = { phase: nextState(phase, core.now()) }
  return resumes ? newEra(core, campaign, next) : change(core, campaign, next)
}

export const cancelCampaign = async (core: Core, id: number, force: boolean): Promise<Campaign> => {
  const campaign = mustFindCampaign(core, id)
  // Again with force, where some were left in progress.
  const again = campaign.status === 'canceled' && force && core.index.open(id).size > 0
  if (!again) mustBe(campaign, ['draft', 'scheduled', 'running', 'paused'], 'canceled')
  if (!again) await change(core, campaign, { status: 'canceled', reason: 'operator', endedAt: core.now(), planning: false })
  await cancelTasks(core, mustFindCampaign(core, id), force)
  return mustFindCampaign(core, id)
}

const retryStates = ['failed', 'timed_out', 'rejected'] as const

/** One that was completed runs again; what an operator had put up with in its phase is to be made good, and may fail it again. */
const goingOn = (campaign: Campaign): Campaign => ({
  ...campaign,
  ...(campaign.status === 'completed' ? { status: 'running', endedAt: null } : {}),
  phase: campaign.phase === null ? null : { ...campaign.phase, excused: 0 },
})

/** The campaign runs again with the very commit that makes its first new attempts. */
const retryPage = async (core: Core, id: number, tasks: readonly Task[]): Promise<number> => {
  const draft = createDraft(core.store)
  const campaign = mustFindCampaign(core, id)
  const again = tasks.filter((task) => {
    const device = core.store.reads.device(task.device)
    // One that has come to the version by itself since then needs no other attempt.
    return device !== undefined && !isThere(device, task) && draftOpenTaskOf(draft, task.device, task.module) === undefined
  })
  const made = again.filter((task) => attemptAgain(core, draft, task, null)).length
  if (made > 0) stageCampaign(draft, goingOn(draftCampaign(draft, id) ?? campaign))
  await record(core, draft)
  return made
}

/** Makes new attempts of all that failed; a completed campaign runs again. How many. */
export const retryCampaign = async (core: Core, id: number): Promise<number> => {
  const campaign = mustFindCampaign(core, id)
  mustBe(campaign, ['running', 'paused', 'completed'], 'retried')
  const { endAt } = campaign.schedule
  if (endAt !== null && endAt <= core.now())
    throw new OtaError(
      'OTA_CAMPAIGN_STATE',
      `campaign ${id} has reached its end, ${new Date(endAt).toISOString()}: new attempts would end at once; make another campaign`,
    )
  mustFind(core, campaign.firmware)
  let retried = 0
  for (const state of retryStates) {
    for (let after = 0; ; ) {
      const page = await core.store.queries.tasks({ campaign: id, state, limit: perStep, after })
      retried += await retryPage(core, id, page.items)
      if (page.next === null) break
      after = page.next
    }
  }
  return retried
}
