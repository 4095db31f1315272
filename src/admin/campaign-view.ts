// A campaign as the API shows it: what was given, and its current state, by the same functions that decide. Pure but for the
// store's records.

import type { Plan } from '../ota/inputs.ts'
import type { Campaign } from '../ota/model.ts'
import type { CampaignStep, Phase, Sample } from '../ota/policy.ts'
import type { Operators } from '../ota/ports/operators.ts'
import type { Reads } from '../ota/ports/store.ts'
import { type AbortFigures, abortSentence, crowdOf, figuresOf, sizedRule } from '../ota/rules/abort.ts'
import { judgedPhase, sampleOf } from '../ota/rules/counts.ts'
import { openTaskOf } from '../ota/rules/open-task.ts'
import { type Gate, gateSentence } from '../ota/rules/phases.ts'
import { type Opening, openingAt } from '../ota/rules/window.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { CampaignJson, GateJson, PhaseJson, PlanJson } from './campaign-schemas.ts'
import { isoOrNull, isoTime } from './iso-time.ts'
import { named } from './schema-words.ts'
import { maybeSaidView, saidView, type WarningsJson, warningsView } from './sentence-views.ts'

/** How many of the devices that count against a phase are named. */
const mostNamed = 100

/** How many of the waiting targets are asked for whom they wait: a few suffice to name the campaigns. */
const mostAsked = 100

const waitingFor = (reads: Reads, { id, module }: Campaign): string[] => {
  const found = new Set<number>()
  let asked = 0
  for (const device of reads.waiting(id).keys()) {
    if (asked === mostAsked) break
    asked += 1
    const task = openTaskOf(reads, device, module)
    if (task !== undefined && task.campaign !== id) found.add(task.campaign)
  }
  return [...found].sort((one, other) => one - other).map(String)
}

/** The state that its text is about. */
interface State {
  readonly campaign: Campaign
  readonly gate: Gate | null
  readonly opening: Opening
  readonly rules: readonly AbortFigures[]
}

const waitingByPhase = (reads: Reads, { id, phases }: Campaign): readonly number[] => {
  const sums = phases.map(() => 0)
  if (phases.length > 0) for (const { phase } of reads.waiting(id).values()) sums[phase] = (sums[phase] ?? 0) + 1
  return sums
}

const stateOf = ({ reads, campaigns }: Pick<Operators, 'reads' | 'campaigns'>, campaign: Campaign, now: number): State => {
  const isUnderWay = campaign.status === 'running' || campaign.status === 'paused'
  return {
    campaign,
    gate: isUnderWay ? campaigns.gate(campaign) : null,
    opening: openingAt(campaign.schedule, now),
    rules: rulesNow(reads, campaign, sampleOf(reads.tally(campaign.id, judgedPhase))),
  }
}

/** Its rules with the samples that they have now. */
const rulesNow = (reads: Reads, campaign: Campaign, sample: Sample): readonly AbortFigures[] => {
  const crowd = crowdOf(campaign, reads.tally(campaign.id), reads.waiting(campaign.id).size, sample)
  return campaign.abort.map((rule) => figuresOf(sizedRule(rule, crowd), sample))
}

/** The rule that stopped it, with the figures of that time: what was in progress has continued. */
const abortedSentence = ({ campaign: { fired, resumedAt }, rules }: State): Sentence => {
  const figures = fired === null ? rules : [{ ...fired, fires: true }]
  const since = isoOrNull(resumedAt ?? null)
  return sentence('campaign_abort_rules', { rules: figures.map((each) => abortSentence(each, since)) })
}

const phaseSentence = ({ campaign, gate }: State): Sentence | null =>
  gate === null || campaign.phase === null || gate.step === 'last' ? null : gateSentence(gate, campaign.phase.index)

const imageSentence = ({ reason, firmware, faultyFirmware = firmware }: Campaign): Sentence =>
  sentence('campaign_image_faulty', { firmware: String(faultyFirmware), fault: reason })

