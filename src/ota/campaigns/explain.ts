// Why a device is (not) being updated now: the rules that decide, asked in their order and put in words.

import { OtaError } from '../../errors.ts'
import type { Core } from '../memory/core.ts'
import { scopeOf } from '../memory/scope.ts'
import type { Campaign, Device, DeviceKey, Task } from '../model.ts'
import type { Verdict } from '../ports/operators.ts'
import { type Scope, type Standing, standing, stepsFor, versionOf } from '../rules/campaign.ts'
import { firstStep, sourcesOfAll } from '../rules/chains.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { noCampaign, untoldText } from './explain-untold.ts'
import { gates, gatesOfTold } from './gates.ts'
import { pastOf } from './matching.ts'

const when = (at: number | null): string => (at === null ? 'never' : new Date(at).toISOString())

type Said = Pick<Verdict, 'ok' | 'text'> & { readonly reason?: string | null }

/** `reason` is told of rules that say no alone. */
const verdict = (campaign: Campaign | null, task: Task | null, rule: string, { ok, text, reason = null }: Said): Verdict => ({
  rule: campaign === null ? rule : `campaign ${campaign.id} ${rule}`,
  ok,
  text,
  campaign: campaign?.id ?? null,
  task: task?.id ?? null,
  reason: ok ? null : (reason ?? rule),
})

const presenceOf = (core: Core, device: Device): Verdict => {
  const presence = core.sessions.presence(device)
  const through = device.gateway === null ? '' : ` through gateway ${device.gateway}`
  const seen = core.sessions.lastSeen(device.key) ?? device.lastSeen
  const texts = {
    reachable: `connected and subscribed${through}`,
    not_subscribed: `connected${through}, but no filter covers its down topic`,
    offline: `offline${through}, ${seen === null ? 'never seen' : `since ${when(seen)}`}`,
  }
  return verdict(null, null, 'presence', { ok: presence === 'reachable', text: texts[presence], reason: presence })
}

const wanted = ({ campaign, packages }: Scope): string =>
  [sourcesOfAll(packages), campaign.target.from]
    .filter((versions) => versions.length > 0)
    .map((versions) => versions.join(' or '))
    .join(', and of these ')

/** Why the device is (not) a target, in words. Also what a dry run tells of those that it leaves out. */
export const standingText = (scope: Scope, device: Device, found: Standing): string => {
  const { campaign } = scope
  const runs = `device runs ${versionOf(device, campaign.module) ?? 'an unknown version'}`
  switch (found) {
    case 'target':
      return `a target: ${runs}, package is ${campaign.version}`
    case 'skip':
      return `already on ${campaign.version}`
    case 'step_first': {
      const step = firstStep(versionOf(device, campaign.module), sourcesOfAll(scope.packages), stepsFor(scope, device))
      return `package wants ${wanted(scope)}, ${runs}: campaign ${step?.campaign} takes it to ${step?.to} first`
    }
    case 'other_product':
      return `the package is for product ${campaign.product}`
    case 'excluded':
      return 'excluded by name'
    case 'not_named':
      return `the campaign names ${campaign.target.devices.length === 1 ? 'one device' : `${campaign.target.devices.length} devices`}, not this one`
    case 'no_tag':
      return `the campaign wants one of the tags ${campaign.target.tags.join(', ')}; device has ${device.tags.join(', ') || 'none'}`
    case 'module_never_reported':
      return `the device has reported other modules, but never ${campaign.module}`
    case 'version_unknown':
    case 'version_not_eligible':
      return `package wants ${wanted(scope)}, ${runs}`
  }
}

const toldText = (core: Core, device: Device, task: Task): string => {
  if (task.graceSince !== null) return `fell back to the old version at ${when(task.graceSince)}; not told again during the grace`
  const session = core.sessions.via(device)
  const told =
    session === undefined
      ? 'told when it was last connected'
      : session.told.has(task.id)
        ? 'told on this connection'
        : 'told before this connection'
  return `${task.state.replace('_', ' ')}${task.step === null ? '' : ` at ${task.step} %`}, ${told}`
}

