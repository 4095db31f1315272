// Targets that wait in line without a task, and how that ends where they never get one: counted, listed and explained like any other end.

import type { Core } from '../memory/core.ts'
import { type Draft, stageTask } from '../memory/draft.ts'
import { packagesOf } from '../memory/scope.ts'
import type { Campaign, CancelReason, Waiting } from '../model.ts'
import type { Change } from '../ports/store.ts'
import { versionOf } from '../rules/campaign.ts'
import { packageFor } from '../rules/chains.ts'
import { newTask } from '../rules/new-task.ts'
import { transition } from '../rules/task.ts'

/**
 * A target whose turn never came: its task begins and ends in one. Gives what takes it out of line; nothing more is recorded of a device
 * that is gone, or of a campaign that is.
 */
export const endWaiting = (core: Core, draft: Draft, waiting: Waiting, reason: CancelReason): Change => {
  const device = core.store.reads.device(waiting.device)
  const campaign = core.store.reads.campaign(waiting.campaign)
  if (device !== undefined && campaign !== undefined) stageTask(draft, undefined, endedTask(core, campaign, waiting, reason))
  return { del: 'waiting', value: waiting }
}

const endedTask = (core: Core, campaign: Campaign, waiting: Waiting, reason: CancelReason) => {
  const device = core.store.reads.device(waiting.device)
  const from = device === undefined ? null : versionOf(device, campaign.module)
  const firmware = packageFor(packagesOf(core, campaign), from) ?? core.store.reads.firmware(campaign.firmware)
  const task = newTask(
    {
      id: core.store.writes.nextId('task'),
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
    core.now(),
  )
  const inLine = { ...task, history: [{ at: waiting.since, state: 'queued' as const, note: 'in line: its turn never came' }] }
  return transition(inLine, { type: 'cancel', reason, force: false }, core.now()).task
}
