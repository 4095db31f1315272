// What an operator can look for in devices, as tests of a device, and the orders in which they are listed. Knows no pass over them and no HTTP.

import type { Campaign, Device, DeviceKey, Module } from '../ota/model.ts'
import type { FailedUpdate } from '../ota/policy.ts'
import type { Operators } from '../ota/ports/operators.ts'
import { byName, moduleOf, versionOf } from '../ota/rules/eligibility.ts'

export const deviceSorts = ['name', '-name', 'lastSeen', '-lastSeen', 'version', '-version'] as const
export type DeviceSort = (typeof deviceSorts)[number]
export const deviceTaskStates = ['queued', 'notified', 'in_progress', 'none'] as const

export interface DeviceFilter {
  readonly product?: string | undefined
  readonly tag?: string | undefined
  /** pk/dn: its sub-devices. */
  readonly gateway?: string | undefined
  readonly online?: boolean | undefined
  readonly q?: string | undefined
  readonly module?: string | undefined
  readonly version?: string | undefined
  readonly not?: string | undefined
  readonly state?: (typeof deviceTaskStates)[number] | undefined
  readonly failed?: boolean | undefined
  /** Campaigns; a device that is behind any of them matches. */
  readonly behind?: readonly Campaign[] | undefined
  readonly sort?: DeviceSort | undefined
}

export type Looking = Pick<Operators, 'reads' | 'devices' | 'connections' | 'fleet'>
type Test = (device: Device) => boolean
/** What a device runs, which is all that is asked of most devices. */
export type Runs = Pick<Device, 'modules'>

// ---------------------------------------------------------------- what matches

const onVersion = (module: string | undefined, version: string): ((runs: Runs) => boolean) => {
  const isOn = (one: Module): boolean => one.version === version
  return module === undefined ? ({ modules }) => modules.some(isOn) : (runs) => moduleOf(runs, module)?.version === version
}

/** It has reported the module, or any, and with another version. */
const onOther = (module: string | undefined, version: string): ((runs: Runs) => boolean) => {
  const isOn = onVersion(module, version)
  return (runs) => (module === undefined ? runs.modules.length > 0 : moduleOf(runs, module) !== undefined) && !isOn(runs)
}

/** The campaign is for it, and its module runs another version than the campaign's. */
export const isBehind = (campaign: Campaign, device: Device): boolean => {
  const { product, module, version, target } = campaign
  if (device.product !== product || byName(campaign, device) !== null) return false
  const running = versionOf(device, module)
  return running !== null && running !== version && (target.from.length === 0 || target.from.includes(running))
}

const inState = ({ reads }: Looking, state: NonNullable<DeviceFilter['state']>): Test =>
  state === 'none'
    ? ({ key }) => reads.openTasksOf(key).length === 0
    : ({ key }) => reads.openTasksOf(key).some((task) => task.state === state)

/** Its newest updates that ended without success, the newest last; not while another attempt is open, nor once it runs that version. */
export const failuresOf = ({ reads }: Pick<Operators, 'reads'>, device: Device): readonly FailedUpdate[] =>
  (device.failed ?? []).filter(
    (one) => versionOf(device, one.module) !== one.to && !reads.openTasksOf(device.key).some((task) => task.module === one.module),
  )

const hasFailed =
  (operators: Looking, module: string | undefined): Test =>
  (device) =>
    device.failed !== undefined && failuresOf(operators, device).some((one) => module === undefined || one.module === module)

const failing = (operators: Looking, failed: boolean, module: string | undefined): Test => {
  const has = hasFailed(operators, module)
  return (device) => has(device) === failed
}

const given = <T>(tests: readonly (T | null)[]): readonly T[] => tests.filter((test) => test !== null)

/** Of what it runs. */
export const runsTests = ({ module, version, not }: DeviceFilter): readonly ((runs: Runs) => boolean)[] =>
  given([
    module === undefined ? null : (runs: Runs) => moduleOf(runs, module) !== undefined,
    version === undefined ? null : onVersion(module, version),
    not === undefined ? null : onOther(module, not),
  ])

/** Of all else but `q`, the cheapest first. */
export const recordTests = (operators: Looking, search: DeviceFilter): readonly Test[] => {
  const { product, tag, gateway, online, module, state, failed, behind } = search
  return given([
    product === undefined ? null : (device: Device) => device.product === product,
    tag === undefined ? null : ({ tags }: Device) => tags.includes(tag),
    gateway === undefined ? null : (device: Device) => device.gateway === gateway,
    failed === undefined ? null : failing(operators, failed, module),
    state === undefined ? null : inState(operators, state),
    online === undefined ? null : (device: Device) => (operators.devices.presence(device) !== 'offline') === online,
    behind === undefined ? null : (device: Device) => behind.some((campaign) => isBehind(campaign, device)),
  ])
}

// ---------------------------------------------------------------- the order

/** A text that sorts as people count: 1.9 comes before 1.10. */
export const natural = (text: string): string =>
  text.replace(/\d+/g, (digits) => {
    const bare = digits.replace(/^0+(?=\d)/, '')
    return String.fromCharCode(0x30 + Math.min(bare.length, 0x4000)) + bare
  })

export type SortValue = string | number

/** Its version of that module, or of `default`, or of the first one. */
export const versionShown = (runs: Runs, module = 'default'): string | undefined => (moduleOf(runs, module) ?? runs.modules[0])?.version

const byVersion = (module: string | undefined): ((key: DeviceKey, runs: Runs) => SortValue) => {
  const known = new Map<string, string>()
  return (_key, runs) => {
    const shown = versionShown(runs, module)
    if (shown === undefined) return ''
    const text = known.get(shown) ?? natural(shown)
    known.set(shown, text)
    return text
  }
}

const nameIn = (key: DeviceKey): string => key.slice(key.indexOf('/') + 1)

/** By which devices are sorted, where their keys and what they run say it. */
export const valueOfRuns = ({ sort, module }: DeviceFilter): ((key: DeviceKey, runs: Runs) => SortValue) | undefined => {
  if (sort === 'lastSeen' || sort === '-lastSeen') return undefined
  if (sort === 'version' || sort === '-version') return byVersion(module)
  return sort === undefined ? () => 0 : nameIn
}

export const valueOfRecord = ({ devices }: Looking, search: DeviceFilter): ((device: Device) => SortValue) => {
  const { sort } = search
  if (sort === 'name' || sort === '-name') return ({ name }) => name
  const valueFor = valueOfRuns(search)
  return valueFor === undefined ? (device) => devices.lastSeen(device) ?? 0 : (device) => valueFor(device.key, device)
}

export interface DevicePlace {
  readonly value: SortValue
  readonly key: DeviceKey
}

/** Numbers and texts apart: where a comparison gets both, it takes ten times as long. */
const inOrder = (one: SortValue, other: SortValue): number => {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return one === other ? 0 : one < other ? -1 : 1
}

/** Below 0: the first comes first. Devices of one value are in the order of their keys, in either direction. */
export const comparing =
  (sign: 1 | -1) =>
  (value: SortValue, key: DeviceKey, other: DevicePlace): number => {
    const order = inOrder(value, other.value)
    if (order !== 0) return order < 0 ? -sign : sign
    return key < other.key ? -1 : key > other.key ? 1 : 0
  }
