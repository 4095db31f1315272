// Gateways and their sub-devices: which belong to which, and the messages by which a gateway reports that (protocol.md §4 `sub.*`).

import { showDownlink } from '../campaigns/notify.ts'
import type { TopoUplink } from '../dialects/dialect.ts'
import type { Device, DeviceKey } from '../model.ts'
import { commit } from '../state/commit.ts'
import type { ConnectionState } from '../state/connections.ts'
import type { Part } from '../state/context.ts'
import { createDraft, type Draft, draftDevice, movedDevices, stageUndo } from '../state/draft.ts'
import { drop } from '../state/drop.ts'
import { attach, type ClaimRefusal, detach, dropClaim, followMoved } from './claims.ts'

type TopoContext = Part<'ports' | 'connections' | 'clocks' | 'wake'>

/** When the sub-device logged in on this connection; null: it has logged out. The report behind it must see that before it is on disk. */
const setLogin = (draft: Draft, state: ConnectionState, child: DeviceKey, at: number | null): void => {
  state.logins ??= new Map()
  const { logins } = state
  const before = logins.get(child)
  if (at === null) logins.delete(child)
  else logins.set(child, at)
  stageUndo(draft, () => {
    if (before === undefined) logins.delete(child)
    else logins.set(child, before)
  })
}

const login = (context: TopoContext, draft: Draft, state: ConnectionState, child: DeviceKey): Device | ClaimRefusal => {
  const found = attach(context, draft, state.connection.device, child)
  if (typeof found !== 'string') setLogin(draft, state, child, context.ports.now())
  return found
}

const logout = (draft: Draft, state: ConnectionState, child: DeviceKey): Device | ClaimRefusal => {
  const found = draftDevice(draft, child)
  if (found?.gateway !== state.connection.device) return 'gateway_of_another'
  setLogin(draft, state, child, null)
  return found
}

type Act = (child: DeviceKey) => Device | ClaimRefusal

const actOf = (context: TopoContext, draft: Draft, state: ConnectionState, method: Exclude<TopoUplink['method'], 'get'>): Act => {
  const gateway = state.connection.device
  switch (method) {
    case 'add':
      return (child) => attach(context, draft, gateway, child)
    case 'login':
      return (child) => login(context, draft, state, child)
    case 'logout':
      return (child) => logout(draft, state, child)
    case 'delete':
      return (child) => detach(draft, gateway, child)
  }
}

const accepted = (context: TopoContext, draft: Draft, state: ConnectionState, { method, children }: TopoUplink): readonly DeviceKey[] => {
  const gateway = state.connection.device
  if (method === 'get') return [...context.connections.families.children(gateway)]
  const act = actOf(context, draft, state, method)
  return children.filter((child) => {
    const found = act(child)
    if (typeof found === 'string') dropClaim(context, gateway, child, found)
    return typeof found !== 'string'
  })
}

/** A message about the gateway's children: recorded, then answered with `code` 0 and the accepted ones. */
export const receiveTopo = async (context: TopoContext, state: ConnectionState, uplink: TopoUplink): Promise<void> => {
  const { ports, connections } = context
  const gateway = state.connection.device
  for (const refused of uplink.refused) drop(ports, gateway, refused.reason, refused.detail)
  const draft = createDraft(ports.reads)
  const children = accepted(context, draft, state, uplink)
  const moves = movedDevices(draft)
  await commit(context, draft)
  followMoved(context, moves)
  const answer = ports.dialect.topoAnswer(uplink.id ?? connections.nextMessageId(), uplink.method, children, 0)
  if (ports.transport.send(gateway, answer)) showDownlink(ports, gateway, answer.text)
}
