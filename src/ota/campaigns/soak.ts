// What speaks against a phase after its devices have succeeded: one that falls back to another version, or cannot stay connected.

import type { Core } from '../memory/core.ts'
import { createDraft, type Draft, draftCampaign, stageCampaign } from '../memory/draft.ts'
import { record } from '../memory/record.ts'
import type { Campaign, Device, Module } from '../model.ts'
import { moduleOf } from '../rules/campaign.ts'

/** A phase is judged by its share; longer lists than this say nothing more. */
const mostAgainst = 1000

/** The device with that version of the module. Which task brought it there stays known while it stays there. */
export const withVersion = (device: Device, name: string, version: string, now: number): Device => {
  const standing = moduleOf(device, name)
  const task = standing?.version === version ? standing.task : null
  const module: Module = { name, version, reportedAt: now, ...(task ? { task } : {}) }
  return {
    ...device,
    lastSeen: now,
    modules: [...device.modules.filter((one) => one.name !== name), module].sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

/** Whether a report of `version` says that the module has left what a task brought it to. */
export const hasFallenBack = (device: Device, name: string, version: string): boolean => {
  const standing = moduleOf(device, name)
  return standing?.task != null && standing.version !== version
}

/** The campaign in whose open phase a task brought the module to what it runs, if that phase still can be spoken against. */
const judgedBy = (module: Module | undefined, device: Device, find: (id: number) => Campaign | undefined): Campaign | undefined => {
  const campaign = module?.task ? find(module.task.campaign) : undefined
  const phase = campaign?.phase
  if (campaign === undefined || phase == null || (campaign.status !== 'running' && campaign.status !== 'paused')) return undefined
  const isJudged = phase.index === module?.task?.phase && !phase.against.includes(device.key) && phase.against.length < mostAgainst
  return isJudged ? campaign : undefined
}

/** `device` as it stood before it fell back. */
export const countAgainst = (core: Core, draft: Draft, device: Device, name: string): void => {
  const campaign = judgedBy(moduleOf(device, name), device, (id) => draftCampaign(draft, id))
  if (campaign?.phase == null) return
  stageCampaign(draft, { ...campaign, phase: { ...campaign.phase, against: [...campaign.phase.against, device.key] } })
  core.log.info({ device: device.key, campaign: campaign.id }, 'counts against its phase')
}

/** Counts a disconnect of a device that has succeeded in a phase that is open; those that come again and again count against it. */
export const flapped = async (core: Core, device: Device): Promise<void> => {
  for (const module of device.modules) {
    const campaign = judgedBy(module, device, core.store.reads.campaign)
    if (campaign?.phase == null) continue
    const key = `${campaign.id}/${campaign.phase.index}/${device.key}`
    const flaps = (core.flaps.get(key) ?? 0) + 1
    core.flaps.set(key, flaps)
    if (flaps < core.settings.flapDisconnects) continue
    core.flaps.delete(key)
    const draft = createDraft(core.store)
    countAgainst(core, draft, device, module.name)
    await record(core, draft)
  }
}

/** What was counted in a phase that is closed now is of no use any more. */
export const forgetFlaps = (core: Core, campaign: number): void => {
  for (const key of core.flaps.keys()) if (key.startsWith(`${campaign}/`)) core.flaps.delete(key)
}
