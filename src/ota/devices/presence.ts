// Devices that connect, subscribe and disconnect, and what follows: places in the queue, offers repeated after a silent minute
// (protocol.md §3).

import { sentence } from '../../sentences/sentence.ts'
import { notifyAgain } from '../campaigns/dispatch.ts'
import { countDisconnect } from '../campaigns/soak.ts'
import type { Device, DeviceKey, Task } from '../model.ts'
import type { Channel, Connection, RefusedConnect } from '../ports/mqtt.ts'
import { moduleOf } from '../rules/eligibility.ts'
import { applyEvent } from '../state/attempts.ts'
import { type Committing, commit } from '../state/commit.ts'
import { type ConnectionState, type Connections, moduleKey, sinceOf, withChannel, withoutChannel } from '../state/connections.ts'
import type { Context, Part, Ports } from '../state/context.ts'
import { createDraft, type Moved, stageDevice } from '../state/draft.ts'

const perStep = 500

const logged = ({ log }: Pick<Ports, 'log'>, work: Promise<unknown>, what: string): void => {
  work.catch((error: unknown) => log.error({ err: error }, what))
}

/** The device itself and, of a gateway, its children. */
const family = ({ families }: Connections, device: DeviceKey): readonly DeviceKey[] => [device, ...families.children(device)]

/** Gives the campaigns that have open tasks for these devices their turn. */
const wakeOpen = ({ ports, wake }: Part<'ports' | 'wake'>, devices: readonly DeviceKey[]): void => {
  const campaigns = new Set<number>()
  for (const key of devices) for (const task of ports.reads.openTasksOf(key)) campaigns.add(task.campaign)
  for (const campaign of campaigns) wake.turn(campaign)
}

/** A device that had to connect again may have lost its downloads too, and a gateway those for its children. */
const noteReturn = ({ ports, connections }: Part<'ports' | 'connections'>, key: DeviceKey): void => {
  for (const member of family(connections, key)) {
    for (const task of ports.reads.openTasksOf(member)) if (task.state === 'in_progress') ports.downloads.returned(task.id)
  }
}

/** `DeviceSide.connected`. */
export const connected = ({ ports, connections, queue }: Part<'ports' | 'connections' | 'queue'>, connection: Connection): void => {
  connections.open(connection, ports.now())
  noteReturn({ ports, connections }, connection.device)
  queue.refresh(connection.device)
  const { device, address } = connection
  connections.timeline.add({ device, at: ports.now(), what: 'connected', ...(address === undefined ? {} : { address }) })
  ports.events.emit({ type: 'device', device, what: 'connected', ...(address === undefined ? {} : { address }) })
}

/** Stores when the devices that have left were last seen, in one commit. */
const storeLeft = async (context: Committing): Promise<void> => {
  const { reads } = context.ports
  const { left } = context.connections
  const draft = createDraft(reads)
  for (const [device, { at, address }] of left) {
    const known = reads.device(device)
    if (known !== undefined) stageDevice(draft, { ...known, lastSeen: at, ...(address === undefined ? {} : { address }) })
  }
  left.clear()
  await commit(context, draft)
}

/** The time is stored, so that it is known right after a restart too: of all that disconnect in one turn together. */
const keepLastSeen = async (context: Committing, { device, address }: Connection): Promise<void> => {
  const { left } = context.connections
  const isFirst = left.size === 0
  left.set(device, { at: context.ports.now(), address })
  if (!isFirst) return
  await Promise.resolve()
  await storeLeft(context)
}

/** Offered tasks without a sign of life lose their slots to other devices, and are queued again when their device reconnects. */
export const freeSlotsOf = async (context: Part<'ports' | 'connections' | 'clocks' | 'wake'>, tasks: Iterable<Task>): Promise<void> => {
  const notified = [...tasks].filter((task) => task.state === 'notified' && task.slot)
  for (let from = 0; from < notified.length; from += perStep) {
    const draft = createDraft(context.ports.reads)
    for (const task of notified.slice(from, from + perStep)) applyEvent(context, draft, task, { type: 'lost' })
    await commit(context, draft)
  }
}

const freeSlots = (context: Part<'ports' | 'connections' | 'clocks' | 'wake'>, devices: readonly DeviceKey[]): Promise<void> =>
  freeSlotsOf(
    context,
    devices.flatMap((key) => context.ports.reads.openTasksOf(key)),
  )

