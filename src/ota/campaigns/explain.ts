// Why a device is (not) being updated now: the rules that decide, in their order, as sentences.

import { OtaError } from '../../errors.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Campaign, Device, DeviceKey, Task } from '../model.ts'
import type { Verdict } from '../ports/operators.ts'
import { adviceOf } from '../rules/advice.ts'
import { firstStep, sourcesOfAll } from '../rules/chains.ts'
import { type Eligibility, eligibility, type Scope, stepsFor, versionOf } from '../rules/eligibility.ts'
import { openTaskOf } from '../rules/open-task.ts'
import type { Part, Ports } from '../state/context.ts'
import { scopeOf } from '../state/scope.ts'
import { deviceVerdicts } from './explain-device.ts'
import { noCampaign, noTaskExplanation } from './explain-no-task.ts'
import { type Holding, holds, holdsOfOffered, isSilent } from './holds.ts'
import { isOffered } from './notify.ts'
import { pastOf } from './past.ts'
import { timeOf } from './times.ts'

type Answer = Pick<Verdict, 'ok' | 'said'> & { readonly reason?: string | null }

const adviceFor = (task: Task | null): Pick<Verdict, 'advice'> => {
  const advice = task === null ? null : adviceOf(task)
  return advice === null ? {} : { advice }
}

/** `reason` is set for rules that refuse. */
const verdict = (campaign: Campaign | null, task: Task | null, rule: string, { ok, said, reason = null }: Answer): Verdict => ({
  ...adviceFor(task),
  rule: campaign === null ? rule : `campaign ${campaign.id} ${rule}`,
  ok,
  said,
  campaign: campaign?.id ?? null,
  task: task?.id ?? null,
  reason: ok ? null : (reason ?? rule),
})

/** The package takes some versions, and the target names some: neither fits what the device runs. */
const versionSentence = ({ campaign, packages }: Scope, version: string | null): Sentence => {
  const [sources, named] = [sourcesOfAll(packages), campaign.target.from]
  if (sources.length > 0 && named.length > 0) return sentence('versions_wanted_both', { sources, named, version })
  return sentence('versions_wanted', { versions: sources.length > 0 ? sources : named, version })
}

/** Why the device is (not) a target. Also used for devices that a dry run leaves out. */
export const eligibilitySentence = (scope: Scope, device: Device, found: Eligibility): Sentence => {
  const { campaign } = scope
  const { target, product, module } = campaign
  const version = versionOf(device, module)
  switch (found) {
    case 'target':
      return sentence('is_target', { version, to: campaign.version })
    case 'skip':
      return sentence('already_on_version', { version: campaign.version })
    case 'step_first': {
      const step = firstStep(version, sourcesOfAll(scope.packages), stepsFor(scope, device))
      const campaign = step === undefined ? null : String(step.campaign)
      return sentence('step_first', { wanted: versionSentence(scope, version), campaign, to: step?.to ?? null })
    }
    case 'other_product':
      return sentence('other_product', { product })
    case 'excluded':
      return sentence('excluded_by_name')
    case 'not_named':
      return sentence('not_named', { count: target.devices.length })
    case 'no_tag':
      return device.tags.length === 0
        ? sentence('has_no_tags', { wanted: target.tags })
        : sentence('has_other_tags', { wanted: target.tags, tags: device.tags })
    case 'module_never_reported':
      return sentence('module_never_reported', { module })
    case 'gateway_never_reported':
      return sentence('gateway_never_reported')
    case 'version_unknown':
    case 'version_not_eligible':
      return versionSentence(scope, version)
  }
}

const offeredSentence = ({ connections }: Part<'connections'>, device: Device, task: Task): Sentence => {
  if (task.graceSince !== null) return sentence('in_grace', { since: timeOf(task.graceSince) })
  const state = connections.via(device)
  const connection = state === undefined ? 'last' : state.offered.has(task.id) ? 'this' : 'earlier'
  const params = { state: task.state, connection }
  return task.step === null ? sentence('task_offered', params) : sentence('task_at_step', { ...params, step: task.step })
}

