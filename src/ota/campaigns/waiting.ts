// Targets that wait without a task, and how that ends if they never get one: counted, listed and explained like any other end.

import { sentence } from '../../sentences/sentence.ts'
import type { Campaign, CancelReason, Device, Task, Waiting } from '../model.ts'
import type { Change } from '../ports/store.ts'
import { packageFor } from '../rules/chains.ts'
import { versionOf } from '../rules/eligibility.ts'
import { newTask } from '../rules/new-task.ts'
import { transition } from '../rules/transition.ts'
import type { Making } from '../state/attempts.ts'
import { type Draft, stageTask } from '../state/draft.ts'
import { packagesOf } from '../state/scope.ts'

/**
 * A target whose turn never came: its task begins and ends at once. Returns the change that ends its waiting; nothing else is recorded
 * for a device or a campaign that was removed.
 */
export const endWaiting = (ports: Making, draft: Draft, waiting: Waiting, reason: CancelReason): Change => {
  const device = ports.reads.device(waiting.device)
  const campaign = ports.reads.campaign(waiting.campaign)
  if (device !== undefined && campaign !== undefined) stageTask(draft, undefined, endedTask(ports, campaign, device, waiting, reason))
  return { del: 'waiting', value: waiting }
}

const endedTask = ({ reads, writes, now }: Making, campaign: Campaign, device: Device, waiting: Waiting, reason: CancelReason): Task => {
  const from = versionOf(device, campaign.module)
  const firmware = packageFor(packagesOf(reads, campaign), from) ?? reads.firmware(campaign.firmware)
  const task = newTask(
    {
      id: writes.nextId('task'),
      campaign: campaign.id,
      device: waiting.device,
      module: campaign.module,
      firmware: firmware?.id ?? campaign.firmware,
      from,
      to: campaign.version,
      size: firmware?.size ?? 0,
      sources: firmware?.from ?? [],
      reflash: campaign.reflash,
      phase: waiting.phase,
    },
    now(),
  )
  const queued = { ...task, history: [{ at: waiting.since, state: 'queued' as const, said: sentence('note_never_its_turn') }] }
  return transition(queued, { type: 'cancel', reason, force: false }, now()).task
}