/** A newer connection took the place of one: now and then of the same client, again and again from several addresses of boards with one identity. */
const noteTakeOver = ({ ports, connections }: Part<'ports' | 'connections'>, { device, address }: Connection): void => {
  if (address === undefined) return
  connections.contentions.note(device, address)
  const found = connections.contentions.of(device)
  if (found === null || !connections.mayWarnOfContention(device)) return
  const { takeOvers, addresses } = found
  ports.log.warn({ device, takeOvers, addresses }, 'several clients use the identity of one device and replace one another')
  connections.timeline.add({ device, at: ports.now(), what: 'contended', said: sentence('device_contended', { ...found }) })
  ports.events.emit({ type: 'device', device, what: 'contended', detail: addresses.join(', ') })
}

/** What the event says of the end of a connection. */
const endOf = ({ address }: Connection, newer: Connection | undefined) => ({
  ...(address === undefined ? {} : { address }),
  ...(newer === undefined ? {} : { detail: 'superseded' }),
  ...(newer?.address === undefined ? {} : { newAddress: newer.address }),
})

/** `DeviceSide.disconnected`. */
export const disconnected = (context: Context, connection: Connection, newer?: Connection): void => {
  const { ports, connections, queue, clocks } = context
  const key = connection.device
  if (!connections.close(connection)) return
  if (ports.reads.device(key) === undefined) connections.forget(key)
  else connections.seen(key, ports.now())
  clocks.silences.delete(key)
  queue.refresh(key)
  ports.events.emit({ type: 'device', device: key, what: 'disconnected', ...endOf(connection, newer) })
  if (newer !== undefined) noteTakeOver(context, newer)
  logged(ports, keepLastSeen(context, connection), 'could not store when a device was last seen')
  logged(ports, freeSlots(context, family(connections, key)), 'could not free the slot of a device that has disconnected')
  const device = ports.reads.device(key)
  if (device !== undefined && !clocks.stopping)
    logged(ports, countDisconnect(context, device), 'could not count a disconnect against a phase')
}

/** A device of unknown version gets a short time to report it first: until then no campaign treats it as one that never reports. */
const isNew = (device: Device): boolean => device.modules.length === 0

/** How long the device may report nothing before it is matched as it is, milliseconds. */
const patience = ({ settings }: Pick<Ports, 'settings'>, device: Device | undefined): number => {
  const { settleSeconds, repushSeconds } = settings
  return 1000 * (device !== undefined && isNew(device) ? Math.min(settleSeconds, repushSeconds) : repushSeconds)
}

/** `Registry.connectRefused`. */
export const connectRefused = ({ ports, connections }: Part<'ports' | 'connections'>, refused: RefusedConnect): void => {
  connections.refusals.add(refused, ports.now())
  if (connections.mayShowRefusal()) ports.events.emit({ type: 'device', what: 'refused', ...refused })
}

/** `DeviceSide.subscribed`. */
export const subscribed = (
  context: Part<'ports' | 'connections' | 'queue' | 'clocks' | 'wake'>,
  connection: Connection,
  channel: Channel,
): void => {
  const { ports, connections, queue, clocks } = context
  const key = connection.device
  const state = connections.of(key, connection.id)
  if (state === undefined || state.subscribed.has(channel)) return
  state.subscribed = withChannel(state.subscribed, channel)
  if (channel !== 'ota') return
  state.subscribedAt = ports.now()
  queue.refresh(key)
  ports.events.emit({ type: 'device', device: key, what: 'subscribed' })
  clocks.silences.set(key, ports.now() + patience(ports, ports.reads.device(key)))
  wakeOpen(context, family(connections, key))
}

/** `DeviceSide.unsubscribed`. */
export const unsubscribed = (
  { connections, queue, clocks }: Part<'connections' | 'queue' | 'clocks'>,
  connection: Connection,
  channel: Channel,
): void => {
  const state = connections.of(connection.device, connection.id)
  if (state?.subscribed.has(channel) !== true) return
  state.subscribed = withoutChannel(state.subscribed, channel)
  if (channel !== 'ota') return
  queue.refresh(connection.device)
  clocks.silences.delete(connection.device)
}

