// Handing out: which queued tasks go now, and telling devices of them. What is told was recorded first (protocol.md §3).

import { OtaError } from '../../errors.ts'
import { applyEvent } from '../memory/attempts.ts'
import type { Core } from '../memory/core.ts'
import { createDraft, type Draft } from '../memory/draft.ts'
import type { Session } from '../memory/presence.ts'
import { record } from '../memory/record.ts'
import { inLine } from '../memory/shares.ts'
import { firmwareBody, firmwarePost, type Offer, subFirmwarePosts } from '../messages/downlink.ts'
import type { Campaign, Device, DeviceKey, Task } from '../model.ts'
import { mayBeOffered } from '../rules/task.ts'
import { activeChildren, heldAgain, heldBack } from './gates.ts'

/** One turn hands out at most so many, so that a large campaign never holds up the loop. */
const perTurn = 100

const offerOf = (core: Core, task: Task, host: string): Offer | undefined => {
  const firmware = core.store.reads.firmware(task.firmware)
  return firmware && { task, firmware, url: core.downloads.url(task.id, firmware.sha256, host) }
}

/** Writes the offers of one connection; the tasks that could not be written. */
const write = (core: Core, to: DeviceKey, offers: readonly Offer[]): readonly Task[] => {
  const messages = offers.flatMap((offer) =>
    offer.task.device === to ? [{ message: firmwarePost(core.nextMessageId(), firmwareBody(offer)), tasks: [offer.task] }] : [],
  )
  const sub = offers.filter((offer) => offer.task.device !== to)
  const { subElements, subBytes } = core.settings
  return [...messages, ...subFirmwarePosts(sub, core.nextMessageId, subElements, subBytes)].flatMap(({ message, tasks }) => {
    const sent = core.transport.send(to, message)
    core.meter.count('pushes', sent ? 'sent' : 'unsent', tasks.length)
    if (sent && core.events.watches(to)) core.events.emit({ type: 'message', device: to, direction: 'down', text: message.text })
    return sent ? [] : tasks
  })
}

/** What was recorded as told but heard by nobody goes back in line. */
const takeBack = async (core: Core, unheard: readonly Task[]): Promise<void> => {
  const draft = createDraft(core.store)
  for (const task of unheard) {
    const standing = core.store.reads.openTask(task.id)
    if (standing?.state === 'notified') applyEvent(core, draft, standing, { type: task.state === 'queued' ? 'unsent' : 'lost' })
  }
  await record(core, draft)
}

/** It was told, and has its slot: saying it again changes nothing. */
export const isOffered = (task: Task): boolean => task.state === 'in_progress' || (task.state === 'notified' && task.slot)

/** The offer takes a slot, and one of the minute's places: a first one, and one after the slot was lost. */
export const offer = (core: Core, draft: Draft, task: Task): void => {
  if (isOffered(task)) return
  applyEvent(core, draft, task, { type: 'offered' })
  core.pace.note(task.campaign, core.now())
}

/**
 * Tells devices of open tasks: queued ones become `notified`, on disk, before the message leaves. `tasks` are as they stood
 * when chosen. The memory of the connection keeps each from being told twice on it.
 */
export const tell = async (core: Core, tasks: readonly Task[]): Promise<void> => {
  const draft = createDraft(core.store)
  const connections = new Map<Session, Task[]>()
  for (const task of tasks) {
    const device = core.store.reads.device(task.device)
    const session = device && core.sessions.via(device)
    if (session === undefined) continue
    session.told.add(task.id)
    session.sent.delete(task.id)
    offer(core, draft, task)
    const group = connections.get(session)
    if (group === undefined) connections.set(session, [task])
    else group.push(task)
  }
  await record(core, draft)
  const unheard = [...connections].flatMap(([session, group]) => {
    const to = session.connection.device
    const host = core.transport.host(to)
    // What firmware.get was answered with meanwhile was told, whether the device is still here or not.
    const left = group.filter((task) => !session.sent.has(task.id))
    const offers = host === null ? [] : left.flatMap((task) => offerOf(core, core.store.reads.openTask(task.id) ?? task, host) ?? [])
    const unsent = new Set(write(core, to, offers).map((task) => task.id))
    for (const { task } of offers) if (!unsent.has(task.id)) session.sent.add(task.id)
    return left.filter((task) => !session.sent.has(task.id))
  })
  if (unheard.length > 0) await takeBack(core, unheard)
}

/** Bounds of a gateway are read from what is recorded: those chosen in the same turn are counted here. */
const createTurn = (core: Core) => {
  const picked = new Map<DeviceKey, number>()
  return (device: Device): boolean => {
    if (device.gateway === null) return true
    const standing = activeChildren(core, device.gateway)
    // One that was told before is among them: telling it again makes them no more.
    if (activeChildren(core, device.gateway, device.key) < standing) return true
    const active = picked.get(device.gateway) ?? standing
    if (active >= core.settings.subDevicesAtOnce) return false
    picked.set(device.gateway, active + 1)
    return true
  }
}

