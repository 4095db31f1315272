// May this task be handed out now, and if not, why: the one set of rules that hands out, answers firmware.get, and explains.

import { handsOut } from './campaign.ts'
import type { Core } from './core.ts'
import type { Device, DeviceKey, Task, WaitReason } from './model.ts'

const isActive = (task: Task): boolean => task.state === 'notified' || task.state === 'in_progress'

/** Modules of the device that were told or are in progress. */
export const activeModules = (core: Core, device: DeviceKey): number => core.store.openTasksOf(device).filter(isActive).length

/** Sub-devices of the gateway that were told or are in progress. */
export const activeChildren = (core: Core, gateway: DeviceKey): number => {
  let active = 0
  for (const child of core.index.children(gateway)) if (activeModules(core, child) > 0) active++
  return active
}

const isBusy = (core: Core, device: Device): boolean => {
  const active = activeModules(core, device.key)
  if (active >= core.settings.modulesAtOnce) return true
  return active === 0 && device.gateway !== null && activeChildren(core, device.gateway) >= core.settings.subDevicesAtOnce
}

/** What holds back a queued task whose device can hear it; null: it may go. */
export const heldBack = (core: Core, task: Task, device: Device): WaitReason | null => {
  const campaign = core.store.campaign(task.campaign)
  if (task.notBefore !== null && task.notBefore > core.now()) return 'retry'
  if (campaign === undefined || !handsOut(campaign)) return 'paused'
  if (isBusy(core, device)) return 'busy'
  return core.index.slots(campaign.id) >= campaign.maxInProgress ? 'slot' : null
}

/** Why a queued task waits now; null for other states, and where it only waits to be asked for or for its turn this instant. */
export const waitingFor = (core: Core, task: Task): WaitReason | null => {
  if (task.state !== 'queued') return null
  if (core.store.campaign(task.campaign)?.status === 'paused') return 'paused'
  const device = core.store.device(task.device)
  const presence = device === undefined ? 'offline' : core.sessions.presence(device)
  if (device === undefined || presence === 'offline') return 'offline'
  return presence === 'not_subscribed' ? 'not_subscribed' : heldBack(core, task, device)
}
