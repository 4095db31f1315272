// What a campaign would do if it started now: which devices would be updated, which not and why, in which phase, and about how long it
// would take.

import { OtaError } from '../../errors.ts'
import type { CampaignInput, Plan, Warning } from '../inputs.ts'
import type { Campaign, DeviceKey } from '../model.ts'
import { defaultAbort } from '../rules/abort.ts'
import { versionOf } from '../rules/eligibility.ts'
import { perDevice, secondsOf } from '../rules/estimate.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { phaseOf } from '../rules/phases.ts'
import type { Ports } from '../state/context.ts'
import { scopeOf } from '../state/scope.ts'
import { warningsOf } from './campaign-warnings.ts'
import { eligibilitySentence } from './explain.ts'
import { checkedCampaign, mustHaveTargets } from './lifecycle.ts'
import { type Survey, survey } from './survey.ts'

interface Groups {
  readonly sizes: number[]
  readonly devices: DeviceKey[][]
  skipped: number
  waiting: number
}

/** OTA_BAD_REQUEST and OTA_CAMPAIGN_EMPTY as for a creation and a start. `limit` bounds the lists, not the counts. */
export const dryRun = async (ports: Ports, input: CampaignInput, limit = 1000): Promise<Plan> => {
  const checked = checkedCampaign(ports, input)
  const scope = scopeOf(ports, checked)
  const left: Plan['left'][number][] = []
  const leftCounts: Record<string, number> = {}
  let unreported = 0
  const found = await survey(ports, checked, (device, verdict) => {
    if (verdict === 'target' && versionOf(device, checked.module) === null) unreported += 1
    if (verdict === 'target' || verdict === 'skip' || verdict === 'step_first') return
    leftCounts[verdict] = (leftCounts[verdict] ?? 0) + 1
    if (left.length < limit) left.push({ device: device.key, reason: verdict, said: eligibilitySentence(scope, device, verdict) })
  })
  mustHaveTargets(ports, checked, found)
  const campaign: Campaign = { ...checked, bounds: found.bounds }
  const groups = await divide(ports, campaign, found, limit)
  return {
    targets: found.targets,
    unreported,
    skipped: groups.skipped,
    waiting: groups.waiting,
    phases: groups.sizes.map((size, phase) => ({ phase, size, devices: groups.devices[phase]?.sort() ?? [] })),
    left,
    leftCounts,
    seconds: found.targets === 0 ? null : secondsOf(campaign, groups.sizes, ports.now()),
    perDevice,
    warnings: warningsOf(ports.reads, checked, ports.now(), found.targets),
  }
}

/** The campaign is at fault, not the server. */
const isRefusal = (error: unknown): boolean =>
  error instanceof OtaError && (error.code === 'OTA_CAMPAIGN_EMPTY' || error.code === 'OTA_BAD_REQUEST')

/** Probable mistakes: call before it is created. Phases and rules need the targets. OTA_FIRMWARE_UNKNOWN, OTA_BAD_REQUEST. */
export const campaignWarnings = async (ports: Ports, input: CampaignInput): Promise<readonly Warning[]> => {
  const checked = checkedCampaign(ports, input)
  const warnings = warningsOf(ports.reads, checked, ports.now())
  if (checked.phases.length === 0 && checked.abort === defaultAbort) return warnings
  // A draft may have no target among the known devices, which a dry run refuses.
  return await dryRun(ports, input, 0).then(
    (plan) => plan.warnings,
    (error: unknown) => {
      if (isRefusal(error)) return warnings
      throw error
    },
  )
}

/** All targets by phase, as the start would divide them. */
const divide = async ({ reads, breathe }: Ports, campaign: Campaign, found: Survey, limit: number): Promise<Groups> => {
  const phases = Math.max(1, campaign.phases.length)
  const groups: Groups = { sizes: Array(phases).fill(0), devices: Array.from({ length: phases }, () => []), skipped: 0, waiting: 0 }
  let seen = 0
  for (const { key, verdict } of found.candidates) {
    seen += 1
    if (seen % 1000 === 0) await breathe()
    if (verdict === 'skip') groups.skipped += 1
    if (verdict === 'skip') continue
    const device = reads.device(key)
    const phase = device === undefined ? phaseByName(campaign, key) : phaseOf(campaign, device, (index) => groups.sizes[index] ?? 0)
    groups.sizes[phase] = (groups.sizes[phase] ?? 0) + 1
    if ((groups.devices[phase]?.length ?? limit) < limit) groups.devices[phase]?.push(key)
    const open = openTaskOf(reads, key, campaign.module)
    const isReplaced = campaign.overwrite && open !== undefined && open.state !== 'in_progress'
    if (verdict === 'step_first' || (open !== undefined && !isReplaced)) groups.waiting += 1
  }
  return groups
}

/** A named device that is not known yet has no tags. */
const phaseByName = (campaign: Campaign, key: DeviceKey): number => phaseOf(campaign, { key, tags: [] }, () => 0)