/** How many of the campaign's tasks may go in this turn, by its own bounds and its part of the server's. */
const freeNow = (core: Core, campaign: Campaign): number => {
  const { maxInProgress, perMinute } = campaign.rate
  const own = Math.min(maxInProgress - core.index.slots(campaign.id), perMinute - core.pace.told(campaign.id, core.now()))
  const { serverInProgress, serverPerMinute } = core.settings
  const slots = serverInProgress === 0 ? perTurn : core.shares.slots(campaign.id)
  const rate = serverPerMinute === 0 ? perTurn : core.shares.rate(campaign.id)
  return Math.min(perTurn, own, slots, rate)
}

/** Tasks in line in the phases that are open, the earlier phases first. */
function* lines(core: Core, campaign: Campaign): Iterable<number> {
  const open = campaign.phases.length === 0 ? 0 : (campaign.phase?.index ?? -1)
  for (let phase = 0; phase <= open; phase++) yield* core.index.ready(campaign.id, phase)
}

const choose = (core: Core, campaign: Campaign, free: number): readonly Task[] => {
  const chosen: Task[] = []
  const fits = createTurn(core)
  if (free <= 0) return chosen
  for (const id of lines(core, campaign)) {
    if (chosen.length >= free) break
    const task = core.store.reads.openTask(id)
    const device = task && core.store.reads.device(task.device)
    // One that was told on this connection and taken back (its socket is full) waits for the next; whoever cannot hear is no choice.
    const session = device && core.sessions.via(device)
    if (task === undefined || device === undefined || session?.hears.has('ota') !== true || session.told.has(id)) continue
    if (heldBack(core, task, device) === null && fits(device)) chosen.push(task)
  }
  return chosen
}

/** Where the minute's places are all taken, the campaign has its next turn when one is free. */
const comeBack = (core: Core, campaign: Campaign): void => {
  const now = core.now()
  const isFull = core.pace.told(campaign.id, now) >= campaign.rate.perMinute
  const { serverPerMinute } = core.settings
  const isFullInAll = serverPerMinute > 0 && core.pace.toldInAll(now) >= serverPerMinute
  const at = isFull ? core.pace.freeAt(campaign.id) : isFullInAll ? core.pace.freeInAllAt() : null
  if (at !== null) core.campaignTimers.set(campaign.id, at)
}

/** What this campaign leaves of the server's bounds, others may have: those that were left short have their turn. */
const passOn = (core: Core, campaign: Campaign, isShort: boolean): void => {
  const { serverInProgress, serverPerMinute } = core.settings
  if (serverInProgress === 0 && serverPerMinute === 0) return
  if (isShort) core.shares.short.add(campaign.id)
  else core.shares.short.delete(campaign.id)
  for (const id of core.shares.short) {
    // Only where there is something for it: two that are short would wake each other for ever.
    const hasPart = (serverInProgress === 0 || core.shares.slots(id) > 0) && (serverPerMinute === 0 || core.shares.rate(id) > 0)
    if (id === campaign.id || !hasPart) continue
    core.shares.short.delete(id)
    core.poke(id)
  }
}

/** Hands out what may go of a campaign. */
export const dispatch = async (core: Core, campaign: Campaign): Promise<void> => {
  if (!campaign.push || campaign.status !== 'running' || inLine(core, campaign) === 0) return passOn(core, campaign, false)
  core.shares.idle.delete(campaign.id)
  for (;;) {
    const now = core.store.reads.campaign(campaign.id) ?? campaign
    const free = freeNow(core, now)
    const chosen = choose(core, now, free)
    if (chosen.length === 0) {
      if (free > 0) core.shares.idle.add(campaign.id)
      comeBack(core, now)
      return passOn(core, now, free <= 0)
    }
    await tell(core, chosen)
  }
}

/**
 * protocol.md §3: a task that was told before, or is in progress, is told again once a connection, when the device has said
 * that it runs another version (or nothing for a minute), and its campaign pushes. A queued one waits for its turn in `dispatch`,
 * and so does one that has lost its slot.
 */
export const tellAgain = async (core: Core, task: Task): Promise<void> => {
  const device = core.store.reads.device(task.device)
  const session = device && core.sessions.via(device)
  const campaign = core.store.reads.campaign(task.campaign)
  if (session === undefined || campaign === undefined || !campaign.push || !mayBeOffered(task)) return
  if (!session.hears.has('ota') || session.told.has(task.id)) return
  if (task.state === 'notified' && !task.slot) core.index.again(task)
  if (task.state === 'queued' || (task.state === 'notified' && !task.slot)) return core.poke(task.campaign)
  if (device === undefined || heldAgain(core, task, device) !== null) return
  await tell(core, [task])
}

/** An operator's "offer it again now". */
export const tellNow = async (core: Core, task: Task): Promise<void> => {
  const device = core.store.reads.device(task.device)
  if (device === undefined || core.sessions.presence(device) !== 'reachable') {
    throw new OtaError('OTA_DEVICE_UNREACHABLE', `${task.device} is not connected and subscribed now; it is told as soon as it is`)
  }
  await tell(core, [task])
}
