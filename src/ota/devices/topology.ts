// Gateways and their sub-devices: which belong to which, and the messages by which a gateway reports that (protocol.md §4 `sub.*`).

import { showDownlink } from '../campaigns/notify.ts'
import type { TopoUplink } from '../dialects/dialect.ts'
import type { Device, DeviceKey } from '../model.ts'
import { newDevice } from '../rules/new-device.ts'
import { commit } from '../state/commit.ts'
import type { ConnectionState } from '../state/connections.ts'
import type { Part } from '../state/context.ts'
import { createDraft, type Draft, draftDevice, type Moved, movedDevices, stageDevice, stageMark, stageUndo } from '../state/draft.ts'
import { drop } from '../state/drop.ts'
import { moved } from './presence.ts'

type Claiming = Part<'ports' | 'connections'>

const makeChild = ({ ports }: Part<'ports'>, draft: Draft, gateway: DeviceKey, key: DeviceKey): Device => {
  const child = { ...newDevice(key, ports.now()), gateway }
  stageDevice(draft, child)
  stageMark(draft, () => ports.meter.count('connects', 'child'))
  return child
}

const isGatewayItself = (draft: Draft, gateway: DeviceKey): boolean => (draftDevice(draft, gateway)?.gateway ?? null) === null

/**
 * A device that has a credential, has a connection of its own, or has children, cannot be claimed by a gateway: only an
 * operator makes it a child. (Where enrolment is open, any client may be any device.)
 */
const isIndependent = ({ ports, connections }: Claiming, device: Device): boolean =>
  (device.credential.kind !== 'none' && ports.enrolment !== 'open') ||
  connections.of(device.key) !== undefined ||
  connections.families.children(device.key).size > 0

/** The child, if it belongs to the gateway; one without a gateway becomes its child where enrolment allows it. */
export const childOf = (context: Claiming, draft: Draft, gateway: DeviceKey, key: DeviceKey): Device | undefined => {
  const child = draftDevice(draft, key)
  if (child?.gateway === gateway) return child
  if (context.ports.enrolment === 'closed' || !isGatewayItself(draft, gateway)) return undefined
  if (child === undefined) return makeChild(context, draft, gateway, key)
  if (child.gateway !== null || isIndependent(context, child)) return undefined
  const learnt = { ...child, gateway }
  stageDevice(draft, learnt)
  return learnt
}

/** `add` and `login`: the child moves here. Known children only where enrolment is closed. */
const attach = (context: Claiming, draft: Draft, gateway: DeviceKey, key: DeviceKey): boolean => {
  const child = draftDevice(draft, key)
  if (child?.gateway === gateway) return true
  if (key === gateway || !isGatewayItself(draft, gateway)) return false
  if (child === undefined) {
    if (context.ports.enrolment === 'closed') return false
    makeChild(context, draft, gateway, key)
    return true
  }
  if (isIndependent(context, child)) return false
  stageDevice(draft, { ...child, gateway })
  return true
}

const detach = (draft: Draft, gateway: DeviceKey, key: DeviceKey): boolean => {
  const child = draftDevice(draft, key)
  if (child?.gateway !== gateway) return false
  stageDevice(draft, { ...child, gateway: null })
  return true
}

/** When the sub-device logged in on this connection; null: it has logged out. The report behind it must see that before it is on disk. */
const setLogin = (draft: Draft, { logins }: ConnectionState, child: DeviceKey, at: number | null): void => {
  const before = logins.get(child)
  if (at === null) logins.delete(child)
  else logins.set(child, at)
  stageUndo(draft, () => {
    if (before === undefined) logins.delete(child)
    else logins.set(child, before)
  })
}

const accepted = (context: Claiming, draft: Draft, state: ConnectionState, uplink: TopoUplink): readonly DeviceKey[] => {
  const gateway = state.connection.device
  switch (uplink.method) {
    case 'add':
      return uplink.children.filter((child) => attach(context, draft, gateway, child))
    case 'login':
      return uplink.children.filter((child) => {
        const isOurs = attach(context, draft, gateway, child)
        const at = context.ports.now()
        if (isOurs) setLogin(draft, state, child, at)
        return isOurs
      })
    case 'logout':
      return uplink.children.filter((child) => {
        const isOurs = draftDevice(draft, child)?.gateway === gateway
        if (isOurs) setLogin(draft, state, child, null)
        return isOurs
      })
    case 'delete':
      return uplink.children.filter((child) => detach(draft, gateway, child))
    case 'get':
      return [...context.connections.families.children(gateway)]
  }
}

/** Gives the campaigns of moved children their turn. */
export const followMoved = (context: Part<'ports' | 'connections' | 'clocks' | 'wake'>, moves: readonly Moved[]): void => {
  moved(context, moves)
  for (const { device } of moves) for (const task of context.ports.reads.openTasksOf(device.key)) context.wake.turn(task.campaign)
}

/** A message about the gateway's children: recorded, then answered with `code` 0 and the accepted ones. */
export const receiveTopo = async (
  context: Part<'ports' | 'connections' | 'clocks' | 'wake'>,
  state: ConnectionState,
  uplink: TopoUplink,
): Promise<void> => {
  const { ports, connections } = context
  const gateway = state.connection.device
  for (const refused of uplink.refused) drop(ports, gateway, refused.reason, refused.detail)
  const draft = createDraft(ports.reads)
  const children = accepted(context, draft, state, uplink)
  for (const child of uplink.children) if (!children.includes(child)) drop(ports, gateway, 'not_child', child)
  const moves = movedDevices(draft)
  await commit(context, draft)
  followMoved(context, moves)
  const answer = ports.dialect.topoAnswer(uplink.id ?? connections.nextMessageId(), uplink.method, children, 0)
  if (ports.transport.send(gateway, answer)) showDownlink(ports, gateway, answer.text)
}
