// Devices as operators and the broker make them known: records, credentials, tags, gateways. Every promise means: on disk.

import { type Fault, OtaError } from '../../errors.ts'
import { endWaiting } from '../campaigns/waiting.ts'
import type { DeviceInput, DeviceRow } from '../inputs.ts'
import { forgetAgainst } from '../memory/attempts.ts'
import type { Core } from '../memory/core.ts'
import { createDraft, type Draft, draftDevice, movedDevices, stageDevice, stageTask } from '../memory/draft.ts'
import { record } from '../memory/record.ts'
import { type Credential, type Device, type DeviceKey, deviceKey } from '../model.ts'
import { nameFault } from '../names.ts'
import { newDevice } from '../rules/new-device.ts'
import { transition } from '../rules/task.ts'
import { leave, moved } from './connections.ts'

const gatewayFault = (draft: Draft, core: Core, key: DeviceKey, gateway: DeviceKey): string | null => {
  if (gateway === key) return 'a device cannot be its own gateway'
  const device = draftDevice(draft, gateway)
  if (device === undefined) return `the gateway ${gateway} is not known: add it first`
  if (device.gateway !== null) return `${gateway} is itself a sub-device, of ${device.gateway}`
  return core.index.children(key).size > 0 ? `${key} is itself a gateway` : null
}

const credentialOf = (input: DeviceInput, standing: Credential): Credential =>
  input.secret === undefined ? standing : input.secret === null ? { kind: 'none' } : { kind: 'secret', secret: input.secret, plain: true }

const merged = (device: Device, input: DeviceInput): Device => ({
  ...device,
  credential: credentialOf(input, device.credential),
  gateway: input.gateway === undefined ? device.gateway : input.gateway,
  tags: input.tags === undefined ? device.tags : [...new Set(input.tags)].sort(),
})

const put = (core: Core, draft: Draft, device: Device, input: DeviceInput): string | null => {
  const fault = typeof input.gateway === 'string' ? gatewayFault(draft, core, device.key, input.gateway) : null
  if (fault === null) stageDevice(draft, merged(device, input))
  return fault
}

const mustName = (product: string, name: string): DeviceKey => {
  const fault = nameFault(product, name)
  if (fault !== null) throw new OtaError('OTA_DEVICE_NAME', `${JSON.stringify(`${product}/${name}`)} cannot be used: ${fault}`)
  return deviceKey(product, name)
}

const mustKnow = (core: Core, key: DeviceKey): Device => {
  const device = core.store.reads.device(key)
  if (device === undefined) throw new OtaError('OTA_DEVICE_UNKNOWN', `there is no device ${key}: see \`fogbell device list\``)
  return device
}

/** After a change of tags, gateway or record: its place in line, and the campaigns that may want it now. */
const followDevice = (core: Core, key: DeviceKey): void => {
  const device = core.store.reads.device(key)
  if (device === undefined) return
  for (const task of core.store.reads.openTasksOf(key)) core.poke(task.campaign)
  // One that was never heard may say first what it runs.
  if (device.modules.length > 0 || core.sessions.of(key) !== undefined) core.consider(key)
}

const save = async (core: Core, device: Device, input: DeviceInput): Promise<Device> => {
  const draft = createDraft(core.store)
  const fault = put(core, draft, device, input)
  if (fault !== null) throw new OtaError('OTA_GATEWAY_INVALID', fault)
  const moves = movedDevices(draft)
  await record(core, draft)
  moved(core, moves)
  followDevice(core, device.key)
  return mustKnow(core, device.key)
}

/** `PUT /devices/{pk}/{dn}`: what `input` leaves out is as in a new record, but what the device itself reported stays. */
export const putDevice = async (
  core: Core,
  product: string,
  name: string,
  input: DeviceInput,
): Promise<{ device: Device; created: boolean }> => {
  const key = mustName(product, name)
  const standing = core.store.reads.device(key)
  const full: DeviceInput = { secret: null, gateway: null, tags: [], ...input }
  const device = await save(core, standing ?? newDevice(key, core.now()), full)
  core.events.emit({ type: 'device', device: key, what: 'enrolled', detail: 'operator' })
  return { device, created: standing === undefined }
}

export const patchDevice = async (core: Core, key: DeviceKey, input: DeviceInput): Promise<Device> => save(core, mustKnow(core, key), input)

const importRow = (core: Core, draft: Draft, row: DeviceRow): Fault | null => {
  const fault = nameFault(row.product, row.name)
  if (fault !== null) return { path: `line ${row.line}`, message: fault }
  const key = deviceKey(row.product, row.name)
  const problem = put(core, draft, draftDevice(draft, key) ?? newDevice(key, core.now()), row)
  return problem === null ? null : { path: `line ${row.line}`, message: problem }
}

