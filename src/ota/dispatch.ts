// Handing out: which queued tasks go now, and telling devices of them. What is told was recorded first (protocol.md §3).

import { OtaError } from '../errors.ts'
import { applyEvent } from './attempts.ts'
import { handsOut } from './campaign.ts'
import type { Core } from './core.ts'
import { firmwarePost, type Offer, subFirmwarePosts } from './downlink.ts'
import { createDraft } from './draft.ts'
import { activeChildren, heldBack } from './gates.ts'
import type { Campaign, Device, DeviceKey, Task } from './model.ts'
import { record } from './record.ts'
import { mayBeOffered } from './task.ts'

/** One turn hands out at most so many, so that a large campaign never holds up the loop. */
const perTurn = 100

const offerOf = (core: Core, task: Task, host: string): Offer | undefined => {
  const firmware = core.store.firmware(task.firmware)
  return firmware && { task, firmware, url: core.downloads.url(task.id, firmware.sha256, host) }
}

/** Writes the offers of one connection; the tasks that could not be written. */
const write = (core: Core, to: DeviceKey, offers: readonly Offer[]): readonly Task[] => {
  const messages = offers.flatMap((offer) =>
    offer.task.device === to ? [{ message: firmwarePost(core.nextMessageId(), offer), tasks: [offer.task] }] : [],
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
    const standing = core.store.openTask(task.id)
    if (standing?.state === 'notified' && task.state === 'queued') applyEvent(core, draft, standing, { type: 'unsent' })
  }
  await record(core, draft)
}

/**
 * Tells devices of open tasks: queued ones become `notified`, on disk, before the message leaves. `tasks` are as they stood
 * when chosen. The memory of the connection keeps each from being told twice on it.
 */
export const tell = async (core: Core, tasks: readonly Task[]): Promise<void> => {
  const draft = createDraft(core.store)
  const connections = new Map<DeviceKey, Task[]>()
  for (const task of tasks) {
    const device = core.store.device(task.device)
    const session = device && core.sessions.via(device)
    if (session === undefined) continue
    session.told.add(task.id)
    if (task.state === 'queued') applyEvent(core, draft, task, { type: 'offered' })
    const group = connections.get(session.connection.device)
    if (group === undefined) connections.set(session.connection.device, [task])
    else group.push(task)
  }
  await record(core, draft)
  const unheard = [...connections].flatMap(([to, group]) => {
    const host = core.transport.host(to)
    const offers = host === null ? [] : group.flatMap((task) => offerOf(core, core.store.openTask(task.id) ?? task, host) ?? [])
    const offered = new Set(offers.map((offer) => offer.task.id))
    const unsent = new Set(write(core, to, offers).map((task) => task.id))
    return group.filter((task) => !offered.has(task.id) || unsent.has(task.id))
  })
  if (unheard.length > 0) await takeBack(core, unheard)
}

/** Bounds of a gateway are read from what is recorded: those chosen in the same turn are counted here. */
const createTurn = (core: Core) => {
  const picked = new Map<DeviceKey, number>()
  return (device: Device): boolean => {
    if (device.gateway === null) return true
    const active = picked.get(device.gateway) ?? activeChildren(core, device.gateway)
    if (active >= core.settings.subDevicesAtOnce) return false
    picked.set(device.gateway, active + 1)
    return true
  }
}

const choose = (core: Core, campaign: Campaign): readonly Task[] => {
  const chosen: Task[] = []
  const fits = createTurn(core)
  const free = Math.min(perTurn, campaign.maxInProgress - core.index.slots(campaign.id))
  for (const id of core.index.ready(campaign.id)) {
    if (chosen.length >= free) break
    const task = core.store.openTask(id)
    const device = task && core.store.device(task.device)
    // One that was told on this connection and taken back (its socket is full) waits for the next.
    if (task === undefined || device === undefined || core.sessions.via(device)?.told.has(id) === true) continue
    if (heldBack(core, task, device) === null && fits(device)) chosen.push(task)
  }
  return chosen
}

/** Hands out what may go of a campaign. */
export const dispatch = async (core: Core, campaign: Campaign): Promise<void> => {
  if (!campaign.push || !handsOut(campaign)) return
  for (let chosen = choose(core, campaign); chosen.length > 0; chosen = choose(core, core.store.campaign(campaign.id) ?? campaign)) {
    await tell(core, chosen)
  }
}

/**
 * protocol.md §3: a task that was told before, or is in progress, is told again once a connection, when the device has said
 * that it runs another version (or nothing for a minute), and its campaign pushes. A queued one waits for its turn in `dispatch`.
 */
export const tellAgain = async (core: Core, task: Task): Promise<void> => {
  const device = core.store.device(task.device)
  const session = device && core.sessions.via(device)
  const campaign = core.store.campaign(task.campaign)
  if (session === undefined || campaign === undefined || !campaign.push || !mayBeOffered(task)) return
  if (!session.hears.has('ota') || session.told.has(task.id)) return
  if (task.state === 'queued') return core.poke(task.campaign)
  if (task.state === 'notified' && !handsOut(campaign)) return
  await tell(core, [task])
}

/** An operator's "offer it again now". */
export const tellNow = async (core: Core, task: Task): Promise<void> => {
  const device = core.store.device(task.device)
  if (device === undefined || core.sessions.presence(device) !== 'reachable') {
    throw new OtaError('OTA_DEVICE_UNREACHABLE', `${task.device} is not connected and subscribed now; it is told as soon as it is`)
  }
  await tell(core, [task])
}
