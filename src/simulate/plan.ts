// From options and a seed to the devices of a fleet: names, secrets, habits, faults. The same options give the same fleet.

import { type Fault, faultAt, OtaError } from '../errors.ts'
import { nameFault } from '../ota/names.ts'
import { type FaultCount, type FaultName, parseFaults, traitsOf } from './faults.ts'
import { createRandom, type Random, shuffled } from './random.ts'
import type { DevicePlan } from './self.ts'
import type { UnitPlan } from './unit.ts'
import { secretOf } from './wire.ts'

export interface FleetOptions {
  /** mqtt://, mqtts://, ws:// or wss:// with host and port. */
  readonly broker: string
  readonly product: string
  /** Devices that are neither gateways nor children. */
  readonly devices: number
  readonly gateways: number
  /** Children of each gateway. */
  readonly children: number
  /** See `parseFaults`; faults are given to devices, `child.` ones to children. */
  readonly faults: string
  readonly seed: number
  /** The start of every unit's name. */
  readonly prefix: string
  /** The version that every module runs at first. */
  readonly version: string
  readonly modules: readonly string[]
  /** One device secret for all; null: each has its own, derived from its name and the seed. */
  readonly secret: string | null
  /** A password sent as it is, instead of the HMAC of protocol.md §6. */
  readonly password: string | null
  /** Accept any certificate, for mqtts, wss and https. */
  readonly insecure: boolean
  /** PEM of authorities to trust besides those of the system; null: no others. */
  readonly ca: string | null
  /** Speed of each download, KiB per second; 0: no limit. */
  readonly rate: number
  /** Which devices send `firmware.get` at boot: a quarter of them, all, or none. */
  readonly ask: 'some' | 'all' | 'none'
  /** Seconds between two `firmware.get` of an idle device; 0: only at boot. */
  readonly askEvery: number
  /** Milliseconds. */
  readonly bootMs: number
  readonly flashMs: number
  readonly reconnectMs: number
  /** How long a device waits for an acknowledgement before it considers the connection dead. */
  readonly ackMs: number
  /** How fast a fleet starts: first connects per second. */
  readonly connectsPerSecond: number
  /** End when nothing has happened for so many seconds; 0: run until stopped. */
  readonly untilIdle: number
}

export const fleetDefaults: FleetOptions = {
  broker: 'mqtt://127.0.0.1:1883',
  product: 'demo',
  devices: 10,
  gateways: 0,
  children: 3,
  faults: '',
  seed: 1,
  prefix: 'sim',
  version: '1.0.0',
  modules: ['default'],
  secret: null,
  password: null,
  insecure: false,
  ca: null,
  rate: 0,
  ask: 'some',
  askEvery: 0,
  bootMs: 300,
  flashMs: 200,
  reconnectMs: 500,
  ackMs: 15_000,
  connectsPerSecond: 100,
  untilIdle: 0,
}

const bounds: Readonly<Partial<Record<keyof FleetOptions, readonly [number, number]>>> = {
  devices: [0, 100_000],
  gateways: [0, 10_000],
  children: [0, 1000],
  seed: [0, 2 ** 32 - 1],
  rate: [0, 10_000_000],
  askEvery: [0, 86_400],
  bootMs: [0, 600_000],
  flashMs: [0, 600_000],
  reconnectMs: [1, 600_000],
  ackMs: [1, 600_000],
  connectsPerSecond: [1, 100_000],
  untilIdle: [0, 86_400],
}

const integers: readonly string[] = ['devices', 'gateways', 'children', 'seed']

const numberFaults = (options: FleetOptions): Fault[] =>
  Object.entries(bounds).flatMap(([path, [least, most]]) => {
    const value: unknown = options[path as keyof FleetOptions]
    const isRight = typeof value === 'number' && value >= least && value <= most && (!integers.includes(path) || Number.isInteger(value))
    return isRight
      ? []
      : [{ path, message: `${String(value)} is not a ${integers.includes(path) ? 'whole ' : ''}number from ${least} to ${most}` }]
  })

const textFaults = (options: FleetOptions): Fault[] => {
  const schemes = ['mqtt:', 'mqtts:', 'ws:', 'wss:']
  const isBroker =
    URL.canParse(options.broker) && schemes.includes(new URL(options.broker).protocol) && new URL(options.broker).hostname !== ''
  const name = nameFault(options.product, options.prefix)
  return [
    ...(isBroker
      ? []
      : [{ path: 'broker', message: `"${options.broker}" is not an address such as mqtt://192.0.2.7:1883, mqtts://, ws:// or wss://` }]),
    ...(name === null ? [] : [faultAt('product or prefix', name)]),
    ...(options.modules.length > 0 ? [] : [{ path: 'modules', message: 'a device needs at least one module' }]),
    ...[options.version, ...options.modules]
      .filter((text) => text.trim() === '' || text.length > 64)
      .map((text) => ({ path: 'version or module', message: `"${text}" does not have 1 to 64 characters` })),
  ]
}

