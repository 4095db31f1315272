// How devices misbehave, by name: one table of traits, and the SPEC with the number of each in a fleet.
// Plain data: simulated-device.ts and install.ts act on it.

import { type Fault, OtaError } from '../errors.ts'
import { rawBytes } from './wire.ts'

/** How a unit differs from a good one. */
export interface Traits {
  /** Percent of the image at which power fails, once: the download and the connection break off. */
  readonly diesAt: number | null
  /** Whether it boots again after that. */
  readonly returns: boolean
  /** A byte is written wrong to flash. */
  readonly corrupts: boolean
  /** The step and description with which it fails before it flashes (-5) or after verifying; `raw`: the description is bytes, not text. */
  readonly fails: { readonly step: number; readonly desc: string; readonly raw: boolean } | null
  /** The version it runs after flashing. */
  readonly boots: 'new' | 'old' | 'other'
  readonly answersPush: boolean
  readonly subscribes: boolean
  /** Whether it reports its version at a boot without an update before it. */
  readonly reportsAtBoot: boolean
  readonly reportsProgress: boolean
  /** How often each report is sent. */
  readonly copies: number
  readonly shuffles: boolean
  /** Sends a progress report of the old task after the new version. */
  readonly lateReport: boolean
  readonly stepAs: 'number' | 'string'
  /** Factor of the usual boot delay. */
  readonly bootFactor: number
  /** Sends invalid messages. */
  readonly babbles: boolean
}

export const goodTraits: Traits = {
  diesAt: null,
  returns: true,
  corrupts: false,
  fails: null,
  boots: 'new',
  answersPush: true,
  subscribes: true,
  reportsAtBoot: true,
  reportsProgress: true,
  copies: 1,
  shuffles: false,
  lateReport: false,
  stepAs: 'number',
  bootFactor: 1,
  babbles: false,
}

interface Kind {
  readonly text: string
  readonly traits: Partial<Traits>
  /** Whether a gateway's child can have it: children have no connection of their own. */
  readonly child: boolean
}

/** `校验失败`, "verifying failed", in GBK. */
const gbk = rawBytes(Uint8Array.of(0xd0, 0xa3, 0xd1, 0xe9, 0xca, 0xa7, 0xb0, 0xdc))

const kinds = {
  'drop-at-40': { text: 'loses power at 40 % of the download and never returns', traits: { diesAt: 40, returns: false }, child: false },
  'reboot-mid-download': { text: 'reboots at 50 % of the download and resumes with Range', traits: { diesAt: 50 }, child: false },
  'bad-hash': { text: 'writes a wrong byte to flash, so that verification fails: step -3', traits: { corrupts: true }, child: true },
  'burn-fails': {
    text: 'cannot write to flash: step -4',
    traits: { fails: { step: -4, desc: 'flash write error at 0x8000', raw: false } },
    child: true,
  },
  declines: { text: 'declines the update: step -5', traits: { fails: { step: -5, desc: 'battery low', raw: false } }, child: true },
  'gbk-desc': {
    text: 'fails with step -1 and a description in GBK, which is not valid UTF-8',
    traits: { fails: { step: -1, desc: gbk, raw: true } },
    child: true,
  },
  'keeps-old': { text: 'reports 100, reboots, and runs its old version', traits: { boots: 'old' }, child: true },
  'wrong-version': { text: 'reports 100, reboots, and runs a version that was not sent', traits: { boots: 'other' }, child: true },
  'never-answers': { text: 'receives the update and does nothing', traits: { answersPush: false }, child: true },
  'never-subscribes': { text: 'connects and never subscribes', traits: { subscribes: false }, child: false },
  'no-progress': { text: 'reports no progress, only its new version', traits: { reportsProgress: false }, child: true },
  'duplicate-reports': { text: 'sends every report twice', traits: { copies: 2 }, child: true },
  'out-of-order': {
    text: 'shuffles its progress reports and sends a late one after success',
    traits: { shuffles: true, lateReport: true },
    child: true,
  },
  'step-as-string': { text: 'sends steps as strings, as Alink SDKs do', traits: { stepAs: 'string' }, child: true },
  'slow-boot': { text: 'takes ten times as long to boot', traits: { bootFactor: 10 }, child: true },
  'no-version-at-boot': { text: 'reports no version before its first update', traits: { reportsAtBoot: false }, child: false },
  babbles: { text: 'also sends messages that are not JSON or have unknown methods', traits: { babbles: true }, child: false },
} as const satisfies Record<string, Kind>

export type FaultName = keyof typeof kinds

export const faultNames = Object.keys(kinds) as FaultName[]
const childFaultNames = faultNames.filter((name) => kinds[name].child)

/** What a fault does, in one line. */
export const faultText = (name: FaultName): string => kinds[name].text

export const traitsOf = (name: FaultName | null): Traits => (name === null ? goodTraits : { ...goodTraits, ...kinds[name].traits })

export interface FaultCount {
  readonly name: FaultName
  readonly count: number
  /** On a child of a gateway. */
  readonly child: boolean
}

const isFaultName = (name: string): name is FaultName => Object.hasOwn(kinds, name)

/** One part of a SPEC, or what is wrong with it. */
const parsePart = (part: string): FaultCount | string => {
  const match = /^(?<child>child\.)?(?<name>[^:]*)(?::(?<count>.*))?$/s.exec(part)
  const { child, name = '', count = '1' } = match?.groups ?? {}
  if (!isFaultName(name)) return `unknown fault "${name}"; known faults: ${faultNames.join(', ')}`
  if (!/^[1-9]\d{0,6}$/.test(count)) return `"${count}" is not a number of devices: write ${name}:1 or more`
  if (child !== undefined && !kinds[name].child) return `"${name}" is not for children; faults for children: ${childFaultNames.join(', ')}`
  return { name, count: Number(count), child: child !== undefined }
}

/**
 * Reads a SPEC such as `drop-at-40:2,bad-hash,child.keeps-old:1`: fault names with the number of devices (default 1), and
 * `child.` before those of gateways' children. Throws OTA_BAD_REQUEST with each invalid part and the known faults.
 */
export const parseFaults = (spec: string): readonly FaultCount[] => {
  const parts = spec
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const read = parts.map(parsePart)
  const faults: Fault[] = read.flatMap((part, index) =>
    typeof part === 'string' ? [{ path: `faults "${parts[index] ?? ''}"`, message: part }] : [],
  )
  if (faults.length > 0)
    throw new OtaError('OTA_BAD_REQUEST', faults.map(({ path, message }) => `${path}: ${message}`).join('; '), { faults })
  return read.filter((part) => typeof part !== 'string')
}
