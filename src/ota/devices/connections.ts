// Devices coming and going, and what that sets off: places in line, repeated pushes after a silent minute (protocol.md §3).

import { tellAgain } from '../campaigns/dispatch.ts'
import { flapped } from '../campaigns/soak.ts'
import { applyEvent } from '../memory/attempts.ts'
import type { Core } from '../memory/core.ts'
import { createDraft, type Moved, stageDevice } from '../memory/draft.ts'
import { moduleKey, type Session, sinceOf } from '../memory/presence.ts'
import { record } from '../memory/record.ts'
import type { Device, DeviceKey, Task } from '../model.ts'
import type { Channel, Connection } from '../ports/mqtt.ts'
import { moduleOf } from '../rules/campaign.ts'

const perStep = 500

const logged = (core: Core, work: Promise<unknown>, what: string): void => {
  work.catch((error: unknown) => core.log.error({ err: error }, what))
}

/** The device itself and, of a gateway, its children. */
const family = (core: Core, device: DeviceKey): readonly DeviceKey[] => [device, ...core.index.children(device)]

/** Gives the campaigns that have open tasks for these devices their turn. */
const pokeOpen = (core: Core, devices: readonly DeviceKey[]): void => {
  const campaigns = new Set<number>()
  for (const key of devices) for (const task of core.store.reads.openTasksOf(key)) campaigns.add(task.campaign)
  for (const campaign of campaigns) core.poke(campaign)
}

export const connected = (core: Core, connection: Connection): void => {
  core.sessions.open(connection, core.now())
  core.index.line(connection.device)
  core.events.emit({ type: 'device', device: connection.device, what: 'connected' })
}

/** The last time it was seen is kept, so that it is told right after a restart too. */
const keepLastSeen = async (core: Core, device: DeviceKey): Promise<void> => {
  const standing = core.store.reads.device(device)
  if (standing === undefined) return
  const draft = createDraft(core.store)
  stageDevice(draft, { ...standing, lastSeen: core.now() })
  await record(core, draft)
}

/** What was told and has shown no sign loses its slot: another device may have it, and this one stands in line when it is back. */
export const freeSlotsOf = async (core: Core, tasks: Iterable<Task>): Promise<void> => {
  const told = [...tasks].filter((task) => task.state === 'notified' && task.slot)
  for (let from = 0; from < told.length; from += perStep) {
    const draft = createDraft(core.store)
    for (const task of told.slice(from, from + perStep)) applyEvent(core, draft, task, { type: 'lost' })
    await record(core, draft)
  }
}

const freeSlots = (core: Core, devices: readonly DeviceKey[]): Promise<void> =>
  freeSlotsOf(
    core,
    devices.flatMap((key) => core.store.reads.openTasksOf(key)),
  )

export const disconnected = (core: Core, connection: Connection): void => {
  if (!core.sessions.close(connection)) return
  core.sessions.seen(connection.device, core.now())
  core.sessionTimers.delete(connection.device)
  core.index.line(connection.device)
  core.events.emit({ type: 'device', device: connection.device, what: 'disconnected' })
  logged(core, keepLastSeen(core, connection.device), 'could not keep when a device was last seen')
  logged(core, freeSlots(core, family(core, connection.device)), 'could not free the slot of a device that is gone')
  const device = core.store.reads.device(connection.device)
  if (device !== undefined && !core.stopping) logged(core, flapped(core, device), 'could not count a disconnect against a phase')
}

/** A device that nobody knows any version of says it first, if it is quick: then no campaign takes it for one that never did. */
const isNew = (device: Device): boolean => device.modules.length === 0

export const subscribed = (core: Core, connection: Connection, channel: Channel): void => {
  const session = core.sessions.of(connection.device, connection.id)
  if (session === undefined || session.hears.has(channel)) return
  session.hears.add(channel)
  if (channel !== 'ota') return
  session.heardAt = core.now()
  core.index.line(connection.device)
  core.events.emit({ type: 'device', device: connection.device, what: 'subscribed' })
  const device = core.store.reads.device(connection.device)
  const wait = device !== undefined && isNew(device) ? core.settings.settleSeconds : core.settings.repushSeconds
  core.sessionTimers.set(connection.device, core.now() + Math.min(wait, core.settings.repushSeconds) * 1000)
  pokeOpen(core, family(core, connection.device))
}

