// Why a device is (not) being updated now: the rules that decide, asked in their order and put in words.

import { OtaError } from '../errors.ts'
import { type Standing, standing } from './campaign.ts'
import type { Core } from './core.ts'
import { heldBack } from './gates.ts'
import type { Campaign, Device, DeviceKey, Task, WaitReason } from './model.ts'
import type { Verdict } from './ports.ts'

const when = (at: number | null): string => (at === null ? 'never' : new Date(at).toISOString())

const presenceVerdict = (core: Core, device: Device): Verdict => {
  const presence = core.sessions.presence(device)
  const through = device.gateway === null ? '' : ` through gateway ${device.gateway}`
  if (presence === 'reachable') return { rule: 'presence', ok: true, text: `connected and subscribed${through}` }
  if (presence === 'not_subscribed')
    return { rule: 'presence', ok: false, text: `connected${through}, but no filter covers its down topic` }
  return {
    rule: 'presence',
    ok: false,
    text: `offline${through}; last seen: ${when(core.sessions.lastSeen(device.key) ?? device.lastSeen)}`,
  }
}

const versionOf = (device: Device, module: string): string =>
  device.modules.find((entry) => entry.name === module)?.version ?? 'an unknown version'

const standingText = (core: Core, campaign: Campaign, device: Device, verdict: Standing): string => {
  const runs = `device runs ${versionOf(device, campaign.module)}`
  const from = core.store.firmware(campaign.firmware)?.from ?? []
  switch (verdict) {
    case 'target':
      return `a target: ${runs}, package is ${campaign.version}`
    case 'skip':
      return `already on ${campaign.version}`
    case 'other_product':
      return `the package is for product ${campaign.product}`
    case 'excluded':
      return 'excluded by name'
    case 'not_named':
      return `the campaign names ${campaign.target.devices.length} devices, not this one`
    case 'no_tag':
      return `the campaign wants one of the tags ${campaign.target.tags.join(', ')}; device has ${device.tags.join(', ') || 'none'}`
    case 'module_never_reported':
      return `the device has reported other modules, but never ${campaign.module}`
    case 'version_unknown':
    case 'version_not_eligible':
      return `package wants ${[...from, ...campaign.target.from].join(' or ')}, ${runs}`
  }
}

const heldText = (core: Core, campaign: Campaign, task: Task, held: WaitReason | null): string => {
  switch (held) {
    case null:
      return campaign.push ? 'its turn' : 'its turn: told when it asks (the campaign does not push)'
    case 'retry':
      return `attempt ${task.attempt} waits until ${when(task.notBefore)}`
    case 'paused':
      return `the campaign is ${campaign.status}`
    case 'busy':
      return 'another module, or enough sub-devices of its gateway, are being updated'
    default:
      return `${core.index.slots(campaign.id)} of ${campaign.maxInProgress} slots are taken`
  }
}

const taskVerdicts = (core: Core, campaign: Campaign, device: Device, task: Task): readonly Verdict[] => {
  const rule = `campaign ${campaign.id} task ${task.id}`
  const reachable = core.sessions.presence(device) === 'reachable'
  if (task.state === 'queued') {
    const held = heldBack(core, task, device)
    if (held === null && !reachable) return [{ rule, ok: false, text: 'queued: told as soon as the device can hear it' }]
    return [{ rule, ok: held === null, text: `queued: ${heldText(core, campaign, task, held)}` }]
  }
  if (task.graceSince !== null)
    return [{ rule, ok: false, text: `fell back to the old version at ${when(task.graceSince)}; not told again during the grace` }]
  const told = core.sessions.via(device)?.told.has(task.id) === true ? 'told on this connection' : 'told before this connection'
  return [{ rule, ok: reachable, text: `${task.state}${task.step === null ? '' : ` at ${task.step} %`}, ${told}` }]
}

const campaignVerdicts = (core: Core, campaign: Campaign, device: Device): readonly Verdict[] => {
  const firmware = core.store.firmware(campaign.firmware)
  const task = core.store.openTaskOf(device.key, campaign.module)
  if (task?.campaign === campaign.id) return taskVerdicts(core, campaign, device, task)
  const verdict = firmware === undefined ? 'not_named' : standing(campaign, firmware, device)
  const target: Verdict = {
    rule: `campaign ${campaign.id} target`,
    ok: verdict === 'target',
    text: standingText(core, campaign, device, verdict),
  }
  if (verdict !== 'target') return [target]
  const other = task && `its module has open task ${task.id} of campaign ${task.campaign}`
  const text =
    other ??
    (campaign.status === 'running'
      ? `its task has ended, or it joined too late: \`fogbell task list --device ${device.key}\` tells how, \`fogbell campaign retry ${campaign.id}\` makes another attempt of what failed`
      : `the campaign is ${campaign.status}`)
  return [target, { rule: `campaign ${campaign.id}`, ok: false, text }]
}

/** `GET /devices/{pk}/{dn}/why`: rules and verdicts in their order. OTA_DEVICE_UNKNOWN. */
export const why = (core: Core, key: DeviceKey, module: string | undefined): readonly Verdict[] => {
  const device = core.store.device(key)
  if (device === undefined) throw new OtaError('OTA_DEVICE_UNKNOWN', `there is no device ${key}: it has never connected and was not added`)
  const campaigns = [...core.store.campaigns()].filter(
    (campaign) =>
      campaign.product === device.product &&
      (module === undefined || campaign.module === module) &&
      ((campaign.status !== 'completed' && campaign.status !== 'canceled') ||
        core.store.openTaskOf(key, campaign.module)?.campaign === campaign.id),
  )
  const none: Verdict = {
    rule: 'campaigns',
    ok: false,
    text: `no campaign for product ${device.product}${module === undefined ? '' : ` and module ${module}`} is under way`,
  }
  return [
    presenceVerdict(core, device),
    ...(campaigns.length === 0 ? [none] : campaigns.flatMap((campaign) => campaignVerdicts(core, campaign, device))),
  ]
}
