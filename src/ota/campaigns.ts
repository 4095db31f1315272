// What operators do with campaigns: create, start, pause, resume, cancel, retry; and when one is finished.

import { type Fault, OtaError } from '../errors.ts'
import { applyEvent, attemptAgain } from './attempts.ts'
import { isFinished, standing } from './campaign.ts'
import { mustFind } from './catalog.ts'
import type { Core } from './core.ts'
import { createDraft, draftOpenTaskOf, stageCampaign, stageDevice } from './draft.ts'
import type { Campaign, CampaignStatus, DeviceKey, Firmware, Target, Task } from './model.ts'
import { parseDeviceKey } from './names.ts'
import { plan } from './planning.ts'
import type { CampaignInput } from './ports.ts'
import { record } from './record.ts'
import { newDevice } from './registry.ts'

const perStep = 500

const deviceFault = (core: Core, firmware: Firmware, key: DeviceKey): string | null => {
  const parts = parseDeviceKey(key)
  if (parts === null) return `${JSON.stringify(key)} is no usable "product/name"`
  if (parts.product !== firmware.product) return `${key} is of another product than the firmware (${firmware.product})`
  if (core.enrolment === 'closed' && core.store.device(key) === undefined)
    return `${key} is not known, and enrolment is closed: add it first`
  return null
}

const targetFaults = (core: Core, firmware: Firmware, target: Target): readonly Fault[] =>
  (['devices', 'exclude'] as const).flatMap((field) =>
    target[field].flatMap((key, index) => {
      const message = deviceFault(core, firmware, key)
      return message === null || (field === 'exclude' && parseDeviceKey(key) !== null)
        ? []
        : [{ path: `target.${field}[${index}]`, message }]
    }),
  )

const targetOf = (input: CampaignInput): Target => ({
  devices: [...new Set(input.target?.devices)],
  tags: [...new Set(input.target?.tags)],
  from: [...new Set(input.target?.from)],
  exclude: [...new Set(input.target?.exclude)],
  continuous: input.target?.continuous ?? false,
})

const newCampaign = (core: Core, input: CampaignInput, firmware: Firmware, target: Target): Campaign => ({
  id: core.store.nextId('campaign'),
  rev: 0,
  name: input.name ?? `${firmware.product} ${firmware.module} ${firmware.version}`,
  status: 'draft',
  reason: null,
  firmware: firmware.id,
  product: firmware.product,
  module: firmware.module,
  version: firmware.version,
  target,
  maxInProgress: input.maxInProgress ?? core.settings.maxInProgress,
  timeouts: {
    noResponseSeconds: input.timeouts?.noResponseSeconds ?? core.settings.noResponseSeconds,
    upgradeSeconds: input.timeouts?.upgradeSeconds ?? null,
    stallSeconds: input.timeouts?.stallSeconds ?? core.settings.stallSeconds,
  },
  retry: { max: input.retry?.max ?? 0, delaySeconds: input.retry?.delaySeconds ?? 60, onTimeout: input.retry?.onTimeout ?? false },
  push: input.push ?? true,
  reflash: input.reflash ?? false,
  planning: null,
  waiting: [],
  createdAt: core.now(),
  startedAt: null,
  endedAt: null,
})

/** A draft. OTA_FIRMWARE_UNKNOWN, or OTA_BAD_REQUEST with the path of each fault. */
export const createCampaign = async (core: Core, input: CampaignInput): Promise<Campaign> => {
  const firmware = mustFind(core, input.firmware)
  const target = targetOf(input)
  const faults = targetFaults(core, firmware, target)
  if (faults.length > 0) throw new OtaError('OTA_BAD_REQUEST', `the target has ${faults.length} faults`, { faults })
  const campaign = newCampaign(core, input, firmware, target)
  await core.store.commit([{ put: 'campaign', value: campaign }])
  core.events.emit({ type: 'campaign', campaign: campaign.id })
  return mustFindCampaign(core, campaign.id)
}

export const mustFindCampaign = (core: Core, id: number): Campaign => {
  const campaign = core.store.campaign(id)
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
  const draft = createDraft(core.store)
  stageCampaign(draft, { ...campaign, ...fields })
  await record(core, draft)
  return mustFindCampaign(core, campaign.id)
}

/** Why nobody is a target: the standing of the first named device, or that of the first of the product; null where there is one. */
const nobody = (core: Core, campaign: Campaign, firmware: Firmware): string | null => {
  const { target } = campaign
  if (target.continuous) return null
  const devices =
    target.devices.length > 0
      ? target.devices.map((key) => core.store.device(key) ?? newDevice(key, core.now()))
      : Array.from(core.store.devices()).filter((device) => device.product === campaign.product)
  let first: string | null = null
  for (const device of devices) {
    const verdict = standing(campaign, firmware, device)
    if (verdict === 'target' || verdict === 'skip') return null
    first ??= `${device.key}: ${verdict.replaceAll('_', ' ')}`
  }
  return first ?? `no device of product ${campaign.product} is known`
}

