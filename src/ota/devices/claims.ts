// Gateways' claims on devices (protocol.md §4 `sub.*`): which devices a gateway may assign to itself, and what becomes of its claim when the
// device itself connects.

import { sentence } from '../../sentences/sentence.ts'
import type { Device, DeviceKey, Takeover } from '../model.ts'
import { claimBy, isPinned, provesItself, withTakeover } from '../rules/gateway-claims.ts'
import { newDevice } from '../rules/new-device.ts'
import { commit } from '../state/commit.ts'
import type { Part } from '../state/context.ts'
import { createDraft, type Draft, draftDevice, type Moved, movedDevices, stageDevice, stageMark } from '../state/draft.ts'
import { drop } from '../state/drop.ts'
import { moved } from './presence.ts'

export type Claiming = Part<'ports' | 'connections'>

/** How long a gateway must be away until another one may take its sub-devices, milliseconds. */
const awayMs = 600_000

/** What a gateway was refused, for the log. */
export type ClaimRefusal = 'closed' | 'full' | 'gateway_of_another' | 'independent' | 'never' | 'pinned' | 'sub_device' | 'too_many_new'

const refusalTexts: Readonly<Record<ClaimRefusal, string>> = {
  closed: 'it is not known, and enrolment is closed',
  full: 'the gateway has as many sub-devices as ota.childrenPerGateway allows',
  gateway_of_another: 'it belongs to another gateway',
  independent: 'it has a credential, a connection or sub-devices of its own',
  never: 'ota.gatewayTakeover is never',
  pinned: 'an operator has said which gateway it has',
  sub_device: 'a sub-device cannot be a gateway',
  too_many_new: 'the gateway has made more devices known in a day than twice ota.childrenPerGateway',
}

/** What the gateway said of the device does not count. */
export const dropClaim = ({ ports }: Part<'ports'>, gateway: DeviceKey, child: DeviceKey, refusal: ClaimRefusal): void => {
  drop(ports, gateway, 'not_child', `${child}: ${refusalTexts[refusal]}`)
  if (refusal === 'full' || refusal === 'too_many_new')
    ports.quotas.reached('children', gateway, () => ({ most: ports.settings.childrenPerGateway }))
}

const isSubDevice = (draft: Draft, gateway: DeviceKey): boolean => (draftDevice(draft, gateway)?.gateway ?? null) !== null

/**
 * A device that proves itself by a credential, has a connection of its own, has children, or is disputed, cannot be claimed by a gateway:
 * only an operator makes it a child. (Where enrolment is open, any client may be any device.)
 */
const isIndependent = ({ ports, connections }: Claiming, device: Device): boolean =>
  (device.credential.kind !== 'none' && ports.enrolment !== 'open') ||
  (device.disputed ?? null) !== null ||
  connections.of(device.key) !== undefined ||
  connections.families.children(device.key).size > 0

/** Whether it has been away for ten minutes that the server has seen. */
const isAway = ({ ports, connections }: Claiming, gateway: DeviceKey): boolean => {
  if (connections.of(gateway) !== undefined) return false
  const seen = connections.lastSeen(gateway) ?? ports.reads.device(gateway)?.lastSeen ?? 0
  return ports.now() - Math.max(seen, connections.startedAt) >= awayMs
}

/** How many sub-devices the gateway has with those of the draft; more than `most` need not be counted. */
const hasRoom = ({ ports, connections }: Claiming, draft: Draft, gateway: DeviceKey): boolean => {
  const most = ports.settings.childrenPerGateway
  let count = connections.families.children(gateway).size
  if (count >= most) return false
  if (count + (draft.devices?.size ?? 0) < most) return true
  for (const { key, gateway: of } of draft.devices?.values() ?? [])
    if (of === gateway && ports.reads.device(key)?.gateway !== gateway) count++
  return count < most
}

const noteTakeover = ({ ports, connections }: Claiming, { at, device, from, to }: Takeover): void => {
  ports.log.warn(
    { device, from, to },
    to === null ? 'a device has proved itself and leaves its gateway' : 'a gateway has taken over a sub-device',
  )
  const detail = to === null ? `left ${from}` : `from ${from} to ${to}`
  const said = to === null ? sentence('timeline_left', { device, from }) : sentence('timeline_taken_over', { device, from, to })
  for (const key of to === null ? [device, from] : [device, from, to]) {
    connections.timeline.add({ device: key, at, what: 'moved', said })
    ports.events.emit({ type: 'device', device: key, what: 'moved', detail: `${device} ${detail}` })
  }
}

/** The device leaves its gateway for another, or for none: a line in the records of all of them. `next`: the device's record. */
const stageTakeover = (context: Claiming, draft: Draft, next: Device, from: DeviceKey): void => {
  const takeover: Takeover = { at: context.ports.now(), device: next.key, from, to: next.gateway }
  stageDevice(draft, withTakeover(next, takeover))
  for (const key of [from, next.gateway]) {
    const gateway = key === null ? undefined : draftDevice(draft, key)
    if (gateway !== undefined) stageDevice(draft, withTakeover(gateway, takeover))
  }
  stageMark(draft, () => noteTakeover(context, takeover))
}

