// May this task be handed out now, and if not, why: the one list of rules that hands out, answers firmware.get, and explains.

import type { Core } from '../memory/core.ts'
import type { Campaign, Device, DeviceKey, Task, WaitReason } from '../model.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { gateOf, gateText } from '../rules/phases.ts'
import { openingAt } from '../rules/window.ts'

const isActive = (task: Task): boolean => task.state === 'notified' || task.state === 'in_progress'

/** Modules of the device that were told or are in progress; without one task, if asked so. */
export const activeModules = (core: Core, device: DeviceKey, without?: number): number =>
  core.store.reads.openTasksOf(device).filter((task) => isActive(task) && task.id !== without).length

/** Sub-devices of the gateway that were told or are in progress. */
export const activeChildren = (core: Core, gateway: DeviceKey, without?: DeviceKey): number => {
  let active = core.activeChildren.get(gateway)
  if (active === undefined) {
    active = new Set([...core.index.children(gateway)].filter((child) => activeModules(core, child) > 0))
    core.activeChildren.set(gateway, active)
  }
  return active.size - (without !== undefined && active.has(without) ? 1 : 0)
}

/** What a rule is asked about, and what it answers: the words are made only where somebody reads them. */
export interface Question {
  readonly core: Core
  readonly campaign: Campaign
  readonly task: Task
  readonly device: Device
}
export interface Answer {
  readonly ok: boolean
  readonly say: () => string
}
export interface Gate {
  readonly reason: WaitReason
  readonly ask: (question: Question) => Answer
}

const time = (at: number | null): string => (at === null ? 'never' : new Date(at).toISOString())

const statusText = ({ status, reason }: Campaign): string => `the campaign is ${status}${reason === null ? '' : ` (${reason})`}`

const status: Gate = {
  reason: 'paused',
  ask: ({ campaign }) => ({ ok: campaign.status === 'running', say: () => statusText(campaign) }),
}

const schedule: Gate = {
  reason: 'schedule',
  ask({ core, campaign }) {
    const { open, until } = openingAt(campaign.schedule, core.now())
    return {
      ok: open,
      say: () => (open ? `open${until === null ? '' : ` until ${time(until)}`}` : `closed; opens next: ${time(until)}`),
    }
  },
}

/** The gate between the open phase and the next, with the figures of now. */
export const gateNow = (core: Core, campaign: Campaign): ReturnType<typeof gateOf> => {
  const index = campaign.phase?.index
  if (index === undefined) return null
  const { id, module } = campaign
  const waiting = core.index.waiting(id, index)
  const again = core.index.reopened(id, index)
  const undone = campaign.phase?.against.filter((device) => openTaskOf(core.store.reads, device, module)?.campaign === id).length ?? 0
  return gateOf(campaign, core.store.reads.tally(id, index), { waiting, again, undone }, core.now())
}

const phaseText = (core: Core, campaign: Campaign, task: Task, open: number): string => {
  if (campaign.phases.length === 0) return 'there are no phases'
  const own = `phase ${task.phase + 1} of ${campaign.phases.length}`
  if (task.phase <= open) return `${own} is open`
  const gate = gateNow(core, campaign)
  return gate === null ? `${own} waits: the first has not begun` : `${own} waits: ${gateText(gate, open)}`
}

const phase: Gate = {
  reason: 'phase',
  ask({ core, campaign, task }) {
    const open = campaign.phases.length === 0 ? 0 : (campaign.phase?.index ?? -1)
    return { ok: task.phase <= open, say: () => phaseText(core, campaign, task, open) }
  },
}

const retry: Gate = {
  reason: 'retry',
  ask: ({ core, task }) => ({
    ok: task.notBefore === null || task.notBefore <= core.now(),
    say: () => `attempt ${task.attempt}${task.notBefore === null ? '' : ` not before ${time(task.notBefore)}`}`,
  }),
}

