// Which devices are targets of a campaign, and what follows from its figures. Pure functions of data: the same ones decide and explain.

import type { OtaSettings } from '../../settings.ts'
import type { Away, Campaign, Device, DeviceKey, Firmware, Module, Tally, Task } from '../model.ts'
import { firstStep, packageFor, type Step, sourcesOfAll } from './chains.ts'
import { openCount } from './counts.ts'
import type { Limits } from './deadlines.ts'
import { fractionOf } from './phases.ts'

/** Why a device is (not) a target. `skip`: it is, but runs the version already. `step_first`: it is after another campaign's step. */
export type Eligibility =
  | 'target'
  | 'skip'
  | 'step_first'
  | 'other_product'
  | 'excluded'
  | 'not_named'
  | 'no_tag'
  | 'module_never_reported'
  | 'gateway_never_reported'
  | 'version_unknown'
  | 'version_not_eligible'

/** A step that another campaign offers, to devices that match its names and tags. */
export interface Offered extends Step {
  readonly admits: (device: Device) => boolean
}

/**
 * What decides about devices besides the campaign: its packages, what other running campaigns offer for the same module, and which
 * devices are gateways.
 */
export interface Scope {
  readonly campaign: Campaign
  readonly packages: readonly Firmware[]
  readonly steps: readonly Offered[]
  readonly hasChildren: (device: DeviceKey) => boolean
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>()

/** Lists of up to 100,000 names are searched for each device: as sets, built once for each list. */
const asSet = (list: readonly string[]): ReadonlySet<string> => {
  const known = sets.get(list)
  if (known !== undefined) return known
  const made = new Set(list)
  sets.set(list, made)
  return made
}

export const moduleOf = ({ modules }: Pick<Device, 'modules'>, name: string): Module | undefined =>
  modules.find((module) => module.name === name)

export const versionOf = (device: Device, module: string): string | null => moduleOf(device, module)?.version ?? null

/** Whether the device already runs what the task would install, so that nothing is left to do. */
export const isThere = (device: Device, task: Task): boolean => !task.reflash && versionOf(device, task.module) === task.to

const allows = (versions: readonly string[], version: string | null): boolean =>
  versions.length === 0 || (version !== null && versions.includes(version))

/** The steps that other campaigns offer to this device. */
export const stepsFor = ({ steps }: Pick<Scope, 'steps'>, device: Device): readonly Step[] => steps.filter(({ admits }) => admits(device))

/** Why names or tags exclude the device; null: they match. */
export const byName = (campaign: Campaign, device: Device): Eligibility | null => {
  const { target } = campaign
  if (device.product !== campaign.product) return 'other_product'
  if (asSet(target.exclude).has(device.key)) return 'excluded'
  if (target.devices.length > 0 && !asSet(target.devices).has(device.key)) return 'not_named'
  return target.tags.length > 0 && !target.tags.some((tag) => device.tags.includes(tag)) ? 'no_tag' : null
}

const isNamed = ({ target }: Campaign, { key }: Device): boolean => asSet(target.devices).has(key)

/**
 * A gateway that has reported nothing, and is not named: nothing shows that the package is for it and not for its sub-devices, which may
 * be of the same product.
 */
export const isSilentGateway = ({ campaign, hasChildren }: Pick<Scope, 'campaign' | 'hasChildren'>, device: Device): boolean =>
  device.modules.length === 0 && hasChildren(device.key) && !isNamed(campaign, device)

const byVersion = (scope: Scope, device: Device): Eligibility => {
  const { campaign, packages } = scope
  const version = versionOf(device, campaign.module)
  if (version === campaign.version && !campaign.reflash) return 'skip'
  if (version === null && device.modules.length > 0 && !isNamed(campaign, device)) return 'module_never_reported'
  if (!allows(campaign.target.from, version)) return version === null ? 'version_unknown' : 'version_not_eligible'
  if (packageFor(packages, version) !== undefined) return isSilentGateway(scope, device) ? 'gateway_never_reported' : 'target'
  if (version === null) return 'version_unknown'
  return firstStep(version, sourcesOfAll(packages), stepsFor(scope, device)) === undefined ? 'version_not_eligible' : 'step_first'
}

/** protocol.md §4: whether this device is a target of the campaign now. */
export const eligibility = (scope: Scope, device: Device): Eligibility => byName(scope.campaign, device) ?? byVersion(scope, device)

/**
 * The versions from which a task of this campaign may start with this package: those that the target names and the package can be applied
 * to; empty: any. One impossible version if they share none.
 */
export const sourcesOf = ({ target }: Campaign, { from }: Firmware): readonly string[] => {
  if (from.length === 0) return target.from
  if (target.from.length === 0) return from
  const both = from.filter((version) => target.from.includes(version))
  return both.length === 0 ? [''] : both
}

/** A snapshot campaign has done its work when every task has ended and no target waits; stations may always ask for another one. */
export const isFinished = (campaign: Campaign, tally: Tally, waiting: number): boolean =>
  (campaign.status === 'running' || campaign.status === 'paused') &&
  !campaign.target.continuous &&
  campaign.station === undefined &&
  !campaign.planning &&
  waiting === 0 &&
  openCount(tally) === 0

/** The times of protocol.md §5 for a task of this campaign, in milliseconds. */
export const limitsOf = (
  campaign: Campaign,
  settings: OtaSettings,
  isSubDevice: boolean,
  familySignAt: number,
  away: readonly Away[],
): Limits => {
  const upgrade = campaign.timeouts.upgradeSeconds ?? (isSubDevice ? settings.subDeviceUpgradeSeconds : settings.upgradeSeconds)
  return {
    slot: settings.slotSeconds * 1000,
    noResponse: campaign.timeouts.noResponseSeconds * 1000,
    upgrade: upgrade * 1000,
    stall: campaign.timeouts.stallSeconds * 1000,
    grace: (campaign.station?.graceSeconds ?? settings.rollbackGraceSeconds) * 1000,
    familySignAt,
    away,
  }
}

/** At most a tenth of the delay is added, the same for the same task: devices that failed together do not all retry at once. */
const jitter = 0.1

/** When the next attempt of an ended task may start, by the campaign's policy for its class of failure; null: there is none. */
export const retryAt = (campaign: Campaign, task: Task, cause: 'retry_failure' | 'retry_timeout', now: number): number | null => {
  if (campaign.status !== 'running' && campaign.status !== 'paused') return null
  if (task.attempt > campaign.retry.max || (cause === 'retry_timeout' && !campaign.retry.onTimeout)) return null
  return now + Math.round(campaign.retry.delaySeconds * 1000 * (1 + jitter * fractionOf(task.id, task.attempt)))
}
