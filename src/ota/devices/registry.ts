// Devices as operators and the broker add and change them: records, credentials, tags, gateways. Promises resolve when it is on disk.

import { type Fault, faultAt, OtaError } from '../../errors.ts'
import { createLongMap } from '../../long-map.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import { endWaiting } from '../campaigns/waiting.ts'
import type { DeviceInput, DeviceRow } from '../inputs.ts'
import { type Credential, type Device, type DeviceKey, deviceKey } from '../model.ts'
import { nameFault } from '../names.ts'
import type { Reads } from '../ports/store.ts'
import { claimBy, isPinned } from '../rules/gateway-claims.ts'
import { newDevice } from '../rules/new-device.ts'
import { transition } from '../rules/transition.ts'
import { forgetAgainst } from '../state/attempts.ts'
import { type Committing, commit } from '../state/commit.ts'
import type { Part } from '../state/context.ts'
import { createDraft, type Draft, draftDevice, movedDevices, stageDevice, stageTask, stageUndo } from '../state/draft.ts'
import type { Families } from '../state/families.ts'
import { leave, moved } from './presence.ts'

const gatewayFault = (draft: Draft, families: Families, key: DeviceKey, gateway: DeviceKey): Sentence | null => {
  if (gateway === key) return sentence('own_gateway')
  const device = draftDevice(draft, gateway)
  if (device === undefined) return sentence('gateway_unknown', { gateway })
  if (device.gateway !== null) return sentence('gateway_is_sub_device', { gateway, of: device.gateway })
  return families.children(key).size > 0 ? sentence('is_itself_a_gateway', { device: key }) : null
}

const credentialOf = (input: DeviceInput, known: Credential): Credential =>
  input.secret === undefined ? known : input.secret === null ? { kind: 'none' } : { kind: 'secret', secret: input.secret, plain: true }

/** What an operator says of a gateway is pinned, also that there is none, and decides where it was disputed. */
const withGateway = (device: Device, gateway: DeviceKey | null | undefined): Device => {
  if (gateway === undefined || (gateway === device.gateway && isPinned(device))) return device
  return { ...device, gateway, claim: claimBy('operator', device), disputed: null }
}

const merged = (device: Device, input: DeviceInput): Device => ({
  ...withGateway(device, input.gateway),
  credential: credentialOf(input, device.credential),
  tags: input.tags === undefined ? device.tags : [...new Set(input.tags)].sort(),
})

const put = (families: Families, draft: Draft, device: Device, input: DeviceInput): Sentence | null => {
  const fault = typeof input.gateway === 'string' ? gatewayFault(draft, families, device.key, input.gateway) : null
  if (fault === null) stageDevice(draft, merged(device, input))
  return fault
}

const mustName = (product: string, name: string): DeviceKey => {
  const fault = nameFault(product, name)
  if (fault !== null)
    throw new OtaError('OTA_DEVICE_NAME', sentence('name_unusable', { text: JSON.stringify(`${product}/${name}`), why: fault }))
  return deviceKey(product, name)
}

const mustKnow = (reads: Pick<Reads, 'device'>, key: DeviceKey): Device => {
  const device = reads.device(key)
  if (device === undefined) throw new OtaError('OTA_DEVICE_UNKNOWN', sentence('device_unknown', { device: key }))
  return device
}

/** After a change of tags, gateway or record: its place in the queue, and the campaigns that may match it now. */
const followDevice = ({ ports, connections, wake }: Part<'ports' | 'connections' | 'wake'>, key: DeviceKey): void => {
  const device = ports.reads.device(key)
  if (device === undefined) return
  for (const task of ports.reads.openTasksOf(key)) wake.turn(task.campaign)
  // A device that has never reported gets time to report its version first.
  if (device.modules.length > 0 || connections.of(key) !== undefined) wake.rematch(key)
}

type Saving = Part<'ports' | 'connections' | 'clocks' | 'wake'>