const busy: Gate = {
  reason: 'busy',
  ask({ core, device, task }) {
    const modules = activeModules(core, device.key, task.id)
    const { modulesAtOnce, subDevicesAtOnce } = core.settings
    const own = { ok: modules < modulesAtOnce, say: () => `${modules} of ${modulesAtOnce} modules of the device are being updated` }
    if (!own.ok || modules > 0 || device.gateway === null) return own
    const children = activeChildren(core, device.gateway, device.key)
    const say = (): string => `${children} of ${subDevicesAtOnce} sub-devices of ${device.gateway} are being updated`
    return { ok: children < subDevicesAtOnce, say }
  },
}

const placeOf = (core: Core, task: Task): number => {
  let place = 1
  for (const id of core.index.ready(task.campaign, task.phase)) {
    if (id === task.id) return place
    place += 1
  }
  return place
}

const slot: Gate = {
  reason: 'slot',
  ask({ core, campaign, task }) {
    const { maxInProgress } = campaign.rate
    const taken = core.index.slots(campaign.id)
    if (taken >= maxInProgress)
      return { ok: false, say: () => `${taken} of ${maxInProgress} slots are taken; place ${placeOf(core, task)} in line for a slot` }
    const { serverInProgress: bound } = core.settings
    const all = core.index.slotsInAll()
    const ok = bound === 0 || core.shares.slots(campaign.id) > 0
    const say = (): string =>
      ok
        ? `${taken} of ${maxInProgress} slots are taken`
        : `${all} of the server's ${bound} slots are taken; place ${placeOf(core, task)} in line for a slot`
    return { ok, say }
  },
}

const rate: Gate = {
  reason: 'rate',
  ask({ core, campaign }) {
    const { perMinute } = campaign.rate
    const told = core.pace.told(campaign.id, core.now())
    if (told >= perMinute)
      return { ok: false, say: () => `${told} of ${perMinute} a minute were told; the next at ${time(core.pace.freeAt(campaign.id))}` }
    const { serverPerMinute: bound } = core.settings
    const ok = bound === 0 || core.shares.rate(campaign.id) > 0
    const inAll = (): string => `${core.pace.toldInAll(core.now())} of the server's ${bound} a minute were told`
    return { ok, say: () => (ok ? `${told} of ${perMinute} a minute were told` : inAll()) }
  },
}

/** In their order: the first that says no is the reason why a task waits. */
export const gates: readonly Gate[] = [status, schedule, phase, retry, busy, slot, rate]

/** Those that ask only the campaign: also what was told before, and has not begun, goes by them. */
const ofCampaign: readonly Gate[] = [status, schedule]

const firstNo = (core: Core, asked: readonly Gate[], task: Task, device: Device): WaitReason | null => {
  const campaign = core.store.reads.campaign(task.campaign)
  if (campaign === undefined) return 'paused'
  const question: Question = { core, campaign, task, device }
  return asked.find((gate) => !gate.ask(question).ok)?.reason ?? null
}

/** What holds back a task that was not told, or lost its slot, and whose device can hear it; null: it may go. */
export const heldBack = (core: Core, task: Task, device: Device): WaitReason | null => firstNo(core, gates, task, device)

/** What is asked about a task that was told, before it is told again or answered with: nothing once it is in progress. */
export const gatesOfTold = ({ state, slot }: Task): readonly Gate[] => (state === 'in_progress' ? [] : slot ? ofCampaign : gates)

/** What keeps a task that was told from being told again, or answered with. */
export const heldAgain = (core: Core, task: Task, device: Device): WaitReason | null => firstNo(core, gatesOfTold(task), task, device)

/** Why a queued task waits now; null for other states, and where it only waits to be asked for or for its turn this instant. */
export const waitingFor = (core: Core, task: Task): WaitReason | null => {
  if (task.state !== 'queued') return null
  if (core.store.reads.campaign(task.campaign)?.status === 'paused') return 'paused'
  const device = core.store.reads.device(task.device)
  const presence = device === undefined ? 'offline' : core.sessions.presence(device)
  if (device === undefined || presence === 'offline') return 'offline'
  return presence === 'not_subscribed' ? 'not_subscribed' : heldBack(core, task, device)
}
