// How devices misbehave, by name: one table of traits, and the SPEC that says how many of each a fleet has.
// Plain data: what a trait does on the wire is device.ts's and install.ts's affair.

import { type Fault, OtaError } from '../errors.ts'
import { rawBytes } from './wire.ts'

/** What a unit does otherwise than a good one. */
export interface Traits {
  /** Percent of the image at which power fails: the download and the connection die without a word. Once. */
  readonly diesAt: number | null
  /** Whether it boots again after that. */
  readonly returns: boolean
  /** The flash writes a byte wrong. */
  readonly corrupts: boolean
  /** The step and words with which it fails before it flashes (-5) or after verifying; `raw` words are bytes, not text. */
  readonly fails: { readonly step: number; readonly desc: string; readonly raw: boolean } | null
  /** What it runs after flashing. */
  readonly boots: 'new' | 'old' | 'other'
  readonly answersPush: boolean
  readonly subscribes: boolean
  /** Whether it reports its version at a boot that follows no update. */
  readonly reportsAtBoot: boolean
  readonly reportsProgress: boolean
  /** How often each report is sent. */
  readonly copies: number
  readonly shuffles: boolean
  /** A progress report of the old task after the new version. */
  readonly lateReport: boolean
  readonly stepAs: 'number' | 'string'
  /** Times the usual boot delay. */
  readonly bootFactor: number
  /** Sends messages that nobody can read. */
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
  readonly says: string
  readonly traits: Partial<Traits>
  /** Whether a gateway's child can have it: children have no connection of their own. */
  readonly child: boolean
}

/** `校验失败`, "verifying failed", in GBK. */
const gbk = rawBytes(Uint8Array.of(0xd0, 0xa3, 0xd1, 0xe9, 0xca, 0xa7, 0xb0, 0xdc))

const kinds = {
  'drop-at-40': { says: 'dies at 40 % of the download and never comes back', traits: { diesAt: 40, returns: false }, child: false },
  'reboot-mid-download': { says: 'reboots at half of the download and resumes with Range', traits: { diesAt: 50 }, child: false },
  'bad-hash': { says: 'flashes a byte wrong, so that verifying fails: step -3', traits: { corrupts: true }, child: true },
  'burn-fails': {
    says: 'cannot write its flash: step -4',
    traits: { fails: { step: -4, desc: 'flash write error at 0x8000', raw: false } },
    child: true,
  },
  declines: { says: 'declines the update: step -5', traits: { fails: { step: -5, desc: 'battery low', raw: false } }, child: true },
  'gbk-desc': {
    says: 'fails with step -1 and words in GBK, which are no UTF-8',
    traits: { fails: { step: -1, desc: gbk, raw: true } },
    child: true,
  },
  'keeps-old': { says: 'reports 100, boots, and runs its old version', traits: { boots: 'old' }, child: true },
  'wrong-version': { says: 'reports 100, boots, and runs a version that nobody sent', traits: { boots: 'other' }, child: true },
  'never-answers': { says: 'hears of the update and does nothing', traits: { answersPush: false }, child: true },
  'never-subscribes': { says: 'connects and never subscribes', traits: { subscribes: false }, child: false },
  'no-progress': { says: 'reports no progress, only its new version', traits: { reportsProgress: false }, child: true },
  'duplicate-reports': { says: 'sends every report twice', traits: { copies: 2 }, child: true },
  'out-of-order': {
    says: 'shuffles its progress reports and sends a late one after success',
    traits: { shuffles: true, lateReport: true },
    child: true,
  },
  'step-as-string': { says: 'sends its steps as strings, as Alink SDKs do', traits: { stepAs: 'string' }, child: true },
  'slow-boot': { says: 'takes ten times as long to boot', traits: { bootFactor: 10 }, child: true },
  'no-version-at-boot': { says: 'reports no version before its first update', traits: { reportsAtBoot: false }, child: false },
  babbles: { says: 'sends messages that are no JSON, too, or of unknown methods', traits: { babbles: true }, child: false },
} as const satisfies Record<string, Kind>

export type FaultName = keyof typeof kinds

export const faultNames = Object.keys(kinds) as FaultName[]
const childFaultNames = faultNames.filter((name) => kinds[name].child)

/** What a fault does, in one line for people. */
export const faultText = (name: FaultName): string => kinds[name].says

export const traitsOf = (name: FaultName | null): Traits => (name === null ? goodTraits : { ...goodTraits, ...kinds[name].traits })

export interface FaultCount {
  readonly name: FaultName
  readonly count: number
  /** For children of gateways. */
  readonly child: boolean
}

const isFaultName = (name: string): name is FaultName => Object.hasOwn(kinds, name)

/** One part of a SPEC, or in words what is wrong with it. */
const parsePart = (part: string): FaultCount | string => {
  const match = /^(?<child>child\.)?(?<name>[^:]*)(?::(?<count>.*))?$/s.exec(part)
  const { child, name = '', count = '1' } = match?.groups ?? {}
  if (!isFaultName(name)) return `there is no fault "${name}"; there are: ${faultNames.join(', ')}`
  if (!/^[1-9]\d{0,6}$/.test(count)) return `"${count}" is no count of devices: write ${name}:1 or more`
  if (child !== undefined && !kinds[name].child) return `no child can have "${name}"; children can have: ${childFaultNames.join(', ')}`
  return { name, count: Number(count), child: child !== undefined }
}

/**
 * Reads a SPEC such as `drop-at-40:2,bad-hash,child.keeps-old:1`: fault names with how many devices (1 when left out),
 * `child.` before those of gateways' children. Throws OTA_BAD_REQUEST that names each bad part and the faults there are.
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