const save = async (context: Saving, device: Device, input: DeviceInput): Promise<Device> => {
  const { reads } = context.ports
  const draft = createDraft(reads)
  const fault = put(context.connections.families, draft, device, input)
  if (fault !== null) throw new OtaError('OTA_GATEWAY_INVALID', fault)
  const moves = movedDevices(draft)
  await commit(context, draft)
  moved(context, moves)
  followDevice(context, device.key)
  return mustKnow(reads, device.key)
}

/** As long as nobody says otherwise. */
const nobodys = { gateway: null, claim: null, disputed: null } as const

/** `PUT /devices/{pk}/{dn}`: fields that `input` leaves out are as in a new record, but what the device itself reported stays. */
export const putDevice = async (
  context: Saving,
  product: string,
  name: string,
  input: DeviceInput,
): Promise<{ device: Device; created: boolean }> => {
  const key = mustName(product, name)
  const { ports } = context
  const known = ports.reads.device(key)
  const before = known === undefined ? newDevice(key, ports.now()) : { ...known, ...nobodys }
  const { gateway, ...rest } = input
  const device = await save(context, before, { secret: null, tags: [], ...rest, ...(typeof gateway === 'string' ? { gateway } : {}) })
  ports.events.emit({ type: 'device', device: key, what: 'enrolled', detail: 'operator' })
  return { device, created: known === undefined }
}

export const patchDevice = async (context: Saving, key: DeviceKey, input: DeviceInput): Promise<Device> =>
  save(context, mustKnow(context.ports.reads, key), input)

const importRow = ({ ports, connections }: Part<'ports' | 'connections'>, draft: Draft, row: DeviceRow): Fault | null => {
  const path = `row ${row.row}`
  const fault = nameFault(row.product, row.name)
  if (fault !== null) return faultAt(path, fault)
  const key = deviceKey(row.product, row.name)
  const refused = put(connections.families, draft, draftDevice(draft, key) ?? newDevice(key, ports.now()), row)
  return refused === null ? null : faultAt(path, refused)
}

const gatewayOfGateway = (draft: Draft, row: DeviceRow): Fault | null => {
  const { gateway } = draftDevice(draft, deviceKey(row.product, row.name)) ?? { gateway: null }
  const above = gateway === null ? null : (draftDevice(draft, gateway)?.gateway ?? null)
  return above === null ? null : faultAt(`row ${row.row}`, sentence('gateway_is_sub_device', { gateway, of: above }))
}

/** An operator's data of a device, as text that is the same if nothing has changed. */
const saidOf = (device: Device): string => {
  const { gateway, tags, credential } = device
  const shown = credential.kind === 'secret' ? [credential.secret, credential.plain] : credential.kind === 'none' ? [] : [credential.hash]
  return JSON.stringify([gateway, isPinned(device), tags, credential.kind, ...shown])
}

/** A list that is imported repeatedly changes only the devices that differ: the others are not written, and nothing follows for them. */
const dropUnchanged = (reads: Pick<Reads, 'device'>, draft: Draft): number => {
  let unchanged = 0
  for (const [key, device] of draft.devices ?? []) {
    const known = reads.device(key)
    if (known === undefined || saidOf(known) !== saidOf(device)) continue
    draft.devices?.delete(key)
    unchanged += 1
  }
  return unchanged
}

/** Rows that are worked on before reports get a turn: some milliseconds. */
const rowsAtOnce = 250

/** What is wrong with the rows, before any of them is recorded. A later row may have made a child of what an earlier one took for a gateway. */
const importFaults = async (context: Saving, rows: readonly DeviceRow[]): Promise<readonly Fault[]> => {
  const { reads, breathe } = context.ports
  const draft = createDraft(reads)
  draft.devices = createLongMap()
  const faults: Fault[] = []
  const checks = [(row: DeviceRow) => importRow(context, draft, row), (row: DeviceRow) => gatewayOfGateway(draft, row)]
  for (const check of checks) {
    for (const [at, row] of rows.entries()) {
      const fault = check(row)
      if (fault !== null) faults.push(fault)
      if (at % rowsAtOnce === rowsAtOnce - 1) await breathe()
    }
  }
  return faults
}

const refuseImport = (faults: readonly Fault[]): never => {
  throw new OtaError('OTA_IMPORT_INVALID', sentence('import_faults', { count: faults.length }), { faults })
}

