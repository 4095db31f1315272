// What counts against a phase after its devices have succeeded: one that rolls back to another version, or cannot stay connected.

import type { Campaign, Device, Module } from '../model.ts'
import { moduleOf } from '../rules/eligibility.ts'
import { commit } from '../state/commit.ts'
import type { Connections } from '../state/connections.ts'
import type { Part, Ports } from '../state/context.ts'
import { createDraft, type Draft, draftCampaign, stageCampaign } from '../state/draft.ts'

/** A phase is decided by percentage; a longer list would not change that. */
const mostAgainst = 1000

/** Whether a report of `version` says that the module has left the version that a task installed. */
export const hasRolledBack = (device: Device, name: string, version: string): boolean => {
  const known = moduleOf(device, name)
  return known?.task != null && known.version !== version
}

/** The campaign in whose open phase a task installed the version that the module runs, if the device can still count against that phase. */
const judgedBy = (module: Module | undefined, device: Device, find: (id: number) => Campaign | undefined): Campaign | undefined => {
  const campaign = module?.task ? find(module.task.campaign) : undefined
  const phase = campaign?.phase
  if (campaign === undefined || phase == null || (campaign.status !== 'running' && campaign.status !== 'paused')) return undefined
  const isJudged = phase.index === module?.task?.phase && !phase.against.includes(device.key) && phase.against.length < mostAgainst
  return isJudged ? campaign : undefined
}

/** `device` as it was before it rolled back. */
export const countAgainst = ({ log }: Pick<Ports, 'log'>, draft: Draft, device: Device, name: string): void => {
  const campaign = judgedBy(moduleOf(device, name), device, (id) => draftCampaign(draft, id))
  if (campaign?.phase == null) return
  stageCampaign(draft, { ...campaign, phase: { ...campaign.phase, against: [...campaign.phase.against, device.key] } })
  log.info({ device: device.key, campaign: campaign.id }, 'a device counts against its phase')
}

/** Counts a disconnect of a device that has succeeded in an open phase; repeated ones count against the phase. */
export const countDisconnect = async (context: Part<'ports' | 'connections' | 'wake'>, device: Device): Promise<void> => {
  const { ports, connections } = context
  const { flaps } = connections
  for (const module of device.modules) {
    const campaign = judgedBy(module, device, ports.reads.campaign)
    if (campaign?.phase == null) continue
    const key = `${campaign.id}/${campaign.phase.index}/${device.key}`
    const count = (flaps.get(key) ?? 0) + 1
    flaps.set(key, count)
    if (count < ports.settings.flapDisconnects) continue
    flaps.delete(key)
    const draft = createDraft(ports.reads)
    countAgainst(ports, draft, device, module.name)
    await commit(context, draft)
  }
}

/** Counts of a phase that is closed now are no longer needed. */
export const forgetFlaps = ({ flaps }: Connections, campaign: number): void => {
  for (const key of flaps.keys()) if (key.startsWith(`${campaign}/`)) flaps.delete(key)
}
