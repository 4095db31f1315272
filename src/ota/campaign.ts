// Who a campaign is for, and what its figures say. Pure functions of data: the same ones decide and explain.

import type { OtaSettings } from '../settings.ts'
import type { Campaign, Device, Firmware, Module, Tally, Task } from './model.ts'
import type { Limits } from './task.ts'

/** Why a device is (not) a target. `skip`: it is one, but already runs the version. */
export type Standing =
  | 'target'
  | 'skip'
  | 'other_product'
  | 'excluded'
  | 'not_named'
  | 'no_tag'
  | 'module_never_reported'
  | 'version_unknown'
  | 'version_not_eligible'

const sets = new WeakMap<readonly string[], ReadonlySet<string>>()

/** Lists of up to 100,000 names are asked once for each device: as sets, made once for each list. */
const asSet = (list: readonly string[]): ReadonlySet<string> => {
  const known = sets.get(list)
  if (known !== undefined) return known
  const made = new Set(list)
  sets.set(list, made)
  return made
}

export const moduleOf = (device: Device, name: string): Module | undefined => device.modules.find((module) => module.name === name)

const allows = (versions: readonly string[], version: string | null): boolean =>
  versions.length === 0 || (version !== null && versions.includes(version))

const versionStanding = (campaign: Campaign, firmware: Firmware, device: Device, named: boolean): Standing => {
  const version = moduleOf(device, campaign.module)?.version ?? null
  if (version === campaign.version && !campaign.reflash) return 'skip'
  if (version === null && device.modules.length > 0 && !named) return 'module_never_reported'
  if (allows(firmware.from, version) && allows(campaign.target.from, version)) return 'target'
  return version === null ? 'version_unknown' : 'version_not_eligible'
}

/** protocol.md §4: whether the campaign is for this device, as it stands now. */
export const standing = (campaign: Campaign, firmware: Firmware, device: Device): Standing => {
  const { target } = campaign
  if (device.product !== campaign.product) return 'other_product'
  if (asSet(target.exclude).has(device.key)) return 'excluded'
  const named = asSet(target.devices).has(device.key)
  if (target.devices.length > 0 && !named) return 'not_named'
  if (target.tags.length > 0 && !target.tags.some((tag) => device.tags.includes(tag))) return 'no_tag'
  return versionStanding(campaign, firmware, device, named)
}

/** The source versions that a task of this campaign may start from; empty: any. */
export const sourcesOf = (campaign: Campaign, firmware: Firmware): readonly string[] => {
  if (firmware.from.length === 0) return campaign.target.from
  return campaign.target.from.length === 0 ? firmware.from : firmware.from.filter((version) => campaign.target.from.includes(version))
}

export const openCount = (tally: Tally): number => tally.queued + tally.notified + tally.in_progress

/** A snapshot campaign has done its work when every task has ended and no target waits for another campaign. */
export const isFinished = (campaign: Campaign, tally: Tally): boolean =>
  (campaign.status === 'running' || campaign.status === 'paused') &&
  !campaign.target.continuous &&
  campaign.planning === null &&
  campaign.waiting.length === 0 &&
  openCount(tally) === 0

/** Whether what is queued or only notified may be handed out now. */
export const handsOut = (campaign: Campaign): boolean => campaign.status === 'running'

/** The times of protocol.md §5 for a task of this campaign, in milliseconds. */
export const limitsOf = (campaign: Campaign, settings: OtaSettings, isSubDevice: boolean, familySignAt: number): Limits => {
  const upgrade = campaign.timeouts.upgradeSeconds ?? (isSubDevice ? settings.subDeviceUpgradeSeconds : settings.upgradeSeconds)
  return {
    slot: settings.slotSeconds * 1000,
    noResponse: campaign.timeouts.noResponseSeconds * 1000,
    upgrade: upgrade * 1000,
    stall: campaign.timeouts.stallSeconds * 1000,
    grace: settings.rollbackGraceSeconds * 1000,
    familySignAt,
  }
}

/** When the next attempt of an ended task may start, by the campaign's policy; null: there is none. */
export const retryAt = (campaign: Campaign, task: Task, cause: 'retry_failure' | 'retry_timeout', now: number): number | null => {
  if (campaign.status !== 'running' && campaign.status !== 'paused') return null
  if (task.attempt > campaign.retry.max || (cause === 'retry_timeout' && !campaign.retry.onTimeout)) return null
  return now + campaign.retry.delaySeconds * 1000
}
