// Which queued tasks are offered now, by slots and rates; and when one that was offered before is offered again (protocol.md §3).

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { Campaign, Device, DeviceKey, Task } from '../model.ts'
import { openPhase } from '../rules/phases.ts'
import { mayBeOffered } from '../rules/transition.ts'
import type { Context, Part } from '../state/context.ts'
import { placeShare, placesInAll, rateShare, readyCount } from '../state/shares.ts'
import { activeChildren, heldAgain, heldBackInTurn } from './holds.ts'
import { notify } from './notify.ts'

/** The most offers in one turn, so that a large campaign never blocks the event loop. */
const perTurn = 100

/** The bounds of a gateway are checked against what is recorded: tasks chosen in the same turn are counted here. */
const createGatewayRoom = (context: Part<'ports' | 'connections' | 'queue'>): ((device: Device) => boolean) => {
  const chosen = new Map<DeviceKey, number>()
  return (device) => {
    if (device.gateway === null) return true
    const recorded = activeChildren(context, device.gateway)
    // A task that was offered before is already counted: offering it again adds none.
    if (activeChildren(context, device.gateway, device.key) < recorded) return true
    const active = chosen.get(device.gateway) ?? recorded
    if (active >= context.ports.settings.subDevicesAtOnce) return false
    chosen.set(device.gateway, active + 1)
    return true
  }
}

/** How many of the campaign's tasks may be offered in this turn, by its own bounds and its share of the server's. */
const freeNow = (context: Part<'ports' | 'queue'>, campaign: Campaign): number => {
  const { ports, queue } = context
  const { maxInProgress, perMinute } = campaign.rate
  const own = Math.min(maxInProgress - queue.slots(campaign.id), perMinute - queue.rates.used(campaign.id, ports.now()))
  const { serverPerMinute } = ports.settings
  const places = placesInAll(context) === 0 ? perTurn : placeShare(context, campaign.id)
  const rate = serverPerMinute === 0 ? perTurn : rateShare(context, campaign.id)
  return Math.min(perTurn, own, places, rate)
}

/** Queued tasks of the open phases, the earlier phases first. */
function* readyTasks({ queue }: Part<'queue'>, campaign: Campaign): Iterable<number> {
  const open = openPhase(campaign)
  for (let phase = 0; phase <= open; phase++) yield* queue.ready(campaign.id, phase)
}

const choose = (context: Part<'ports' | 'connections' | 'queue'>, campaign: Campaign, free: number): readonly Task[] => {
  const { ports, connections } = context
  const chosen: Task[] = []
  const fits = createGatewayRoom(context)
  if (free <= 0) return chosen
  for (const id of readyTasks(context, campaign)) {
    if (chosen.length >= free) break
    const task = ports.reads.openTask(id)
    const device = task && ports.reads.device(task.device)
    // One that was offered on this connection and taken back (its socket is full) waits for the next connection.
    const state = device && connections.via(device)
    if (task === undefined || device === undefined || state?.subscribed.has('ota') !== true || state.offered.has(id)) continue
    if (heldBackInTurn(context, task, device) === null && fits(device)) chosen.push(task)
  }
  return chosen
}

/** If all offers of the minute are used, the campaign gets its next turn when one becomes free. */
const comeBack = ({ ports, queue, clocks }: Part<'ports' | 'queue' | 'clocks'>, campaign: Campaign): void => {
  const now = ports.now()
  const isFull = queue.rates.used(campaign.id, now) >= campaign.rate.perMinute
  const { serverPerMinute } = ports.settings
  const isFullInAll = serverPerMinute > 0 && queue.rates.usedInAll(now) >= serverPerMinute
  const at = isFull ? queue.rates.freeAt(campaign.id) : isFullInAll ? queue.rates.freeInAllAt() : null
  if (at !== null) clocks.campaigns.set(campaign.id, at)
}