/** For a task that was offered and is not queued: when it is offered again. */
const notQueuedSentence = ({ ports, connections, queue }: Holding, campaign: Campaign, device: Device, task: Task): Sentence | null => {
  const state = connections.via(device)
  if (state?.subscribed.has('ota') !== true) return null
  const isOnThisConnection = state.offered.has(task.id)
  if (isOnThisConnection && task.state === 'queued') return sentence('offer_not_sent')
  if (task.state === 'queued' || queue.ready(campaign.id, task.phase).has(task.id)) return null
  return isOnThisConnection ? sentence('offered_and_silent') : sentence('offered_before', { seconds: ports.settings.repushSeconds })
}

/** For a queued task the verdict of every rule; for one that was offered its state. */
const taskVerdicts = (context: Holding, campaign: Campaign, device: Device, task: Task): readonly Verdict[] => {
  const asked = (isOffered(task) ? holdsOfOffered(task) : holds).flatMap((rule) => {
    const answer = rule.ask({ context, campaign, task, device })
    return answer.ok && isSilent(rule)
      ? []
      : [verdict(campaign, task, rule.reason, { ok: answer.ok, said: answer.say(), reason: rule.reason })]
  })
  const ofTask = (ok: boolean, said: Sentence): Verdict => verdict(campaign, task, `task ${task.id}`, { ok, said })
  if (isOffered(task)) return [...asked.filter(({ ok }) => !ok), ofTask(task.graceSince === null, offeredSentence(context, device, task))]
  if (!asked.every(({ ok }) => ok)) return asked
  const turn = sentence(campaign.push ? 'next_turn' : 'next_turn_on_request')
  return [...asked, ofTask(true, notQueuedSentence(context, campaign, device, task) ?? turn)]
}

const campaignVerdicts = (context: Holding, campaign: Campaign, device: Device, past: readonly Task[]): readonly Verdict[] => {
  const { reads } = context.ports
  const task = openTaskOf(reads, device.key, campaign.module)
  if (task?.campaign === campaign.id) return taskVerdicts(context, campaign, device, task)
  const scope = scopeOf(context.ports, campaign)
  const found = eligibility(scope, device)
  const ok = found === 'target' || found === 'step_first'
  const target = verdict(campaign, null, 'target', { ok, said: eligibilitySentence(scope, device, found), reason: found })
  if (!ok) return [target]
  if (campaign.status === 'running' && campaign.target.continuous && context.queue.held.has(device.key))
    return [target, verdict(campaign, null, 'task', { ok: false, said: sentence('device_at_station'), reason: 'station' })]
  const { task: about, ...answer } = noTaskExplanation(context.ports, scope, device, found, past)
  return [target, verdict(campaign, about, 'task', { ok: false, ...answer })]
}

/** Campaigns under way, and one that has ended, or is of stations, and has an open task of the device. */
const concerning = ({ reads }: Pick<Ports, 'reads'>, device: Device, module: string | undefined): readonly Campaign[] =>
  [...reads.campaigns()].filter(
    (campaign) =>
      campaign.product === device.product &&
      (module === undefined || campaign.module === module) &&
      ((campaign.station === undefined && campaign.status !== 'completed' && campaign.status !== 'canceled') ||
        openTaskOf(reads, device.key, campaign.module)?.campaign === campaign.id),
  )

/** `GET /devices/{pk}/{dn}/why`: rules and verdicts in their order. OTA_DEVICE_UNKNOWN. */
export const why = async (context: Holding, key: DeviceKey, module: string | undefined): Promise<readonly Verdict[]> => {
  const { ports } = context
  // The past is read from disk; after that nothing else can intervene.
  const past = await pastOf(ports.queries, key)
  const device = ports.reads.device(key)
  if (device === undefined) throw new OtaError('OTA_DEVICE_UNKNOWN', sentence('device_never_seen', { device: key }))
  const campaigns = concerning(ports, device, module)
  const own = deviceVerdicts(context, device)
  if (campaigns.length > 0) return [...own, ...campaigns.flatMap((one) => campaignVerdicts(context, one, device, past))]
  const { task, ...answer } = noCampaign(device, module, past)
  return [...own, verdict(null, task, 'campaigns', { ok: false, ...answer })]
}
