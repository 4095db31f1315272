// Gateways that have reported nothing are no targets unless named: what ends when a device with an open task becomes one.

import { type Device, type DeviceKey, isOpen, type Task } from '../model.ts'
import { isSilentGateway } from '../rules/eligibility.ts'
import { applyEvent } from '../state/attempts.ts'
import { commit } from '../state/commit.ts'
import type { Context, Part } from '../state/context.ts'
import { createDraft } from '../state/draft.ts'
import { scopeOf } from '../state/scope.ts'

type Noting = Part<'ports' | 'wake'>

const isNoTarget = ({ ports }: Part<'ports'>, task: Task): boolean => {
  const device = ports.reads.device(task.device)
  const campaign = ports.reads.campaign(task.campaign)
  return device !== undefined && campaign !== undefined && isSilentGateway(scopeOf(ports, campaign), device)
}

/** Ends the device's tasks that it has not begun, in the campaigns that have it as a target no more. */
export const endOfSilentGateway = async (context: Context, key: DeviceKey): Promise<void> => {
  const { reads } = context.ports
  const draft = createDraft(reads)
  for (const task of reads.openTasksOf(key).filter((one) => isNoTarget(context, one)))
    applyEvent(context, draft, task, { type: 'cancel', reason: 'not_eligible', force: false })
  await commit(context, draft)
}

/** Decides again about the device if it is a gateway that has reported nothing. */
const note = ({ ports, wake }: Noting, key: DeviceKey): void => {
  if (ports.families.children(key).size > 0 && ports.reads.device(key)?.modules.length === 0) wake.decide(key)
}

const gatewayOf = (device: Device | undefined): DeviceKey | null => device?.gateway ?? null

/** A device gets its first child, or a gateway another attempt. Call once, before anything changes. */
export const watchSilentGateways = (context: Noting): void =>
  context.ports.writes.watch((table, before, after) => {
    if (table === 'device') {
      const gateway = gatewayOf(after as Device | undefined)
      if (gateway !== null && gateway !== gatewayOf(before as Device | undefined)) note(context, gateway)
    }
    if (table !== 'task' || before !== undefined) return
    const task = after as Task | undefined
    if (task !== undefined && isOpen(task.state)) note(context, task.device)
  })

/** Those that a stop or a crash has left undecided, or an earlier release. Call at a start. */
export const decideSilentGateways = (context: Noting): void => {
  for (const task of context.ports.reads.openTasks()) note(context, task.device)
}
