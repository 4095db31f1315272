// firmware.get: the device asks whether there is an upgrade (protocol.md §4). Answered from memory, on the walk of a report.

import { isOffered, offer } from '../campaigns/dispatch.ts'
import { heldAgain, heldBack } from '../campaigns/gates.ts'
import { matchDevice } from '../campaigns/matching.ts'
import { applyEvent } from '../memory/attempts.ts'
import type { Core } from '../memory/core.ts'
import { createDraft } from '../memory/draft.ts'
import { drop } from '../memory/drop.ts'
import type { Session } from '../memory/presence.ts'
import { record } from '../memory/record.ts'
import { firmwareBody, firmwarePost, noUpdate } from '../messages/downlink.ts'
import type { Report, RequestId } from '../messages/protocol.ts'
import type { Device, Firmware, Task } from '../model.ts'
import { isThere } from '../rules/campaign.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { mayBeOffered } from '../rules/task.ts'

type Get = Extract<Report, { kind: 'get' }>

const answerNothing = (core: Core, session: Session, id: RequestId): void => {
  core.meter.count('gets', 'no_update')
  if (core.settings.noUpdateReply === 'empty') core.transport.send(session.connection.device, noUpdate(id ?? core.nextMessageId()))
}

/** Whether the open task may be answered with, now. */
const mayAnswer = (core: Core, task: Task, device: Device): boolean => {
  if (task.state === 'queued') return heldBack(core, task, device) === null
  return mayBeOffered(task) && heldAgain(core, task, device) === null
}

/** Signing a link and writing it down is the dearest part of an answer: it is done once for what stays the same. */
const bodyFor = (core: Core, { answers }: Session, task: Task, firmware: Firmware, host: string): string => {
  const standing = answers.get(task.module)
  if (standing?.task === task.id && standing.firmware === firmware && standing.host === host) return standing.body
  const body = firmwareBody({ task, firmware, url: core.downloads.url(task.id, firmware.sha256, host) })
  answers.set(task.module, { task: task.id, firmware, host, body })
  return body
}

const send = (core: Core, session: Session, task: Task, id: RequestId): boolean => {
  const firmware = core.store.reads.firmware(task.firmware)
  const host = core.transport.host(session.connection.device)
  if (firmware === undefined || host === null) return false
  const message = firmwarePost(id ?? core.nextMessageId(), bodyFor(core, session, task, firmware, host))
  const sent = core.transport.send(session.connection.device, message)
  if (sent && core.events.watches(task.device))
    core.events.emit({ type: 'message', device: task.device, direction: 'down', text: message.text })
  return sent
}

/** `queued` becomes `notified`, and one that lost its slot takes one, on disk, before the answer leaves. */
const answerWith = async (core: Core, session: Session, task: Task, id: RequestId): Promise<void> => {
  session.told.add(task.id)
  if (!isOffered(task)) {
    const draft = createDraft(core.store)
    offer(core, draft, task)
    await record(core, draft)
  }
  const sent = send(core, session, task, id)
  if (sent) session.sent.add(task.id)
  else if (!session.sent.has(task.id)) session.told.delete(task.id)
  core.meter.count('gets', sent ? 'answered' : 'unsent')
  const standing = core.store.reads.openTask(task.id)
  if (session.sent.has(task.id) || task.state !== 'queued' || standing === undefined) return
  const back = createDraft(core.store)
  applyEvent(core, back, standing, { type: 'unsent' })
  await record(core, back)
}

/** A task whose target the module already runs is closed without an update. */
const close = async (core: Core, session: Session, task: Task): Promise<void> => {
  const draft = createDraft(core.store)
  applyEvent(core, draft, task, { type: 'version', version: task.to, since: session.since })
  await record(core, draft)
}

export const answerGet = async (core: Core, session: Session, get: Get): Promise<void> => {
  const key = session.connection.device
  if (!core.mayAsk(key)) return drop(core, key, 'get_rate', 'asks for firmware too often')
  // Nobody would hear the answer; once it has subscribed, the device is told by itself.
  if (!session.hears.has('ota')) return core.meter.count('gets', 'not_subscribed')
  if (openTaskOf(core.store.reads, key, get.module) === undefined) await matchDevice(core, key, get.module)
  const device = core.store.reads.device(key)
  const task = openTaskOf(core.store.reads, key, get.module)
  if (device !== undefined && task !== undefined && isThere(device, task)) await close(core, session, task)
  else if (device !== undefined && task !== undefined && mayAnswer(core, task, device)) return answerWith(core, session, task, get.id)
  answerNothing(core, session, get.id)
}
