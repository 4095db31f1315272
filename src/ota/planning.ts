// From a started campaign to its tasks, in steps that a restart goes on from, and without holding up the loop.

import { standing } from './campaign.ts'
import type { Core } from './core.ts'
import { createDraft, type Draft, draftOpenTaskOf, stageCampaign, stageTally } from './draft.ts'
import { makeTask } from './matching.ts'
import type { Campaign, Device, DeviceKey, Firmware } from './model.ts'
import { record } from './record.ts'

const perStep = 500

/** Decides one device: a task, a skip, or a place among those that wait for another campaign. True where it must wait. */
const decide = (core: Core, draft: Draft, campaign: Campaign, firmware: Firmware, device: Device): boolean => {
  const verdict = standing(campaign, firmware, device)
  if (verdict === 'skip') stageTally(draft, campaign.id, 'skipped', 1)
  if (verdict !== 'target') return false
  if (draftOpenTaskOf(draft, device.key, campaign.module) !== undefined) return !campaign.target.continuous
  makeTask(core, draft, campaign, firmware, device)
  return false
}

const candidates = (core: Core, campaign: Campaign, after: DeviceKey): readonly DeviceKey[] => {
  const named = campaign.target.devices
  const keys = named.length > 0 ? [...named] : Array.from(core.store.devices(), (device) => device.key)
  return keys.filter((key) => key > after).sort()
}

/** One step: the tasks and how far it has come go to disk together. */
const step = async (core: Core, id: number, keys: readonly DeviceKey[], isLast: boolean): Promise<boolean> => {
  const campaign = core.store.campaign(id)
  const firmware = campaign && core.store.firmware(campaign.firmware)
  if (campaign === undefined || firmware === undefined || campaign.planning === null || campaign.status === 'canceled') return false
  const draft = createDraft(core.store)
  const waiting = keys.filter((key) => {
    const device = core.store.device(key)
    return device !== undefined && decide(core, draft, campaign, firmware, device)
  })
  stageCampaign(draft, {
    ...campaign,
    planning: isLast ? null : (keys.at(-1) ?? campaign.planning),
    waiting: [...campaign.waiting, ...waiting],
  })
  await record(core, draft)
  return true
}

/** Makes the tasks of a campaign from where it stands. Resolves when all are made, or the campaign was canceled meanwhile. */
export const plan = async (core: Core, id: number): Promise<void> => {
  const campaign = core.store.campaign(id)
  if (campaign === undefined || campaign.planning === null) return
  const keys = candidates(core, campaign, campaign.planning)
  for (let from = 0; ; from += perStep) {
    const isLast = from + perStep >= keys.length
    if (!(await step(core, id, keys.slice(from, from + perStep), isLast)) || isLast) return
  }
}

/** Takes in targets that waited for another campaign's task and whose module is free now. */
export const takeInWaiting = async (core: Core, campaign: Campaign): Promise<void> => {
  const firmware = core.store.firmware(campaign.firmware)
  if (firmware === undefined || campaign.waiting.length === 0 || campaign.status === 'canceled') return
  const draft = createDraft(core.store)
  const waiting = campaign.waiting.filter((key) => {
    const device = core.store.device(key)
    return device !== undefined && decide(core, draft, campaign, firmware, device)
  })
  if (waiting.length === campaign.waiting.length) return
  stageCampaign(draft, { ...campaign, waiting })
  await record(core, draft)
}
