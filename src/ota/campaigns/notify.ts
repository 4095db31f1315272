// The one place that offers a package to a device, as a push or in answer to `firmware.get`, and takes an offer back that was not
// delivered. An offer is on disk before its message leaves (protocol.md §3); the offers of a connection are kept with it.

import { withEntry, withItem, withoutEntry, withoutItem } from '../../sparse.ts'
import type { Offer, RequestId } from '../dialects/dialect.ts'
import type { DeviceKey, Firmware, Task } from '../model.ts'
import type { LinkTarget } from '../ports/downloads.ts'
import { applyEvent } from '../state/attempts.ts'
import { commit } from '../state/commit.ts'
import type { ConnectionState } from '../state/connections.ts'
import type { Context, Part, Ports } from '../state/context.ts'
import { createDraft, type Draft } from '../state/draft.ts'

// ---------------------------------------------------------------- bookkeeping

/** Its offer was recorded, and it has its slot: sending it again changes nothing. */
export const isOffered = (task: Task): boolean => task.state === 'in_progress' || (task.state === 'notified' && task.slot)

/** Whether the offer takes a slot and counts in its minute: a first one does, and one after the slot was lost. */
const stageOffer = (context: Part<'ports' | 'connections' | 'clocks' | 'queue'>, draft: Draft, task: Task, now: number): void => {
  if (isOffered(task)) return
  applyEvent(context, draft, task, { type: 'offered' })
  // At once, so that two turns do not both take the minute's last place.
  context.queue.rates.note(task.campaign, now)
}

/** Whether this very package was sent for the task on the connection: the device's version may have called for another one since. */
const isSent = ({ sent }: ConnectionState, { id, firmware }: Task): boolean => sent.get(id) === firmware

/** The connection may be offered the task again: its offer was not sent. */
const forgetOffer = (state: ConnectionState, task: Task): void => {
  if (!isSent(state, task)) state.offered = withoutItem(state.offered, task.id)
}

/** What was noted of an offer whose record failed. */
const undoOffer = ({ queue }: Part<'queue'>, state: ConnectionState, task: Task, at: number): void => {
  forgetOffer(state, task)
  if (!isOffered(task)) queue.rates.takeBack(task.campaign, at)
}

/** Records the offers; if that fails no connection counts as having been offered them. */
const recordOffers = async (context: Context, offers: ReadonlyMap<ConnectionState, readonly Task[]>): Promise<void> => {
  const draft = createDraft(context.ports.reads)
  const now = context.ports.now()
  for (const [state, tasks] of offers) {
    for (const task of tasks) {
      state.offered = withItem(state.offered, task.id)
      stageOffer(context, draft, task, now)
    }
  }
  try {
    await commit(context, draft)
  } catch (error) {
    for (const [state, tasks] of offers) for (const task of tasks) undoOffer(context, state, task, now)
    throw error
  }
}

/** An offer that was recorded and not delivered is taken back: a first one is queued again, a repeated one loses its slot. */
const takeBack = async (context: Part<'ports' | 'connections' | 'clocks' | 'wake'>, tasks: readonly Task[]): Promise<void> => {
  const { reads } = context.ports
  const draft = createDraft(reads)
  for (const task of tasks) {
    const now = reads.openTask(task.id)
    if (now?.state === 'notified') applyEvent(context, draft, now, { type: task.state === 'queued' ? 'unsent' : 'lost' })
  }
  await commit(context, draft)
}

// ---------------------------------------------------------------- messages

/** Where links that are sent to the device lead; null: it is not connected. */
const targetOf = ({ transport }: Pick<Ports, 'transport'>, to: DeviceKey): LinkTarget | null => {
  const host = transport.host(to)
  return host === null ? null : { host, tlsHost: transport.tlsHost(to), product: to.slice(0, to.indexOf('/')) }
}

const isSameTarget = (left: LinkTarget, right: LinkTarget): boolean => left.host === right.host && left.tlsHost === right.tlsHost

const offerOf = ({ reads, downloads }: Pick<Ports, 'reads' | 'downloads'>, task: Task, target: LinkTarget): Offer | undefined => {
  const firmware = reads.firmware(task.firmware)
  return firmware && { task, firmware, url: downloads.url(task.id, firmware.sha256, target) }
}

/** Shows a downlink to those who watch the device. */
export const showDownlink = ({ events }: Pick<Ports, 'events'>, device: DeviceKey, text: string): void => {
  if (events.watches(device)) events.emit({ type: 'message', device, direction: 'down', text })
}