export const unsubscribed = (core: Core, connection: Connection, channel: Channel): void => {
  const session = core.sessions.of(connection.device, connection.id)
  if (session?.hears.delete(channel) !== true || channel !== 'ota') return
  core.index.line(connection.device)
  core.sessionTimers.delete(connection.device)
}

const isSilent = (session: Session, task: Task): boolean => !session.reported.has(moduleKey(task.device, task.module))

/** When a member of the family that has said nothing is told again; a sub-device that came later has its own time. */
const repushAt = (core: Core, session: Session, member: DeviceKey): number =>
  Math.max(session.heardAt ?? session.since, session.joined.get(member) ?? 0) + core.settings.repushSeconds * 1000

/** Tells again whose time has come; sets the timer for the next of the others. */
const tellSilent = (core: Core, session: Session): void => {
  const { device } = session.connection
  for (const key of family(core, device)) {
    const open = core.store.reads.openTasksOf(key).filter((task) => task.state !== 'queued' && isSilent(session, task))
    const at = repushAt(core, session, key)
    if (open.length > 0 && at > core.now()) core.sessionTimers.set(device, at)
    else for (const task of open) logged(core, tellAgain(core, task), 'could not repeat a push')
  }
}

/** A sub-device has come to this connection from elsewhere: it says what it runs, or is told again after a while. */
const join = (core: Core, device: Device): void => {
  const session = core.sessions.via(device)
  if (session === undefined || session.connection.device === device.key) return
  session.joined.set(device.key, core.now())
  if (!session.hears.has('ota')) return
  const wait = isNew(device) ? Math.min(core.settings.settleSeconds, core.settings.repushSeconds) : core.settings.repushSeconds
  core.sessionTimers.set(session.connection.device, core.now() + wait * 1000)
}

/** Its place among those that its gateway works on is free for others. */
export const leave = (core: Core, gateway: DeviceKey): void => pokeOpen(core, family(core, gateway))

/** What follows once devices belong to another gateway, or to none. */
export const moved = (core: Core, moves: readonly Moved[]): void => {
  for (const { device, from } of moves) {
    if (from !== null) leave(core, from)
    if (core.sessions.presence(device) === 'reachable') join(core, device)
    else logged(core, freeSlots(core, [device.key]), 'could not free the slot of a device that has left its gateway')
  }
}

/** What the device last reported is looked at again: by now its download is known to have arrived, or it is told again. */
export const reconsider = async (core: Core, id: number): Promise<void> => {
  const task = core.store.reads.openTask(id)
  const device = task && core.store.reads.device(task.device)
  const session = device && core.sessions.via(device)
  const module = device && moduleOf(device, task.module)
  if (task === undefined || session === undefined || module === undefined || isSilent(session, task)) return
  const draft = createDraft(core.store)
  const offers = applyEvent(core, draft, task, { type: 'version', version: module.version, since: sinceOf(session, task.device) })
  await record(core, draft)
  if (offers) await tellAgain(core, core.store.reads.openTask(id) ?? task)
}

/** A device that nobody knows any version of, and that had its moment to say so, is taken as it is; after the minute any that says nothing. */
const considerSilent = (core: Core, session: Session, key: DeviceKey): void => {
  const device = session.silent.has(key) ? undefined : core.store.reads.device(key)
  if (device === undefined) return
  const { settleSeconds, repushSeconds } = core.settings
  const wait = isNew(device) ? Math.min(settleSeconds, repushSeconds) : repushSeconds
  const heardAt = Math.max(session.heardAt ?? session.since, session.joined.get(key) ?? 0)
  if (heardAt + wait * 1000 > core.now()) return
  session.silent.add(key)
  core.consider(key)
}

/** A moment after SUBACK without a report: new devices are taken as they are; after a minute, what was told before is told again. */
export const silence = (core: Core, key: DeviceKey): void => {
  const session = core.sessions.of(key)
  const device = core.store.reads.device(key)
  if (session === undefined || device === undefined || !session.hears.has('ota')) return
  for (const member of family(core, key)) considerSilent(core, session, member)
  const at = repushAt(core, session, key)
  if (core.now() < at) core.sessionTimers.set(key, at)
  else tellSilent(core, session)
}
