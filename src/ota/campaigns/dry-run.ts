// What a campaign would do if it started now: who would be updated, who not and why, in which phase, and about how long it would take.

import { OtaError } from '../../errors.ts'
import type { CampaignInput, Plan } from '../inputs.ts'
import type { Core } from '../memory/core.ts'
import { scopeOf } from '../memory/scope.ts'
import type { Campaign, DeviceKey } from '../model.ts'
import { defaultAbort } from '../rules/abort.ts'
import { perDevice, secondsOf } from '../rules/estimate.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { phaseOf } from '../rules/phases.ts'
import { checkedDraft, mustHaveTargets } from './campaigns.ts'
import { doubtsOf } from './doubts.ts'
import { standingText } from './explain.ts'
import { survey } from './survey.ts'

interface Groups {
  readonly sizes: number[]
  readonly devices: DeviceKey[][]
  skipped: number
  waiting: number
}

/** OTA_BAD_REQUEST and OTA_CAMPAIGN_EMPTY as `createCampaign` and `startCampaign`. `limit` bounds the lists, not the counts. */
export const dryRun = async (core: Core, input: CampaignInput, limit = 1000): Promise<Plan> => {
  const draft = checkedDraft(core, input)
  const scope = scopeOf(core, draft)
  const left: Plan['left'][number][] = []
  const leftCounts: Record<string, number> = {}
  const found = await survey(core, draft, (device, verdict) => {
    if (verdict === 'target' || verdict === 'skip' || verdict === 'step_first') return
    leftCounts[verdict] = (leftCounts[verdict] ?? 0) + 1
    if (left.length < limit) left.push({ device: device.key, reason: verdict, text: standingText(scope, device, verdict) })
  })
  mustHaveTargets(core, draft, found)
  const campaign: Campaign = { ...draft, bounds: found.bounds }
  const groups = await divide(core, campaign, found, limit)
  return {
    targets: found.targets,
    skipped: groups.skipped,
    waiting: groups.waiting,
    phases: groups.sizes.map((size, phase) => ({ phase, size, devices: groups.devices[phase]?.sort() ?? [] })),
    left,
    leftCounts,
    seconds: found.targets === 0 ? null : secondsOf(campaign, groups.sizes, core.now()),
    perDevice,
    doubts: doubtsOf(core.store.reads, draft, core.now(), found.targets),
  }
}

/** The campaign is at fault, not the server. */
const isRefusal = (error: unknown): boolean =>
  error instanceof OtaError && (error.code === 'OTA_CAMPAIGN_EMPTY' || error.code === 'OTA_BAD_REQUEST')

/** What of it is probably a slip: ask before it is made. Phases and rules need the targets. OTA_FIRMWARE_UNKNOWN, OTA_BAD_REQUEST. */
export const campaignDoubts = async (core: Core, input: CampaignInput): Promise<readonly string[]> => {
  const draft = checkedDraft(core, input)
  const told = doubtsOf(core.store.reads, draft, core.now())
  if (draft.phases.length === 0 && draft.abort === defaultAbort) return told
  // A draft may be for nobody that is known so far, which a dry run refuses.
  return await dryRun(core, input, 0).then(
    ({ doubts }) => doubts,
    (error: unknown) => {
      if (isRefusal(error)) return told
      throw error
    },
  )
}

/** All targets by phase, as the start would divide them. */
const divide = async (core: Core, campaign: Campaign, found: Awaited<ReturnType<typeof survey>>, limit: number): Promise<Groups> => {
  const phases = Math.max(1, campaign.phases.length)
  const groups: Groups = { sizes: Array(phases).fill(0), devices: Array.from({ length: phases }, () => []), skipped: 0, waiting: 0 }
  let seen = 0
  for (const { key, verdict } of found.candidates) {
    seen += 1
    if (seen % 1000 === 0) await core.breathe()
    if (verdict === 'skip') groups.skipped += 1
    const device = core.store.reads.device(key)
    if (verdict === 'skip') continue
    const phase = device === undefined ? phaseByName(campaign, key) : phaseOf(campaign, device, (index) => groups.sizes[index] ?? 0)
    groups.sizes[phase] = (groups.sizes[phase] ?? 0) + 1
    if ((groups.devices[phase]?.length ?? limit) < limit) groups.devices[phase]?.push(key)
    const open = openTaskOf(core.store.reads, key, campaign.module)
    const isReplaced = campaign.overwrite && open !== undefined && open.state !== 'in_progress'
    if (verdict === 'step_first' || (open !== undefined && !isReplaced)) groups.waiting += 1
  }
  return groups
}

/** A named device that nobody knows yet has no tags. */
const phaseByName = (campaign: Campaign, key: DeviceKey): number => phaseOf(campaign, { key, tags: [] }, () => 0)