/** Sends the offers of one connection; returns the tasks that could not be sent. */
const send = ({ ports, connections }: Part<'ports' | 'connections'>, to: DeviceKey, offers: readonly Offer[]): readonly Task[] => {
  const { dialect, settings, transport, meter } = ports
  const own = offers.filter(({ task }) => task.device === to)
  const sub = offers.filter(({ task }) => task.device !== to)
  const messages = own.map((offer) => ({
    message: dialect.offerMessage(connections.nextMessageId(), dialect.offerBody(offer)),
    tasks: [offer.task],
  }))
  const bounds = { elements: settings.subElements, bytes: settings.subBytes }
  return [...messages, ...dialect.subOffers(sub, connections.nextMessageId, bounds)].flatMap(({ message, tasks }) => {
    const sent = transport.send(to, message)
    meter.count('pushes', sent ? 'sent' : 'unsent', tasks.length)
    if (sent) showDownlink(ports, to, message.text)
    return sent ? [] : tasks
  })
}

// ---------------------------------------------------------------- push

const byConnection = ({ ports, connections }: Part<'ports' | 'connections'>, tasks: readonly Task[]): Map<ConnectionState, Task[]> => {
  const groups = new Map<ConnectionState, Task[]>()
  for (const task of tasks) {
    const device = ports.reads.device(task.device)
    const state = device && connections.via(device)
    if (state === undefined) continue
    const group = groups.get(state)
    if (group === undefined) groups.set(state, [task])
    else group.push(task)
  }
  return groups
}

/** Sends a connection its offers, and returns the tasks that it did not receive. */
const push = (context: Part<'ports' | 'connections'>, state: ConnectionState, tasks: readonly Task[]): readonly Task[] => {
  const { ports } = context
  const to = state.connection.device
  const target = targetOf(ports, to)
  // What `firmware.get` was answered with meanwhile was delivered, whether the device is still connected or not.
  const current = (task: Task): Task => ports.reads.openTask(task.id) ?? task
  const left = tasks.filter((task) => !isSent(state, current(task)))
  const offers = target === null ? [] : left.flatMap((task) => offerOf(ports, current(task), target) ?? [])
  const unsent = new Set(send(context, to, offers).map((task) => task.id))
  for (const { task } of offers) if (!unsent.has(task.id)) state.sent = withEntry(state.sent, task.id, task.firmware)
  return left.filter((task) => !isSent(state, current(task)))
}

/**
 * Offers open tasks to their devices: queued ones become `notified`, on disk, before the message leaves. `tasks` are as they were when they
 * were chosen. One that could not be sent on a connection is not pushed on it again.
 */
export const notify = async (context: Context, tasks: readonly Task[]): Promise<void> => {
  const groups = byConnection(context, tasks)
  for (const [state, group] of groups) for (const task of group) state.sent = withoutEntry(state.sent, task.id)
  await recordOffers(context, groups)
  const undelivered = [...groups].flatMap(([state, group]) => push(context, state, group))
  if (undelivered.length > 0) await takeBack(context, undelivered)
}

// ---------------------------------------------------------------- answer

/** Signing a link and encoding it is the most expensive part of an answer: it is done once for what stays the same. */
const bodyFor = (
  { dialect, downloads }: Pick<Ports, 'dialect' | 'downloads'>,
  state: ConnectionState,
  { task, firmware, target }: { readonly task: Task; readonly firmware: Firmware; readonly target: LinkTarget },
): string => {
  const known = state.answers?.get(task.module)
  if (known?.task === task.id && known.firmware === firmware && isSameTarget(known.target, target)) return known.body
  const body = dialect.offerBody({ task, firmware, url: downloads.url(task.id, firmware.sha256, target) })
  state.answers ??= new Map()
  state.answers.set(task.module, { task: task.id, firmware, target, body })
  return body
}

const sendAnswer = ({ ports, connections }: Part<'ports' | 'connections'>, state: ConnectionState, task: Task, id: RequestId): boolean => {
  const { device } = state.connection
  const firmware = ports.reads.firmware(task.firmware)
  const target = targetOf(ports, device)
  if (firmware === undefined || target === null) return false
  const body = bodyFor(ports, state, { task, firmware, target })
  const message = ports.dialect.offerMessage(id ?? connections.nextMessageId(), body)
  const sent = ports.transport.send(device, message)
  if (sent) showDownlink(ports, device, message.text)
  return sent
}

/**
 * Answers the device's request with its open task: `queued` becomes `notified`, and one that lost its slot takes one, on disk, before
 * the answer leaves. An answer that could not be sent may be requested or pushed again.
 */
export const answer = async (context: Context, state: ConnectionState, task: Task, id: RequestId): Promise<void> => {
  const { reads, meter } = context.ports
  if (isOffered(task)) state.offered = withItem(state.offered, task.id)
  else await recordOffers(context, new Map([[state, [task]]]))
  // A report behind the request may have called for another package meanwhile.
  const current = reads.openTask(task.id) ?? task
  const sent = sendAnswer(context, state, current, id)
  if (sent) state.sent = withEntry(state.sent, current.id, current.firmware)
  else forgetOffer(state, current)
  meter.count('gets', sent ? 'answered' : 'unsent')
  if (!isSent(state, current) && task.state === 'queued') await takeBack(context, [task])
}