const refuse = (faults: readonly Fault[]): void => {
  if (faults.length === 0) return
  throw new OtaError(
    'OTA_BAD_REQUEST',
    `the fleet cannot be created: ${faults.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
    { faults },
  )
}

/** A fault or none for each of `count` units, distributed by the seed. */
const deal = (faults: readonly FaultCount[], count: number, what: string, random: Random): readonly (FaultName | null)[] => {
  const dealt = faults.flatMap(({ name, count: copies }) => Array.from({ length: copies }, () => name))
  if (dealt.length > count)
    refuse([{ path: 'faults', message: `faults for ${dealt.length} ${what}, but there are ${count}: use more ${what} or fewer faults` }])
  const none = Array.from({ length: count - dealt.length }, () => null)
  return shuffled([...dealt, ...none], random)
}

/** `sim` and `sim-` both give `sim-01`. */
const leadOf = (prefix: string): string => (prefix.endsWith('-') ? prefix : `${prefix}-`)

const numbered = (lead: string, index: number, count: number): string =>
  `${lead}${String(index + 1).padStart(Math.max(2, String(count).length), '0')}`

const unitPlan = (options: FleetOptions, name: string, fault: FaultName | null): UnitPlan => ({
  product: options.product,
  name,
  secret: options.secret ?? secretOf(options.seed, { product: options.product, name }),
  fault,
  traits: traitsOf(fault),
  version: options.version,
  modules: options.modules,
})

/** Real fleets are mixed: sessions kept or not, wildcards or not, one GET or many ranges, with `firmware.get` or (v4.12) without. */
const devicePlan = (options: FleetOptions, unit: UnitPlan, children: readonly UnitPlan[], startMs: number, random: Random): DevicePlan => ({
  ...unit,
  children,
  clean: random() < 0.6,
  wildcard: random() < 0.3,
  style: random() < 0.5 ? 'whole' : 'ranges',
  asks: random() < { none: 0, some: 0.25, all: 1 }[options.ask],
  startMs,
})

/** The fleet for these options. Throws OTA_BAD_REQUEST with all their faults. */
export const planFleet = (given: Partial<FleetOptions>): { readonly options: FleetOptions; readonly devices: readonly DevicePlan[] } => {
  const options = { ...fleetDefaults, ...given }
  refuse([...numberFaults(options), ...textFaults(options)])
  const { gateways: gatewayCount, children: childCount, devices: deviceCount, seed } = options
  const lead = leadOf(options.prefix)
  const random = createRandom(seed)
  const faults = parseFaults(options.faults)
  const own = deal(
    faults.filter(({ child }) => !child),
    deviceCount,
    'devices',
    random,
  )
  const others = deal(
    faults.filter(({ child }) => child),
    gatewayCount * childCount,
    'children',
    random,
  )
  const startMs = (index: number): number => Math.floor((index * 1000) / options.connectsPerSecond)
  const gateways = Array.from({ length: gatewayCount }, (_, index) => {
    const name = numbered(`${lead}gw-`, index, gatewayCount)
    const children = Array.from({ length: childCount }, (__, child) =>
      unitPlan(options, numbered(`${name}-c`, child, childCount), others[index * childCount + child] ?? null),
    )
    return devicePlan(options, unitPlan(options, name, null), children, startMs(index), random)
  })
  const devices = own.map((fault, index) =>
    devicePlan(options, unitPlan(options, numbered(lead, index, deviceCount), fault), [], startMs(gatewayCount + index), random),
  )
  return { options, devices: [...gateways, ...devices] }
}

/** The fleet as a CSV list for the import of devices, for closed enrolment. */
export const fleetCsv = (given: Partial<FleetOptions>): string => {
  const rows = planFleet(given).devices.flatMap((device) => [
    [device.product, device.name, device.secret, '', ''],
    ...device.children.map((child) => [child.product, child.name, child.secret, `${device.product}/${device.name}`, '']),
  ])
  return ['product,name,secret,gateway,tags', ...rows.map((row) => row.map(cell).join(','))].join('\n')
}

const cell = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
