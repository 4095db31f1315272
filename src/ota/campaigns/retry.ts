// New attempts of what failed, which an operator asks for: of all devices of a campaign, or of those that are named.

import { type Fault, faultAt, OtaError } from '../../errors.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Campaign, DeviceKey, Task } from '../model.ts'
import type { NotedStep, StepBy } from '../policy.ts'
import { noted, stepBy } from '../rules/campaign-steps.ts'
import { isSilentGateway, isThere } from '../rules/eligibility.ts'
import { attemptAgain } from '../state/attempts.ts'
import { type Committing, commit } from '../state/commit.ts'
import type { Ports } from '../state/context.ts'
import { createDraft, draftCampaign, draftOpenTaskOf, stageCampaign } from '../state/draft.ts'
import { scopeOf } from '../state/scope.ts'
import { mustFind } from './catalog.ts'
import { mustBe, mustFindCampaign } from './lifecycle.ts'
import { timeOf } from './times.ts'

const perStep = 500

const retryStates = ['failed', 'timed_out', 'rejected'] as const

/** One that was completed runs again; failures that an operator had accepted in its phase are retried, and may fail it again. */
const resumed = (campaign: Campaign, step: NotedStep): Campaign => ({
  ...campaign,
  ...noted(campaign, step),
  ...(campaign.status === 'completed' ? { status: 'running', endedAt: null } : {}),
  phase: campaign.phase === null ? null : { ...campaign.phase, excused: 0 },
})

/** The campaign runs again with the same commit that makes its first new attempts. */
const retryPage = async (context: Committing, id: number, step: NotedStep, tasks: readonly Task[]): Promise<number> => {
  const { ports } = context
  const draft = createDraft(ports.reads)
  const campaign = mustFindCampaign(ports.reads, id)
  const scope = scopeOf(ports, campaign)
  const again = tasks.filter((task) => {
    const device = ports.reads.device(task.device)
    // A device that runs the version by now needs no other attempt; one that is a silent gateway by now would get none.
    if (device === undefined || isThere(device, task) || isSilentGateway(scope, device)) return false
    return draftOpenTaskOf(draft, task.device, task.module) === undefined
  })
  const made = again.filter((task) => attemptAgain(ports, draft, task, null)).length
  if (made > 0) stageCampaign(draft, resumed(draftCampaign(draft, id) ?? campaign, step))
  await commit(context, draft)
  return made
}

const mayRetry = (task: Task): boolean => retryStates.some((state) => state === task.state)

/** The ended tasks of these devices in the campaign. OTA_BAD_REQUEST names each device that has none. */
const failedOf = async ({ queries }: Pick<Ports, 'queries'>, campaign: number, devices: readonly DeviceKey[]): Promise<readonly Task[]> => {
  const faults: Fault[] = []
  const wanting: Sentence[] = []
  const failed: Task[] = []
  for (const [index, device] of devices.entries()) {
    const own = (await queries.tasks({ campaign, device, limit: perStep })).items.filter(mayRetry)
    if (own.length === 0) {
      const said = sentence('device_nothing_to_retry', { device, campaign: String(campaign) })
      wanting.push(said)
      faults.push(faultAt(`devices[${index}]`, said))
    }
    failed.push(...own)
  }
  if (faults.length > 0) throw new OtaError('OTA_BAD_REQUEST', sentence('retry_refused', { devices: wanting.slice(0, 3) }), { faults })
  return failed
}

/** Makes new attempts of all that failed, or of these devices alone; a completed campaign runs again. How many. */
export const retryCampaign = async (context: Committing, id: number, devices?: readonly DeviceKey[], by?: StepBy): Promise<number> => {
  const { reads, queries, now } = context.ports
  const campaign = mustFindCampaign(reads, id)
  mustBe(campaign, ['running', 'paused', 'completed'], 'retry')
  const { endAt } = campaign.schedule
  if (endAt !== null && endAt <= now())
    throw new OtaError('OTA_CAMPAIGN_STATE', sentence('campaign_end_reached', { campaign: String(id), endAt: timeOf(endAt) }))
  mustFind(reads, campaign.firmware)
  const step = stepBy('retry', by, now())
  if (devices !== undefined) return retryPage(context, id, step, await failedOf(context.ports, id, [...new Set(devices)]))
  let retried = 0
  for (const state of retryStates) {
    for (let after = 0; ; ) {
      const page = await queries.tasks({ campaign: id, state, limit: perStep, after })
      retried += await retryPage(context, id, step, page.items)
      if (page.next === null) break
      after = page.next
    }
  }
  return retried
}