const gatewayOfGateway = (draft: Draft, row: DeviceRow): Fault | null => {
  const { gateway } = draftDevice(draft, deviceKey(row.product, row.name)) ?? { gateway: null }
  const above = gateway === null ? null : (draftDevice(draft, gateway)?.gateway ?? null)
  return above === null ? null : { path: `line ${row.line}`, message: `its gateway ${gateway} is itself a sub-device, of ${above}` }
}

/** What an operator says of a device, as text that is the same where nothing has changed. */
const saidOf = ({ gateway, tags, credential }: Device): string => {
  const shown = credential.kind === 'secret' ? [credential.secret, credential.plain] : credential.kind === 'none' ? [] : [credential.hash]
  return JSON.stringify([gateway, tags, credential.kind, ...shown])
}

/** A list that is imported again and again changes only what it says anew: the rest is neither written nor followed. */
const dropUnchanged = (core: Core, draft: Draft): number => {
  let unchanged = 0
  for (const [key, device] of draft.devices ?? []) {
    const standing = core.store.reads.device(key)
    if (standing === undefined || saidOf(standing) !== saidOf(device)) continue
    draft.devices?.delete(key)
    unchanged += 1
  }
  return unchanged
}

/** All rows or none. A gateway may stand in the same list, before its children. */
export const importDevices = async (
  core: Core,
  rows: readonly DeviceRow[],
): Promise<{ created: number; updated: number; unchanged: number }> => {
  const draft = createDraft(core.store)
  const faults = rows.flatMap((row) => importRow(core, draft, row) ?? [])
  // A later line may have made a child of what an earlier one took for a gateway.
  faults.push(...rows.flatMap((row) => gatewayOfGateway(draft, row) ?? []))
  if (faults.length > 0)
    throw new OtaError(
      'OTA_IMPORT_INVALID',
      `${faults.length === 1 ? 'a fault' : `${faults.length} faults`} in the list; nothing was taken from it`,
      { faults },
    )
  const unchanged = dropUnchanged(core, draft)
  const devices = [...(draft.devices?.values() ?? [])]
  const created = devices.filter((device) => device.rev === 0).length
  const moves = movedDevices(draft)
  await record(core, draft)
  moved(core, moves)
  for (const { key } of devices) followDevice(core, key)
  return { created, updated: devices.length - created, unchanged }
}

/** Its open tasks end as `canceled(device_removed)`, its connection closes, its children stand alone. */
export const removeDevice = async (core: Core, key: DeviceKey): Promise<void> => {
  const device = mustKnow(core, key)
  const draft = createDraft(core.store)
  for (const task of core.store.reads.openTasksOf(key)) {
    const ended = transition(task, { type: 'cancel', reason: 'device_removed', force: true }, core.now()).task
    stageTask(draft, task, ended)
    forgetAgainst(draft, ended)
  }
  for (const child of core.index.children(key)) {
    const orphan = core.store.reads.device(child)
    if (orphan !== undefined) stageDevice(draft, { ...orphan, gateway: null })
  }
  const lines = core.store.reads.waitingOf(key).map((waiting) => endWaiting(core, draft, waiting, 'device_removed'))
  const moves = movedDevices(draft)
  await record(core, draft, [...lines, { del: 'device', value: device }])
  moved(core, moves)
  if (device.gateway !== null) leave(core, device.gateway)
  core.events.emit({ type: 'device', device: key, what: 'removed' })
  core.transport.close(key, 'the device was removed')
}

/** `DELETE …/credential`: the next password shown binds anew. */
export const forgetCredential = async (core: Core, key: DeviceKey): Promise<Device> => {
  const device = await patchDevice(core, key, { secret: null })
  core.transport.close(key, 'its credential was forgotten')
  return device
}

/** `Registry.enrol`: known from now on; binds the hash of a first password where one is given and none stands. */
export const enrol = async (core: Core, product: string, name: string, firstUse: string | null): Promise<Device> => {
  const key = mustName(product, name)
  const standing = core.store.reads.device(key)
  const binds = firstUse !== null && (standing?.credential.kind ?? 'none') === 'none'
  if (standing !== undefined && !binds) return standing
  const draft = createDraft(core.store)
  const device = standing ?? newDevice(key, core.now())
  stageDevice(draft, binds ? { ...device, credential: { kind: 'first-use', hash: firstUse } } : device)
  await record(core, draft)
  core.events.emit({ type: 'device', device: key, what: 'enrolled', detail: binds ? 'first-use' : 'none' })
  return mustKnow(core, key)
}
