// May this task be offered now, and if not, why: the one list of rules that dispatches, answers `firmware.get`, and explains.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Campaign, Device, DeviceKey, Task, WaitReason } from '../model.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { type Gate, gateOf, gateSentence, openPhase } from '../rules/phases.ts'
import { openingAt } from '../rules/window.ts'
import type { Part, Ports } from '../state/context.ts'
import { placeShare, placesInAll, rateShare } from '../state/shares.ts'
import { statusSentence, timeOf } from './times.ts'

/** What the rules look at. */
export type Holding = Part<'ports' | 'connections' | 'queue'>

const isActive = (task: Task): boolean => task.state === 'notified' || task.state === 'in_progress'

/** Modules of the device that are notified or in progress; `without`: all but this task. */
const activeModules = ({ reads }: Pick<Ports, 'reads'>, device: DeviceKey, without?: number): number =>
  reads.openTasksOf(device).filter((task) => isActive(task) && task.id !== without).length

/** Sub-devices of the gateway that are notified or in progress. */
export const activeChildren = ({ ports, connections, queue }: Holding, gateway: DeviceKey, without?: DeviceKey): number => {
  let active = queue.activeChildren.get(gateway)
  if (active === undefined) {
    active = new Set([...connections.families.children(gateway)].filter((child) => activeModules(ports, child) > 0))
    queue.activeChildren.set(gateway, active)
  }
  return active.size - (without !== undefined && active.has(without) ? 1 : 0)
}

/** What a rule decides on, and its verdict: the sentence is built only if it is read. */
export interface HoldQuestion {
  readonly context: Holding
  readonly campaign: Campaign
  readonly task: Task
  readonly device: Device
}
export interface HoldAnswer {
  readonly ok: boolean
  readonly say: () => Sentence
}
export interface HoldRule {
  readonly reason: WaitReason
  readonly ask: (question: HoldQuestion) => HoldAnswer
}

const status: HoldRule = {
  reason: 'paused',
  ask: ({ campaign }) => ({ ok: campaign.status === 'running', say: () => statusSentence(campaign) }),
}

const station: HoldRule = {
  reason: 'station',
  ask: ({ context, campaign, device }) => ({
    ok: campaign.station !== undefined || !context.queue.held.has(device.key),
    say: () => sentence('device_at_station'),
  }),
}

const schedule: HoldRule = {
  reason: 'schedule',
  ask({ context, campaign }) {
    const { open, until } = openingAt(campaign.schedule, context.ports.now())
    const said = (): Sentence => {
      if (open) return until === null ? sentence('schedule_open') : sentence('schedule_open_until', { until: timeOf(until) })
      return until === null ? sentence('schedule_closed') : sentence('schedule_closed_until', { until: timeOf(until) })
    }
    return { ok: open, say: said }
  },
}

/** The gate between the open phase and the next, with the current figures; null: no phases, or not started. */
export const gateNow = ({ ports, queue }: Part<'ports' | 'queue'>, campaign: Campaign): Gate | null => {
  const index = campaign.phase?.index
  if (index === undefined) return null
  const { id, module } = campaign
  const { reads } = ports
  const waiting = queue.waiting(id, index)
  const again = queue.reopened(id, index)
  const undone = campaign.phase?.against.filter((device) => openTaskOf(reads, device, module)?.campaign === id).length ?? 0
  return gateOf(campaign, reads.tally(id, index), { waiting, again, undone }, ports.now())
}

const phaseSentence = (context: Holding, campaign: Campaign, task: Task, open: number): Sentence => {
  const phases = campaign.phases.length
  if (phases === 0) return sentence('no_phases')
  const phase = task.phase + 1
  if (task.phase <= open) return sentence('phase_is_open', { phase, phases })
  const gate = gateNow(context, campaign)
  return gate === null
    ? sentence('phase_not_begun', { phase, phases })
    : sentence('phase_waits', { phase, phases, why: gateSentence(gate, open) })
}

const phase: HoldRule = {
  reason: 'phase',
  ask({ context, campaign, task }) {
    const open = openPhase(campaign)
    return { ok: task.phase <= open, say: () => phaseSentence(context, campaign, task, open) }
  },
}

const retry: HoldRule = {
  reason: 'retry',
  ask: ({ context, task: { attempt, notBefore } }) => ({
    ok: notBefore === null || notBefore <= context.ports.now(),
    say: () =>
      notBefore === null
        ? sentence('attempt_number', { attempt })
        : sentence('attempt_not_before', { attempt, notBefore: timeOf(notBefore) }),
  }),
}

