// firmware.get: the device asks whether there is an update (protocol.md §4). Answered from memory, in the walk of a report.

import { heldAgain, heldBack } from '../campaigns/holds.ts'
import { matchDevice } from '../campaigns/matching.ts'
import { answer } from '../campaigns/notify.ts'
import type { Report, RequestId } from '../dialects/dialect.ts'
import type { Device, Task } from '../model.ts'
import { isThere } from '../rules/eligibility.ts'
import { openTaskOf } from '../rules/open-task.ts'
import { mayBeOffered } from '../rules/transition.ts'
import { applyEvent } from '../state/attempts.ts'
import { commit } from '../state/commit.ts'
import type { ConnectionState } from '../state/connections.ts'
import type { Context, Part } from '../state/context.ts'
import { createDraft } from '../state/draft.ts'
import { drop } from '../state/drop.ts'

type Get = Extract<Report, { kind: 'get' }>

const answerNothing = ({ ports, connections }: Part<'ports' | 'connections'>, state: ConnectionState, id: RequestId): void => {
  ports.meter.count('gets', 'no_update')
  if (ports.settings.noUpdateReply === 'empty')
    ports.transport.send(state.connection.device, ports.dialect.noUpdate(id ?? connections.nextMessageId()))
}

/** Whether the open task may be the answer now. */
const mayAnswer = (context: Part<'ports' | 'connections' | 'queue'>, task: Task, device: Device): boolean => {
  if (task.state === 'queued') return heldBack(context, task, device) === null
  return mayBeOffered(task) && heldAgain(context, task, device) === null
}

/** A task whose target the module already runs is closed without an update. */
const close = async (context: Part<'ports' | 'connections' | 'clocks' | 'wake'>, state: ConnectionState, task: Task): Promise<void> => {
  const draft = createDraft(context.ports.reads)
  applyEvent(context, draft, task, { type: 'version', version: task.to, since: state.since })
  await commit(context, draft)
}

export const answerGet = async (context: Context, state: ConnectionState, get: Get): Promise<void> => {
  const { ports, connections } = context
  const { reads } = ports
  const key = state.connection.device
  if (!connections.mayAsk(key)) return drop(ports, key, 'get_rate', 'asks for firmware too often')
  // The device could not receive the answer; once it has subscribed, it is notified.
  if (!state.subscribed.has('ota')) return ports.meter.count('gets', 'not_subscribed')
  if (openTaskOf(reads, key, get.module) === undefined) await matchDevice(context, key, get.module)
  const device = reads.device(key)
  const task = openTaskOf(reads, key, get.module)
  if (device !== undefined && task !== undefined && isThere(device, task)) await close(context, state, task)
  else if (device !== undefined && task !== undefined && mayAnswer(context, task, device)) return answer(context, state, task, get.id)
  answerNothing(context, state, get.id)
}
