// Gateways and their sub-devices: who belongs to whom, and the messages of `thing/up/topo` (protocol.md §4 `sub.*`).

import type { Core } from '../memory/core.ts'
import { createDraft, type Draft, draftDevice, type Moved, movedDevices, stageDevice } from '../memory/draft.ts'
import { drop } from '../memory/drop.ts'
import type { Session } from '../memory/presence.ts'
import { record } from '../memory/record.ts'
import { topoAnswer } from '../messages/downlink.ts'
import { decodeTopo, type TopoUplink } from '../messages/protocol.ts'
import type { Device, DeviceKey } from '../model.ts'
import { newDevice } from '../rules/new-device.ts'
import { moved } from './connections.ts'

const makeChild = (core: Core, draft: Draft, gateway: DeviceKey, key: DeviceKey): Device => {
  const child = { ...newDevice(key, core.now()), gateway }
  stageDevice(draft, child)
  core.meter.count('connects', 'child')
  return child
}

const isGatewayItself = (draft: Draft, gateway: DeviceKey): boolean => (draftDevice(draft, gateway)?.gateway ?? null) === null

/**
 * A device that proves itself by a credential, has a connection of its own, or has children, is no gateway's to claim: only an operator
 * makes it a child. (Where enrolment is open, anyone may be any device.)
 */
const standsAlone = (core: Core, device: Device): boolean =>
  (device.credential.kind !== 'none' && core.enrolment !== 'open') ||
  core.sessions.of(device.key) !== undefined ||
  core.index.children(device.key).size > 0

/** The child, if it belongs to the gateway; one without a gateway is learnt where enrolment allows it. */
export const childOf = (core: Core, draft: Draft, gateway: DeviceKey, key: DeviceKey): Device | undefined => {
  const child = draftDevice(draft, key)
  if (child?.gateway === gateway) return child
  if (core.enrolment === 'closed' || !isGatewayItself(draft, gateway)) return undefined
  if (child === undefined) return makeChild(core, draft, gateway, key)
  if (child.gateway !== null || standsAlone(core, child)) return undefined
  const learnt = { ...child, gateway }
  stageDevice(draft, learnt)
  return learnt
}

/** `add` and `login`: the child moves here. Known children only where enrolment is closed. */
const attach = (core: Core, draft: Draft, gateway: DeviceKey, key: DeviceKey): boolean => {
  const child = draftDevice(draft, key)
  if (child?.gateway === gateway) return true
  if (key === gateway || !isGatewayItself(draft, gateway)) return false
  if (child === undefined) {
    if (core.enrolment === 'closed') return false
    makeChild(core, draft, gateway, key)
    return true
  }
  if (standsAlone(core, child)) return false
  stageDevice(draft, { ...child, gateway })
  return true
}

const detach = (draft: Draft, gateway: DeviceKey, key: DeviceKey): boolean => {
  const child = draftDevice(draft, key)
  if (child?.gateway !== gateway) return false
  stageDevice(draft, { ...child, gateway: null })
  return true
}

const accepted = (core: Core, draft: Draft, session: Session, uplink: TopoUplink): readonly DeviceKey[] => {
  const gateway = session.connection.device
  switch (uplink.method) {
    case 'add':
      return uplink.children.filter((child) => attach(core, draft, gateway, child))
    case 'login':
      return uplink.children.filter((child) => {
        const isOurs = attach(core, draft, gateway, child)
        if (isOurs) session.logins.set(child, core.now())
        return isOurs
      })
    case 'logout':
      return uplink.children.filter((child) => draftDevice(draft, child)?.gateway === gateway && (session.logins.delete(child) || true))
    case 'delete':
      return uplink.children.filter((child) => detach(draft, gateway, child))
    case 'get':
      return [...core.index.children(gateway)]
  }
}

/** Gives the campaigns of moved children their turn. */
export const followMoved = (core: Core, moves: readonly Moved[]): void => {
  moved(core, moves)
  for (const { device } of moves) for (const task of core.store.reads.openTasksOf(device.key)) core.poke(task.campaign)
}

/** A message of `thing/up/topo`: recorded, then answered with `code` 0 and the accepted children. */
export const receiveTopo = async (core: Core, session: Session, payload: Uint8Array): Promise<void> => {
  const gateway = session.connection.device
  const uplink = decodeTopo(payload, core.settings.maxUplinkBytes)
  if (uplink.kind === 'malformed') return drop(core, gateway, uplink.reason, uplink.detail)
  core.meter.count('uplinks', `topo.${uplink.method}`)
  for (const refused of uplink.refused) drop(core, gateway, refused.reason, refused.detail)
  const draft = createDraft(core.store)
  const children = accepted(core, draft, session, uplink)
  for (const child of uplink.children) if (!children.includes(child)) drop(core, gateway, 'not_child', child)
  const moves = movedDevices(draft)
  await record(core, draft)
  followMoved(core, moves)
  const answer = topoAnswer(uplink.id ?? core.nextMessageId(), uplink.method, children, 0)
  const sent = core.transport.send(gateway, answer)
  if (sent && core.events.watches(gateway)) core.events.emit({ type: 'message', device: gateway, direction: 'down', text: answer.text })
}