const busy: HoldRule = {
  reason: 'busy',
  ask({ context, device, task }) {
    const { settings } = context.ports
    const modules = activeModules(context.ports, device.key, task.id)
    const say = (): Sentence => sentence('modules_busy', { modules, of: settings.modulesAtOnce })
    if (modules >= settings.modulesAtOnce || modules > 0 || device.gateway === null) return { ok: modules < settings.modulesAtOnce, say }
    const { gateway } = device
    const children = activeChildren(context, gateway, device.key)
    return {
      ok: children < settings.subDevicesAtOnce,
      say: () => sentence('sub_devices_busy', { children, of: settings.subDevicesAtOnce, gateway }),
    }
  },
}

const placeOf = ({ queue }: Part<'queue'>, task: Task): number => {
  let place = 1
  for (const id of queue.ready(task.campaign, task.phase)) {
    if (id === task.id) return place
    place += 1
  }
  return place
}

const slot: HoldRule = {
  reason: 'slot',
  ask({ context, campaign, task }) {
    const { queue } = context
    const of = campaign.rate.maxInProgress
    const taken = queue.slots(campaign.id)
    if (taken >= of) return { ok: false, say: () => sentence('slots_taken', { taken, of, place: placeOf(context, task) }) }
    const bound = placesInAll(context)
    const ok = bound === 0 || placeShare(context, campaign.id) > 0
    const say = (): Sentence =>
      ok
        ? sentence('slots_free', { taken, of })
        : sentence('server_slots_taken', { taken: queue.places.inAll(), of: bound, place: placeOf(context, task) })
    return { ok, say }
  },
}

const rate: HoldRule = {
  reason: 'rate',
  ask({ context, campaign }) {
    const { queue, ports } = context
    const { perMinute: of } = campaign.rate
    const used = queue.rates.used(campaign.id, ports.now())
    if (used >= of) return { ok: false, say: () => sentence('rate_used', { used, of, next: timeOf(queue.rates.freeAt(campaign.id)) }) }
    const { serverPerMinute: bound } = ports.settings
    const ok = bound === 0 || rateShare(context, campaign.id) > 0
    const say = (): Sentence =>
      ok ? sentence('rate_free', { used, of }) : sentence('server_rate_used', { used: queue.rates.usedInAll(ports.now()), of: bound })
    return { ok, say }
  },
}

/** In order: the first that refuses is the reason why a task waits. */
export const holds: readonly HoldRule[] = [status, station, schedule, phase, retry, busy, slot, rate]

/** Those that are left where it was found already that slots, places and rates are free. */
const ofTask: readonly HoldRule[] = [status, station, schedule, phase, retry, busy]

/** Rules that also apply to tasks that were offered before and have not begun; and to those that have. */
const ofOffered: readonly HoldRule[] = [status, station, schedule]
const ofBegun: readonly HoldRule[] = [station]

/** Rules that are explained only where they refuse: most devices are never at a station. */
export const isSilent = ({ reason }: HoldRule): boolean => reason === 'station'

const firstNo = (context: Holding, asked: readonly HoldRule[], task: Task, device: Device): WaitReason | null => {
  const campaign = context.ports.reads.campaign(task.campaign)
  if (campaign === undefined) return 'paused'
  const question: HoldQuestion = { context, campaign, task, device }
  return asked.find((rule) => !rule.ask(question).ok)?.reason ?? null
}

/** What holds back a task that was not offered, or lost its slot, and whose device can be reached; null: it may be offered. */
export const heldBack = (context: Holding, task: Task, device: Device): WaitReason | null => firstNo(context, holds, task, device)

/** The same, where the campaign is known to have slots, places and offers left. */
export const heldBackInTurn = (context: Holding, task: Task, device: Device): WaitReason | null => firstNo(context, ofTask, task, device)

/** The rules for a task that was offered, before it is offered again. */
export const holdsOfOffered = ({ state, slot: hasSlot }: Task): readonly HoldRule[] =>
  state === 'in_progress' ? ofBegun : hasSlot ? ofOffered : holds

/** What keeps a task that was offered from being offered again. */
export const heldAgain = (context: Holding, task: Task, device: Device): WaitReason | null =>
  firstNo(context, holdsOfOffered(task), task, device)

/** Why a queued task waits now; null for other states, and where it only waits for the device to ask, or is the next one to be offered. */
export const waitReason = (context: Holding, task: Task): WaitReason | null => {
  const { ports, connections } = context
  if (task.state !== 'queued') return null
  if (ports.reads.campaign(task.campaign)?.status === 'paused') return 'paused'
  const device = ports.reads.device(task.device)
  const presence = device === undefined ? 'offline' : connections.presence(device)
  if (device === undefined || presence === 'offline') return 'offline'
  return presence === 'not_subscribed' ? 'not_subscribed' : heldBack(context, task, device)
}