const whyPaused = (state: State): Sentence | null => {
  const { campaign } = state
  if (campaign.faultyFirmware !== undefined && campaign.reason?.startsWith('image_') === true) return imageSentence(campaign)
  return campaign.reason === 'phase_failed' ? phaseSentence(state) : abortedSentence(state)
}

/** Who did that with it last, and when; null: nobody that is known. */
const whoOf = ({ lastStep }: Campaign, step: CampaignStep['step']) =>
  lastStep?.step === step ? { kind: lastStep.kind, by: lastStep.by, at: isoTime(lastStep.at) } : null

const canceledSentence = (campaign: Campaign): Sentence | null => {
  const by = whoOf(campaign, 'cancel')
  return by === null ? null : sentence('campaign_canceled_by', by)
}

/** A campaign that is paused says how it continues. */
const pausedSentence = (state: State): Sentence => {
  const { id, reason } = state.campaign
  const campaign = String(id)
  if (reason === 'operator' || reason === null) {
    const by = whoOf(state.campaign, 'pause')
    return by === null ? sentence('campaign_paused_by_operator', { campaign }) : sentence('campaign_paused_by', { campaign, ...by })
  }
  const said = whyPaused(state)
  if (said === null) return sentence('campaign_paused', { reason, campaign })
  return sentence('campaign_paused_why', { said, campaign })
}

const stoppedSentence = (state: State): Sentence | null => {
  const { campaign } = state
  if (campaign.status === 'paused') return pausedSentence(state)
  if (campaign.reason === 'aborted') return abortedSentence(state)
  if (campaign.reason === 'expired') return sentence('campaign_end_passed', { endAt: isoOrNull(campaign.schedule.endAt) })
  return campaign.status === 'canceled' ? canceledSentence(campaign) : null
}

const saidOf = (state: State): Sentence | null => {
  const { campaign, opening } = state
  if (campaign.status === 'scheduled') return sentence('campaign_starts_at', { startAt: isoOrNull(campaign.schedule.startAt) })
  if (campaign.status !== 'running') return stoppedSentence(state)
  if (campaign.planning) return sentence('tasks_being_made')
  if (opening.open) return phaseSentence(state)
  return opening.until === null
    ? sentence('campaign_schedule_over')
    : sentence('campaign_windows_closed', { opensAt: isoTime(opening.until) })
}

/** Why a campaign has its status, with the figures; null: there is nothing to say. */
export const campaignSaid = (operators: Pick<Operators, 'reads' | 'campaigns'>, campaign: Campaign, now: number): Sentence | null =>
  saidOf(stateOf(operators, campaign, now))

const gateView = (gate: Gate, against: readonly string[]): GateJson => ({
  step: gate.step,
  size: gate.size,
  finished: gate.finished,
  succeededPercent: gate.succeeded,
  neededPercent: gate.needed,
  minFinished: gate.minFinished,
  soakEndsAt: isoOrNull(gate.soakEnds),
  against: against.slice(0, mostNamed),
})

const sizeOf = ({ percent, count, tag }: Phase): Pick<PhaseJson, 'percent' | 'count' | 'tag'> => ({
  ...(percent === null ? {} : { percent }),
  ...(count === null ? {} : { count }),
  ...(tag === null ? {} : { tag }),
})

const phasesView = (reads: Reads, { id, phases, phase: current }: Campaign, waiting: readonly number[]): PhaseJson[] =>
  phases.map((phase, index) => ({
    ...sizeOf(phase),
    successPercent: phase.successPercent,
    minFinished: phase.minFinished,
    soakSeconds: phase.soakSeconds,
    ...named('then', phase.onward),
    open: current !== null && index <= current.index,
    counts: { ...reads.tally(id, index) },
    waiting: waiting[index] ?? 0,
  }))

