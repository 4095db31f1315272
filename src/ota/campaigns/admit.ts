// One task for one device, which a test station asks for: it is offered like any other. Its device need not be known or connected.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { Campaign, Device, DeviceKey, Task } from '../model.ts'
import { type Scope, versionOf } from '../rules/eligibility.ts'
import { newDevice } from '../rules/new-device.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { applyEvent, withoutLate } from '../state/attempts.ts'
import { commit } from '../state/commit.ts'
import type { Context, Part, Ports } from '../state/context.ts'
import { createDraft, type Draft, draftDevice, stageDevice } from '../state/draft.ts'
import { scopeOf } from '../state/scope.ts'
import { deviceFault } from './create.ts'
import { eligibilitySentence } from './explain.ts'
import { mustFindCampaign } from './lifecycle.ts'
import { makeTask } from './matching.ts'

const mustBeOfStations = ({ reads }: Pick<Ports, 'reads'>, id: number): Campaign => {
  const campaign = mustFindCampaign(reads, id)
  if (campaign.station !== undefined) return campaign
  throw new OtaError('OTA_CAMPAIGN_STATE', sentence('campaign_not_of_stations', { campaign: String(id) }))
}

/** The device's record, or what it will be: OTA_DEVICE_UNKNOWN where enrolment is closed. */
const deviceOf = (ports: Pick<Ports, 'reads' | 'enrolment' | 'now'>, campaign: Campaign, key: DeviceKey): Device => {
  const fault = deviceFault(ports, campaign, key)
  if (fault === null) return ports.reads.device(key) ?? newDevice(key, ports.now())
  throw new OtaError(fault.code === 'device_unknown_and_closed' ? 'OTA_DEVICE_UNKNOWN' : 'OTA_BAD_REQUEST', fault)
}

/** A queued task of another campaign is replaced; OTA_TASK_BUSY for one that its device knows of. */
const replace = (context: Part<'ports' | 'connections' | 'clocks'>, draft: Draft, open: Task): void => {
  const { id, campaign, device, state } = open
  if (state !== 'queued') {
    const name = context.ports.reads.campaign(campaign)?.name ?? ''
    const params = { device, task: String(id), campaign: String(campaign), name, state }
    throw new OtaError('OTA_TASK_BUSY', sentence('device_busy_with', params))
  }
  applyEvent(context, draft, open, { type: 'cancel', reason: 'superseded', force: false })
}

const make = async (context: Context, scope: Scope, device: Device, open: Task | undefined): Promise<Task> => {
  const { ports } = context
  const { module } = scope.campaign
  const draft = createDraft(ports.reads)
  if (open !== undefined) replace(context, draft, open)
  // A success of an earlier run that comes late would end this run's task.
  const record = draftDevice(draft, device.key) ?? device
  const cleared = withoutLate(record, module)
  if (cleared !== record || device.rev === 0) stageDevice(draft, cleared)
  const task = makeTask(ports, draft, scope, device, 0)
  if (task === undefined) throw new OtaError('OTA_CAMPAIGN_EMPTY', eligibilitySentence(scope, device, 'version_not_eligible'))
  await commit(context, draft)
  return ports.reads.openTask(task.id) ?? (await ports.queries.task(task.id)) ?? task
}

/** What was asked for before, and may be on its way to the disk still; undefined: it has not arrived there. */
const asked = async ({ writes, reads, queries }: Ports, { id }: Task): Promise<Task | undefined> => {
  await writes.settled()
  return reads.openTask(id) ?? (await queries.task(id))
}

/** `StationOperations.admit`. */
export const admit = async (context: Context, id: number, key: DeviceKey, reflash: boolean): Promise<Task | 'current'> => {
  const { ports } = context
  const campaign = mustBeOfStations(ports, id)
  const device = deviceOf(ports, campaign, key)
  const open = openTaskOf(ports.reads, key, campaign.module)
  if (open?.campaign === id) return (await asked(ports, open)) ?? (await admit(context, id, key, reflash))
  if (!reflash && versionOf(device, campaign.module) === campaign.version) return 'current'
  return make(context, { ...scopeOf(ports, campaign), campaign: { ...campaign, reflash } }, device, open)
}