const turnText = ({ push }: Campaign): string => (push ? 'its turn' : 'its turn: told when it asks (the campaign does not push)')

/** Of a task that was told and is in no line: what it takes to be told again. */
const outOfLineText = (core: Core, campaign: Campaign, device: Device, task: Task): string | null => {
  const session = core.sessions.via(device)
  if (session?.hears.has('ota') !== true) return null
  if (session.told.has(task.id) && task.state === 'queued')
    return 'could not be told on this connection, whose socket was full: told when it asks or connects anew'
  if (task.state === 'queued' || core.index.ready(campaign.id, task.phase).has(task.id)) return null
  if (session.told.has(task.id))
    return 'told on this connection, silent since, and has lost its slot: told again when it asks, reports or connects anew'
  const { repushSeconds } = core.settings
  return `told before this connection: told again when it asks or reports, or has said nothing for ${repushSeconds} s`
}

/** Every rule of a task that is in line, as it decides; of one that was told, how it stands. */
const taskVerdicts = (core: Core, campaign: Campaign, device: Device, task: Task): readonly Verdict[] => {
  const isTold = task.state === 'in_progress' || (task.state === 'notified' && task.slot)
  const asked = (isTold ? gatesOfTold(task) : gates).map((gate) => {
    const answer = gate.ask({ core, campaign, task, device })
    return verdict(campaign, task, gate.reason, { ok: answer.ok, text: answer.say(), reason: gate.reason })
  })
  if (isTold) {
    const told = verdict(campaign, task, `task ${task.id}`, { ok: task.graceSince === null, text: toldText(core, device, task) })
    return [...asked.filter(({ ok }) => !ok), told]
  }
  if (!asked.every(({ ok }) => ok)) return asked
  const text = outOfLineText(core, campaign, device, task) ?? turnText(campaign)
  return [...asked, verdict(campaign, task, `task ${task.id}`, { ok: true, text })]
}

const campaignVerdicts = (core: Core, campaign: Campaign, device: Device, past: readonly Task[]): readonly Verdict[] => {
  const task = openTaskOf(core.store.reads, device.key, campaign.module)
  if (task?.campaign === campaign.id) return taskVerdicts(core, campaign, device, task)
  const scope = scopeOf(core, campaign)
  const found = standing(scope, device)
  const isTarget = found === 'target' || found === 'step_first'
  const target = verdict(campaign, null, 'target', { ok: isTarget, text: standingText(scope, device, found), reason: found })
  if (!isTarget) return [target]
  const { task: about, ...said } = untoldText(core, scope, device, found, past)
  return [target, verdict(campaign, about, 'task', { ok: false, ...said })]
}

/** Those under way, and one that has ended but whose task has not. */
const concerning = (core: Core, device: Device, module: string | undefined): readonly Campaign[] =>
  [...core.store.reads.campaigns()].filter(
    (campaign) =>
      campaign.product === device.product &&
      (module === undefined || campaign.module === module) &&
      ((campaign.status !== 'completed' && campaign.status !== 'canceled') ||
        openTaskOf(core.store.reads, device.key, campaign.module)?.campaign === campaign.id),
  )

/** `GET /devices/{pk}/{dn}/why`: rules and verdicts in their order. OTA_DEVICE_UNKNOWN. */
export const why = async (core: Core, key: DeviceKey, module: string | undefined): Promise<readonly Verdict[]> => {
  // The past lies on disk; from there on nothing else comes between.
  const past = await pastOf(core, key)
  const device = core.store.reads.device(key)
  if (device === undefined) throw new OtaError('OTA_DEVICE_UNKNOWN', `there is no device ${key}: it has never connected and was not added`)
  const campaigns = concerning(core, device, module)
  if (campaigns.length > 0) return [presenceOf(core, device), ...campaigns.flatMap((one) => campaignVerdicts(core, one, device, past))]
  const { task, ...said } = noCampaign(device, module, past)
  return [presenceOf(core, device), verdict(null, task, 'campaigns', { ok: false, ...said })]
}