const scheduleView = ({ schedule }: Campaign, { open, until, endless }: Opening): CampaignJson['schedule'] => ({
  startAt: isoOrNull(schedule.startAt),
  endAt: isoOrNull(schedule.endAt),
  windows: schedule.windows.map(({ cron, minutes, timeZone }) => ({ cron, minutes, timeZone })),
  open,
  until: endless === true ? null : isoOrNull(until),
})

const targetView = ({ target }: Campaign): CampaignJson['target'] => ({
  devices: [...target.devices],
  tags: [...target.tags],
  from: [...target.from],
  exclude: [...target.exclude],
  continuous: target.continuous,
})

/**
 * What its run has shown: the image was built with another version than that of its package. Where devices have reported the package's version
 * after they installed it, the image is right, and another version is that of the device.
 */
const runWarnings = ({ imageVersions = [], version }: Campaign, succeeded: number): Partial<WarningsJson> =>
  imageVersions.length === 0 || succeeded > 0
    ? {}
    : warningsView(imageVersions.map((named) => ({ path: null, said: sentence('campaign_image_version', { named, version }) })))

const lastStepView = ({ lastStep }: Campaign): CampaignJson['lastStep'] =>
  lastStep == null ? null : { ...lastStep, at: isoTime(lastStep.at) }

/** `now`: the core's own clock, milliseconds since the epoch. */
export const campaignView = (operators: Pick<Operators, 'reads' | 'campaigns'>, campaign: Campaign, now: number): CampaignJson => {
  const { reads } = operators
  const waiting = waitingByPhase(reads, campaign)
  const state = stateOf(operators, campaign, now)
  return {
    id: String(campaign.id),
    name: campaign.name,
    status: campaign.status,
    reason: campaign.reason,
    ...maybeSaidView(saidOf(state)),
    lastStep: lastStepView(campaign),
    steps: (campaign.steps ?? []).map((one) => ({ ...one, at: isoTime(one.at) })).toReversed(),
    firmware: String(campaign.firmware),
    product: campaign.product,
    module: campaign.module,
    version: campaign.version,
    phase: campaign.phase === null ? null : campaign.phase.index + 1,
    counts: { ...reads.tally(campaign.id) },
    unreported: operators.campaigns.unreported(campaign.id),
    waiting: reads.waiting(campaign.id).size,
    waitingFor: waitingFor(reads, campaign),
    gate: state.gate === null ? null : gateView(state.gate, campaign.phase?.against ?? []),
    target: targetView(campaign),
    phases: phasesView(reads, campaign, waiting),
    abort: state.rules.map(({ rule: { on, percent, minFinished, action }, finished, bad }) => ({
      on,
      percent,
      minFinished,
      action,
      finished,
      bad,
      since: isoOrNull(campaign.resumedAt ?? null),
    })),
    rate: { perMinute: campaign.rate.perMinute, maxInProgress: campaign.rate.maxInProgress },
    schedule: scheduleView(campaign, state.opening),
    timeouts: { ...campaign.timeouts },
    retry: { ...campaign.retry },
    overwrite: campaign.overwrite,
    push: campaign.push,
    reflash: campaign.reflash,
    createdAt: isoTime(campaign.createdAt),
    startedAt: isoOrNull(campaign.startedAt),
    endedAt: isoOrNull(campaign.endedAt),
    ...(campaign.station === undefined ? {} : { station: { procedure: campaign.station.procedure, rev: campaign.station.rev } }),
    ...runWarnings(campaign, reads.tally(campaign.id).succeeded),
  }
}

export const planView = (plan: Plan): PlanJson => ({
  targets: plan.targets,
  unreported: plan.unreported,
  skipped: plan.skipped,
  waiting: plan.waiting,
  phases: plan.phases.map(({ phase, size, devices }) => ({ phase: phase + 1, size, devices: [...devices] })),
  left: plan.left.map(({ device, reason, said }) => ({ device, reason, ...saidView(said) })),
  leftCounts: { ...plan.leftCounts },
  seconds: plan.seconds,
  perDeviceSeconds: plan.perDevice,
  ...warningsView(plan.warnings),
})