const makeChild = (context: Claiming, draft: Draft, gateway: DeviceKey, key: DeviceKey): Device | ClaimRefusal => {
  const { ports, connections } = context
  if (ports.enrolment === 'closed') return 'closed'
  // One that gives up what it has made known must not make others known without end.
  if (!connections.mayMakeChild(gateway)) return 'too_many_new'
  const made = newDevice(key, ports.now())
  const child = { ...made, gateway, claim: claimBy('gateway', made) }
  stageDevice(draft, child)
  stageMark(draft, () => ports.meter.count('connects', 'child'))
  return child
}

/** The gateway claims the device, which is not its own yet. */
const claim = (context: Claiming, draft: Draft, gateway: DeviceKey, key: DeviceKey): Device | ClaimRefusal => {
  const child = draftDevice(draft, key)
  if (child !== undefined && isPinned(child)) return 'pinned'
  if (child !== undefined && isIndependent(context, child)) return 'independent'
  if (!hasRoom(context, draft, gateway)) return 'full'
  if (child === undefined) return makeChild(context, draft, gateway, key)
  const next = { ...child, gateway, claim: claimBy('gateway', child) }
  if (child.gateway === null) stageDevice(draft, next)
  else stageTakeover(context, draft, next, child.gateway)
  return draftDevice(draft, key) ?? next
}

/** The child, if it belongs to the gateway; one without a gateway is learnt where enrolment allows it. */
export const childOf = (context: Claiming, draft: Draft, gateway: DeviceKey, key: DeviceKey): Device | ClaimRefusal => {
  const child = draftDevice(draft, key)
  if (child?.gateway === gateway) return child
  if (context.ports.enrolment === 'closed') return 'closed'
  if (isSubDevice(draft, gateway)) return 'sub_device'
  if (child !== undefined && child.gateway !== null) return 'gateway_of_another'
  return claim(context, draft, gateway, key)
}

/** `add` and `login`: the child moves here, as `ota.gatewayTakeover` says. Known children only where enrolment is closed. */
export const attach = (context: Claiming, draft: Draft, gateway: DeviceKey, key: DeviceKey): Device | ClaimRefusal => {
  const child = draftDevice(draft, key)
  if (child?.gateway === gateway) return child
  const { gatewayTakeover } = context.ports.settings
  if (gatewayTakeover === 'never') return 'never'
  if (key === gateway) return 'independent'
  if (isSubDevice(draft, gateway)) return 'sub_device'
  const before = child?.gateway ?? null
  if (child !== undefined && isPinned(child)) return 'pinned'
  if (before !== null && gatewayTakeover === 'unclaimed' && !isAway(context, before)) return 'gateway_of_another'
  return claim(context, draft, gateway, key)
}

/** `delete`: the gateway gives the child up. What an operator has assigned stays. */
export const detach = (draft: Draft, gateway: DeviceKey, key: DeviceKey): Device | ClaimRefusal => {
  const child = draftDevice(draft, key)
  if (child?.gateway !== gateway) return 'gateway_of_another'
  if (isPinned(child)) return 'pinned'
  const free = { ...child, gateway: null, claim: null }
  stageDevice(draft, free)
  return free
}

/** Gives the campaigns of moved children their turn. */
export const followMoved = (context: Part<'ports' | 'connections' | 'clocks' | 'wake'>, moves: readonly Moved[]): void => {
  moved(context, moves)
  for (const { device } of moves) for (const task of context.ports.reads.openTasksOf(device.key)) context.wake.turn(task.campaign)
}

const noteDispute = ({ ports, connections }: Claiming, device: DeviceKey, gateway: DeviceKey, at: number): void => {
  ports.log.warn({ device, gateway }, 'a device connects under a name that a gateway reports for: an operator must decide')
  const said = sentence('timeline_disputed', { device, gateway })
  for (const each of [device, gateway]) {
    connections.timeline.add({ device: each, at, what: 'disputed', said })
    ports.events.emit({ type: 'device', device: each, what: 'disputed', detail: `${device} ${gateway}` })
  }
}

const stageDispute = (context: Claiming, draft: Draft, device: Device, gateway: DeviceKey): void => {
  const at = context.ports.now()
  stageDevice(draft, { ...device, gateway: null, disputed: { gateway, at } })
  stageMark(draft, () => noteDispute(context, device.key, gateway, at))
}

/** `Registry.admitted`: a gateway's own claim on the device ends, if the device has a proof that is older; else both claim it. */
export const admitted = async (
  context: Part<'ports' | 'connections' | 'clocks' | 'wake'>,
  key: DeviceKey,
  byCertificate = false,
): Promise<void> => {
  const device = context.ports.reads.device(key)
  if (device === undefined || isPinned(device)) return
  const { gateway } = device
  const disputed = device.disputed ?? null
  const isProved = byCertificate || provesItself(device)
  if (gateway === null && (disputed === null || !isProved)) return
  const draft = createDraft(context.ports.reads)
  const own = { ...device, gateway: null, claim: null, disputed: null }
  if (gateway === null) stageDevice(draft, own)
  else if (isProved) stageTakeover(context, draft, own, gateway)
  else stageDispute(context, draft, device, gateway)
  const moves = movedDevices(draft)
  await commit(context, draft)
  followMoved(context, moves)
}
