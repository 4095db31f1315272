// From options and a seed to the boards of a rehearsal at a test station: names, secrets, faults, labels. The same options give the same boards.

import { randomBytes } from 'node:crypto'
import { OtaError } from '../errors.ts'
import { nameFault } from '../ota/names.ts'
import { type BoardFault, parseBoardFaults } from './board-faults.ts'
import { createRandom, shuffled } from './random.ts'
import type { MeasuredSample, StationSetup, WantedLimit } from './station-port.ts'
import { secretOf, topicsOf } from './wire.ts'

export interface RehearsalOptions {
  readonly boards: number
  /** See `parseBoardFaults`. */
  readonly faults: string
  readonly seed: number
  /** The beginning of each name; with `#`, the whole name, with so many digits of a number that counts up. */
  readonly prefix: string
  /** Boards a minute at most; 0: as fast as the station takes them. */
  readonly perMinute: number
  /** With `{name}` and `{secret}`; null: the name alone. */
  readonly label: string | null
  /** The version that boards run at first. */
  readonly version: string
  readonly isLocal: boolean
}

export interface BoardPlan {
  /** Its serial number too. */
  readonly name: string
  readonly secret: string
  readonly label: string
  readonly fault: BoardFault | null
  readonly version: string
}

const refuse = (why: string): never => {
  throw new OtaError('OTA_BAD_REQUEST', `the boards cannot be played: ${why}`)
}

const digits = /#+/

const nameOf = (prefix: string, index: number, boards: number): string => {
  const places = digits.exec(prefix)?.[0].length
  if (places === undefined) return `${prefix}-${String(index + 1).padStart(Math.max(2, String(boards).length), '0')}`
  return prefix.replace(digits, String(index + 1).padStart(places, '0'))
}

const checkSetup = ({ bind, pattern }: StationSetup, { boards, label, prefix }: RehearsalOptions, product: string): void => {
  if (bind === 'next') refuse('the procedure takes whichever board comes next; only boards that are found by their names can be played')
  const places = digits.exec(prefix)?.[0].length
  if (label === null && (bind === 'secret' || (pattern !== null && places === undefined)))
    refuse(
      `labels have a form of their own at this station${pattern === null ? '' : `, ${pattern}`}: give it with --label, such as "{name};{secret}", or as a name with digits, such as --prefix SN-9#####`,
    )
  if (places !== undefined && String(boards).length > places) refuse(`${boards} boards need more places for digits than --prefix has #`)
  const fault = nameFault(product, nameOf(prefix, 0, boards))
  if (fault !== null) refuse('the prefix is not the beginning of a name')
}

/** Units are tested once: another rehearsal needs other names, also one that begins in the same second. */
export const freshPrefix = (now: number): string => `sim-${Math.floor(now / 1000).toString(36)}${randomBytes(2).toString('hex')}`

export const labelOf = (template: string | null, name: string, secret: string): string =>
  (template ?? '{name}').replaceAll('{name}', name).replaceAll('{secret}', secret)

/** Boards must need the update, or nothing of it is played. */
const versionOf = ({ modules }: StationSetup, { version }: RehearsalOptions): string =>
  modules.some((one) => one.version === version) ? `${version}-old` : version

/** Throws OTA_BAD_REQUEST. */
export const planBoards = (setup: StationSetup, options: RehearsalOptions): readonly BoardPlan[] => {
  const { product } = setup
  const { boards, seed, prefix } = options
  checkSetup(setup, options, product)
  const faults: readonly (BoardFault | null)[] = parseBoardFaults(options.faults, setup, options.isLocal)
  if (faults.length > boards) refuse(`there are ${faults.length} faults for ${boards} boards: use more boards or fewer faults`)
  const good = Array.from({ length: boards - faults.length }, () => null)
  return shuffled([...faults, ...good], createRandom(seed)).map((fault, index) => {
    const name = nameOf(prefix, index, boards)
    const secret = secretOf(seed, { product, name })
    return { name, secret, label: labelOf(options.label, name, secret), fault, version: versionOf(setup, options) }
  })
}

const goodValue = ({ low, high, equals }: WantedLimit): MeasuredSample['value'] => {
  if (equals !== null) return equals
  if (low !== null && high !== null) return (low + high) / 2
  return low ?? high ?? 1
}

const badValue = ({ low, high, equals }: WantedLimit): MeasuredSample['value'] | null => {
  if (typeof equals === 'boolean') return !equals
  if (typeof equals === 'number') return equals + 1
  if (equals !== null) return `not ${equals}`
  if (high !== null) return high + 1
  return low === null ? null : low - 1
}

/** What a board measures; bad: the first value that has a limit is outside it. */
export const samplesOf = ({ selfTest }: StationSetup, isBad: boolean): readonly MeasuredSample[] => {
  const limits = selfTest?.limits ?? []
  const at = isBad ? limits.findIndex((limit) => badValue(limit) !== null) : -1
  return limits.map((limit, index) => ({ name: limit.name, value: (index === at ? badValue(limit) : null) ?? goodValue(limit) }))
}

/** The message in which a board sends them. */
export const selfTestOf = (setup: StationSetup, name: string, samples: readonly MeasuredSample[]) => {
  const { thing } = topicsOf({ product: setup.product, name })
  const values = Object.fromEntries(samples.map((sample) => [sample.name, sample.value]))
  return setup.selfTest?.topic === 'property'
    ? { topic: `${thing}/up/property/post`, payload: JSON.stringify({ id: 1, version: '1.0', method: 'property.post', params: values }) }
    : { topic: `${thing}/up/event/selftest/post`, payload: JSON.stringify(values) }
}