/** Named devices that have never connected are made known, so that they are updated when they come. */
const makeKnown = async (core: Core, campaign: Campaign): Promise<void> => {
  const unknown = campaign.target.devices.filter((key) => core.store.device(key) === undefined)
  for (let from = 0; from < unknown.length; from += perStep) {
    const draft = createDraft(core.store)
    for (const key of unknown.slice(from, from + perStep)) stageDevice(draft, newDevice(key, core.now()))
    await record(core, draft)
  }
}

/** Starts a draft: its tasks are made when it resolves. */
export const startCampaign = async (core: Core, id: number): Promise<Campaign> => {
  const campaign = mustFindCampaign(core, id)
  mustBe(campaign, ['draft'], 'started')
  const fault = nobody(core, campaign, mustFind(core, campaign.firmware))
  if (fault !== null) {
    throw new OtaError(
      'OTA_CAMPAIGN_EMPTY',
      `the campaign is for none of the devices that are known now (${fault}); change its target, or make it continuous to wait for devices`,
    )
  }
  await makeKnown(core, campaign)
  const now = mustFindCampaign(core, id)
  // Another hand may have started or canceled it while devices were made known.
  mustBe(now, ['draft'], 'started')
  await change(core, now, { status: 'running', startedAt: core.now(), planning: '' })
  await plan(core, id)
  return mustFindCampaign(core, id)
}

export const pauseCampaign = async (core: Core, id: number): Promise<Campaign> => {
  const campaign = mustFindCampaign(core, id)
  mustBe(campaign, ['running'], 'paused')
  return change(core, campaign, { status: 'paused', reason: 'operator' })
}

export const resumeCampaign = async (core: Core, id: number): Promise<Campaign> => {
  const campaign = mustFindCampaign(core, id)
  mustBe(campaign, ['paused'], 'resumed')
  return change(core, campaign, { status: 'running', reason: null })
}

/** Ends what a canceled campaign still has queued or told, with `force` also what is in progress. In steps, which a restart goes on with. */
export const cancelTasks = async (core: Core, id: number, force: boolean): Promise<void> => {
  const ids = [...core.index.open(id)]
  for (let from = 0; from < ids.length; from += perStep) {
    const draft = createDraft(core.store)
    for (const taskId of ids.slice(from, from + perStep)) {
      const task = core.store.openTask(taskId)
      if (task !== undefined) applyEvent(core, draft, task, { type: 'cancel', reason: 'operator', force })
    }
    await record(core, draft)
  }
}

export const cancelCampaign = async (core: Core, id: number, force: boolean): Promise<Campaign> => {
  const campaign = mustFindCampaign(core, id)
  // Again with force, where some were left in progress.
  const again = campaign.status === 'canceled' && force && core.index.open(id).size > 0
  if (!again) mustBe(campaign, ['draft', 'scheduled', 'running', 'paused'], 'canceled')
  if (!again) await change(core, campaign, { status: 'canceled', reason: 'operator', endedAt: core.now(), planning: null, waiting: [] })
  await cancelTasks(core, id, force)
  return mustFindCampaign(core, id)
}

const retryStates = ['failed', 'timed_out', 'rejected'] as const

/** The campaign runs again with the very commit that makes its first new attempts. */
const retryPage = async (core: Core, id: number, tasks: readonly Task[]): Promise<number> => {
  const draft = createDraft(core.store)
  const campaign = mustFindCampaign(core, id)
  const again = tasks.filter(
    (task) => core.store.device(task.device) !== undefined && draftOpenTaskOf(draft, task.device, task.module) === undefined,
  )
  for (const task of again) attemptAgain(core, draft, task, null)
  if (again.length > 0 && campaign.status === 'completed') stageCampaign(draft, { ...campaign, status: 'running', endedAt: null })
  await record(core, draft)
  return again.length
}

/** Makes new attempts of all that failed; a completed campaign runs again. How many. */
export const retryCampaign = async (core: Core, id: number): Promise<number> => {
  const campaign = mustFindCampaign(core, id)
  mustBe(campaign, ['running', 'paused', 'completed'], 'retried')
  mustFind(core, campaign.firmware)
  let retried = 0
  for (const state of retryStates) {
    for (let after = 0; ; ) {
      const page = await core.store.tasks({ campaign: id, state, limit: perStep, after })
      retried += await retryPage(core, id, page.items)
      if (page.next === null) break
      after = page.next
    }
  }
  return retried
}

/** Closes a campaign whose work is done. */
export const finish = async (core: Core, campaign: Campaign): Promise<void> => {
  if (isFinished(campaign, core.store.tally(campaign.id)))
    await change(core, campaign, { status: 'completed', reason: null, endedAt: core.now() })
}
