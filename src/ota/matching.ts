// Continuous campaigns: whether a device that is new, or reports a version, now gets a task (protocol.md §4, row "none").

import { sourcesOf, standing } from './campaign.ts'
import type { Core } from './core.ts'
import { createDraft, type Draft, stageTask } from './draft.ts'
import type { Campaign, Device, DeviceKey, Firmware, Task } from './model.ts'
import { record } from './record.ts'
import { newTask } from './task.ts'

/** A device that falls back again and again is not updated by the same campaign for ever. */
const maxMatches = 3

/** A first attempt of the campaign for this device. */
export const makeTask = (core: Core, draft: Draft, campaign: Campaign, firmware: Firmware, device: Device): Task => {
  const task = newTask(
    {
      id: core.store.nextId('task'),
      campaign: campaign.id,
      device: device.key,
      module: campaign.module,
      firmware: firmware.id,
      from: device.modules.find((module) => module.name === campaign.module)?.version ?? null,
      to: campaign.version,
      size: firmware.size,
      sources: sourcesOf(campaign, firmware),
      reflash: campaign.reflash,
    },
    core.now(),
  )
  stageTask(draft, undefined, task)
  return task
}

const running = (core: Core, device: Device): readonly Campaign[] =>
  [...core.store.campaigns()]
    .filter((campaign) => campaign.status === 'running' && campaign.target.continuous && campaign.product === device.product)
    .sort((a, b) => b.id - a.id)

/**
 * Of each module the newest continuous campaign that the device belongs to decides; older ones never pull it back.
 */
const deciding = (core: Core, device: Device, module: string | undefined): readonly { campaign: Campaign; firmware: Firmware }[] => {
  const decided = new Set<string>()
  const matches: { campaign: Campaign; firmware: Firmware }[] = []
  for (const campaign of running(core, device)) {
    const firmware = core.store.firmware(campaign.firmware)
    if (firmware === undefined || decided.has(campaign.module) || (module !== undefined && campaign.module !== module)) continue
    const verdict = standing(campaign, firmware, device)
    if (verdict !== 'target' && verdict !== 'skip') continue
    decided.add(campaign.module)
    if (verdict === 'target' && core.store.openTaskOf(device.key, campaign.module) === undefined) matches.push({ campaign, firmware })
  }
  return matches
}

/** What the device went through before speaks against matching it (again). */
const spent = (device: Device, campaign: Campaign, past: readonly Task[]): boolean => {
  const version = device.modules.find((module) => module.name === campaign.module)?.version ?? null
  const ofModule = past.filter((task) => task.module === campaign.module)
  const own = ofModule.filter((task) => task.campaign === campaign.id)
  const last = own.findLast((task) => task.newest)
  if (own.filter((task) => task.attempt === 1).length >= maxMatches) return true
  // Not a retry by the back door: after a failure only another version than the one it failed from is news.
  if (last !== undefined && last.state !== 'succeeded' && last.from === version) return true
  // A later act of an operator put it on the version that it runs.
  return ofModule.some((task) => task.campaign > campaign.id && task.state === 'succeeded' && task.to === version)
}

/** Makes the tasks that continuous campaigns have for the device now; the one of `module`, if asked for one. */
export const matchDevice = async (core: Core, key: DeviceKey, module?: string): Promise<void> => {
  const device = core.store.device(key)
  if (device === undefined || deciding(core, device, module).length === 0) return
  const past = await core.store.tasks({ device: key, allAttempts: true, limit: 1000 })
  // Read again: the world went on while the past was read from disk.
  const now = core.store.device(key)
  if (now === undefined) return
  const draft = createDraft(core.store)
  for (const { campaign, firmware } of deciding(core, now, module)) {
    if (!spent(now, campaign, past.items)) makeTask(core, draft, campaign, firmware, now)
  }
  await record(core, draft)
}