// ---------------------------------------------------------------- moving between gateways

/** A sub-device has moved to this connection: it reports its version, or is offered its task again after a while. */
const join = ({ ports, connections, clocks }: Part<'ports' | 'connections' | 'clocks'>, device: Device): void => {
  const state = connections.via(device)
  if (state === undefined || state.connection.device === device.key) return
  state.joined ??= new Map()
  state.joined.set(device.key, ports.now())
  if (state.subscribed.has('ota')) clocks.silences.set(state.connection.device, ports.now() + patience(ports, device))
}

/** Its slot among the sub-devices that its gateway updates is free for others. */
export const leave = (context: Part<'ports' | 'connections' | 'wake'>, gateway: DeviceKey): void =>
  wakeOpen(context, family(context.connections, gateway))

/** What follows when devices belong to another gateway, or to none. */
export const moved = (context: Part<'ports' | 'connections' | 'clocks' | 'wake'>, moves: readonly Moved[]): void => {
  const { ports, connections } = context
  for (const { device, from } of moves) {
    if (from !== null) leave(context, from)
    if (connections.presence(device) === 'reachable') join(context, device)
    else logged(ports, freeSlots(context, [device.key]), 'could not free the slot of a device that has left its gateway')
  }
}

// ---------------------------------------------------------------- silence

const isSilent = (state: ConnectionState, task: Task): boolean => !state.reported.has(moduleKey(task.device, task.module))

/** Since when a member of the family could report on this connection; a sub-device that came later has its own time. */
const audibleSince = (state: ConnectionState, member: DeviceKey): number =>
  Math.max(state.subscribedAt ?? state.since, state.joined?.get(member) ?? 0)

/** When a member of the family that has reported nothing is offered its task again. */
const repeatAt = ({ settings }: Pick<Ports, 'settings'>, state: ConnectionState, member: DeviceKey): number =>
  audibleSince(state, member) + settings.repushSeconds * 1000

/** Offers again what is due, and sets the timer for the next. */
const notifySilent = (context: Context, state: ConnectionState): void => {
  const { ports, connections, clocks } = context
  const { device } = state.connection
  const due: Task[] = []
  for (const key of family(connections, device)) {
    const open = ports.reads.openTasksOf(key).filter((task) => task.state !== 'queued' && isSilent(state, task))
    const at = repeatAt(ports, state, key)
    if (open.length > 0 && at > ports.now()) clocks.silences.set(device, at)
    else due.push(...open)
  }
  logged(ports, notifyAgain(context, due), 'could not repeat a push')
}

/** Checks the last report of the device again: by now its download is known to have arrived, or it is offered again. */
export const recheck = async (context: Context, id: number): Promise<void> => {
  const { reads } = context.ports
  const task = reads.openTask(id)
  const device = task && reads.device(task.device)
  const state = device && context.connections.via(device)
  const module = device && moduleOf(device, task.module)
  if (task === undefined || state === undefined || module === undefined || isSilent(state, task)) return
  const draft = createDraft(reads)
  const offers = applyEvent(context, draft, task, { type: 'version', version: module.version, since: sinceOf(state, task.device) })
  await commit(context, draft)
  if (offers) await notifyAgain(context, [reads.openTask(id) ?? task])
}

/** Matches a device that has reported nothing in time with continuous campaigns as it is: a new device soon, others after a minute. */
const rematchSilent = ({ ports, wake }: Part<'ports' | 'wake'>, state: ConnectionState, key: DeviceKey): void => {
  const device = state.silent?.has(key) === true ? undefined : ports.reads.device(key)
  if (device === undefined || audibleSince(state, key) + patience(ports, device) > ports.now()) return
  state.silent ??= new Set()
  state.silent.add(key)
  wake.rematch(key)
}

/** Without a report some seconds after SUBACK new devices are matched as they are; after a minute earlier offers are repeated. */
export const silence = (context: Context, key: DeviceKey): void => {
  const { ports, connections, clocks } = context
  const state = connections.of(key)
  if (state === undefined || ports.reads.device(key) === undefined || !state.subscribed.has('ota')) return
  for (const member of family(connections, key)) rematchSilent(context, state, member)
  const at = repeatAt(ports, state, key)
  if (ports.now() < at) clocks.silences.set(key, at)
  else notifySilent(context, state)
}