/** Campaigns that were left short have their turn, but for one of them. */
const wakeShort = (context: Part<'ports' | 'queue' | 'wake'>, but: number | null): void => {
  const { ports, queue, wake } = context
  const { serverPerMinute } = ports.settings
  const isBounded = placesInAll(context) > 0
  const { short } = queue.shares
  for (const id of short) {
    // Only if there is something for it: otherwise two that are short would wake each other forever.
    const hasShare = (!isBounded || placeShare(context, id) > 0) && (serverPerMinute === 0 || rateShare(context, id) > 0)
    if (id === but || !hasShare) continue
    short.delete(id)
    wake.turn(id)
  }
}

/** What this campaign leaves of the server's bounds, others may have. */
const passOn = (context: Part<'ports' | 'queue' | 'wake'>, campaign: Campaign, isShort: boolean): void => {
  const { ports, queue } = context
  if (placesInAll(context) === 0 && ports.settings.serverPerMinute === 0) return
  if (isShort) queue.shares.short.add(campaign.id)
  else queue.shares.short.delete(campaign.id)
  wakeShort(context, campaign.id)
}

/** Places become free with time and with bytes, which no record tells: looked at with every tick. */
export const followPlaces = (context: Part<'ports' | 'queue' | 'wake'>): void => {
  if (context.queue.places.takeFreed()) wakeShort(context, null)
}

/** Offers the tasks of a campaign that may be offered. */
export const dispatch = async (context: Context, campaign: Campaign): Promise<void> => {
  const { ports, queue } = context
  if (!campaign.push || campaign.status !== 'running' || readyCount(queue, campaign) === 0) return passOn(context, campaign, false)
  queue.shares.idle.delete(campaign.id)
  for (;;) {
    const now = ports.reads.campaign(campaign.id) ?? campaign
    const free = freeNow(context, now)
    const chosen = choose(context, now, free)
    if (chosen.length === 0) {
      if (free > 0) queue.shares.idle.add(campaign.id)
      comeBack(context, now)
      return passOn(context, now, free <= 0)
    }
    await notify(context, chosen)
  }
}

/** Whether the task is to be offered again at once; one that has lost its slot is queued again, and has its turn. */
const isDueAgain = (context: Context, task: Task): boolean => {
  const { ports, connections, queue, wake } = context
  const device = ports.reads.device(task.device)
  const state = device && connections.via(device)
  const campaign = ports.reads.campaign(task.campaign)
  if (state === undefined || campaign === undefined || !campaign.push || !mayBeOffered(task)) return false
  if (!state.subscribed.has('ota') || state.offered.has(task.id)) return false
  const hasLostSlot = task.state === 'notified' && !task.slot
  if (hasLostSlot) queue.requeue(task)
  if (task.state === 'queued' || hasLostSlot) {
    wake.turn(task.campaign)
    return false
  }
  return device !== undefined && heldAgain(context, task, device) === null
}

/**
 * protocol.md §3: tasks that were offered before, or are in progress, are offered again once per connection, when the device has reported
 * another version (or nothing for a minute), and their campaign pushes. A queued one waits for its turn in `dispatch`, and so does one that
 * has lost its slot. Those of a gateway's sub-devices share messages: pass all that one message has caused.
 */
export const notifyAgain = async (context: Context, tasks: readonly Task[]): Promise<void> => {
  const due = tasks.filter((task) => isDueAgain(context, task))
  for (let from = 0; from < due.length; from += perTurn) await notify(context, due.slice(from, from + perTurn))
}

/** An operator's "offer it again now". OTA_DEVICE_UNREACHABLE. */
export const notifyNow = async (context: Context, task: Task): Promise<void> => {
  const device = context.ports.reads.device(task.device)
  if (device === undefined || context.connections.presence(device) !== 'reachable')
    throw new OtaError('OTA_DEVICE_UNREACHABLE', sentence('device_unreachable', { device: task.device }))
  await notify(context, [task])
}