/** Records some rows together; they are checked again, since reports may have come meanwhile. */
const importSlice = async (
  context: Saving,
  rows: readonly DeviceRow[],
): Promise<{ created: number; updated: number; unchanged: number }> => {
  const { reads } = context.ports
  const draft = createDraft(reads)
  const faults = rows.flatMap((row) => importRow(context, draft, row) ?? [])
  if (faults.length > 0) refuseImport(faults)
  const unchanged = dropUnchanged(reads, draft)
  const devices = [...(draft.devices?.values() ?? [])]
  const created = devices.filter((device) => device.rev === 0).length
  const moves = movedDevices(draft)
  await commit(context, draft)
  moved(context, moves)
  for (const { key } of devices) followDevice(context, key)
  return { created, updated: devices.length - created, unchanged }
}

/**
 * One fault refuses all rows. They are recorded in slices, so that reports never wait for a long list; where the disk fails in between, the
 * list can be imported again. A gateway may be in the same list, before its children.
 */
export const importDevices = async (
  context: Saving,
  rows: readonly DeviceRow[],
): Promise<{ created: number; updated: number; unchanged: number }> => {
  const faults = await importFaults(context, rows)
  if (faults.length > 0) refuseImport(faults)
  const sum = { created: 0, updated: 0, unchanged: 0 }
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const { created, updated, unchanged } = await importSlice(context, rows.slice(from, from + rowsAtOnce))
    sum.created += created
    sum.updated += updated
    sum.unchanged += unchanged
    await context.ports.breathe()
  }
  return sum
}

/** Its open tasks end as `canceled(device_removed)`, its connection closes, its children have no gateway. */
export const removeDevice = async (context: Saving, key: DeviceKey): Promise<void> => {
  const { ports, connections } = context
  const { reads } = ports
  const device = mustKnow(reads, key)
  const draft = createDraft(reads)
  for (const task of reads.openTasksOf(key)) {
    const ended = transition(task, { type: 'cancel', reason: 'device_removed', force: true }, ports.now()).task
    stageTask(draft, task, ended)
    forgetAgainst(draft, ended)
  }
  for (const child of connections.families.children(key)) {
    const orphan = reads.device(child)
    if (orphan !== undefined) stageDevice(draft, { ...orphan, ...nobodys })
  }
  const ends = reads.waitingOf(key).map((waiting) => endWaiting(ports, draft, waiting, 'device_removed'))
  const moves = movedDevices(draft)
  // What is left of a device must not be written after it was removed.
  const rows = connections.timeline.withdraw(key)
  stageUndo(draft, () => rows.forEach(connections.timeline.add))
  await commit(context, draft, [...ends, { del: 'device', value: device }])
  moved(context, moves)
  if (device.gateway !== null) leave(context, device.gateway)
  ports.events.emit({ type: 'device', device: key, what: 'removed' })
  ports.transport.close(key, 'the device was removed')
  connections.forget(key)
}

/** `DELETE …/credential`: the next password sent is bound. */
export const forgetCredential = async (context: Saving, key: DeviceKey): Promise<Device> => {
  const device = await patchDevice(context, key, { secret: null })
  context.ports.transport.close(key, 'its credential was forgotten')
  return device
}

/** `Registry.enrol`: known from now on; binds the hash of a first password where one is given and none is bound. */
export const enrol = async (context: Committing, product: string, name: string, firstUse: string | null): Promise<Device> => {
  const key = mustName(product, name)
  const { reads, now, events } = context.ports
  const known = reads.device(key)
  const binds = firstUse !== null && (known?.credential.kind ?? 'none') === 'none'
  if (known !== undefined && !binds) return known
  const draft = createDraft(reads)
  const device = known ?? newDevice(key, now())
  stageDevice(draft, binds ? { ...device, credential: { kind: 'first-use', hash: firstUse } } : device)
  await commit(context, draft)
  events.emit({ type: 'device', device: key, what: 'enrolled', detail: binds ? 'first-use' : 'none' })
  return mustKnow(reads, key)
}
