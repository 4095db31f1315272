// Measurements against the limits of a procedure. Pure.

import type { Given, MeasuredValue, Measurement } from '../run-model.ts'
import type { Limit, SelfTest } from '../station-model.ts'
import { markedText } from './shown-text.ts'

/** `missing`: names of limits without a measurement, empty unless all are required. */
export interface JudgedTest {
  readonly measurements: readonly Measurement[]
  /** The first that failed. */
  readonly failed: Measurement | null
  readonly missing: readonly string[]
}

const marginalPart = 0.05
const plainDecimal = /^-?\d{1,30}(?:\.\d{1,30})?$/

/** The number that a value is, or as whose plain decimal it is written. */
const numberOf = (value: MeasuredValue): number | null => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  return typeof value === 'string' && plainDecimal.test(value) ? Number(value) : null
}

/** As JSON can keep it. */
const kept = (value: MeasuredValue): MeasuredValue => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value)

const marked = (value: MeasuredValue): MeasuredValue => (typeof value === 'string' ? markedText(value) : value)

const isWithin = (number: number | null, low: number | null, high: number | null): boolean =>
  number !== null && (low === null || number >= low) && (high === null || number <= high)

const isEqual = (equals: MeasuredValue, value: MeasuredValue): boolean =>
  typeof equals === 'number' ? numberOf(value) === equals : value === equals

/** A number in another unit is another number: nothing is converted. */
const isOtherUnit = ({ unit: wanted }: Limit, unit: string | null | undefined): boolean =>
  unit !== undefined && unit !== null && wanted !== null && unit.trim() !== wanted.trim()

const isNear = (number: number, low: number, high: number): boolean => {
  const range = high - low
  // Decimals such as 3.12 - 3.1 are not exact.
  const margin = range * marginalPart + range * 1e-9
  return range > 0 && Math.min(number - low, high - number) <= margin
}

/** Numbers may come as text where the limit is one of numbers, and are kept as numbers then. NaN and infinity pass no limit. */
export const judgeMeasurement = (limit: Limit | undefined, { name, value, unit }: Given): Measurement => {
  if (limit === undefined)
    return {
      name: markedText(name),
      value: marked(kept(value)),
      unit: unit == null ? null : markedText(unit),
      low: null,
      high: null,
      equals: null,
      outcome: null,
      marginal: false,
    }
  const { low, high, equals } = limit
  const number = numberOf(value)
  const isOfNumbers = low !== null || high !== null || typeof equals === 'number'
  const isOther = isOtherUnit(limit, unit)
  const isPassed =
    !isOther && (low === null && high === null ? true : isWithin(number, low, high)) && (equals === null || isEqual(equals, value))
  return {
    name,
    value: isOfNumbers && number !== null ? number : isPassed ? kept(value) : marked(kept(value)),
    unit: isOther && unit ? markedText(unit) : (unit ?? limit.unit),
    ...(isOther && limit.unit !== null ? { limitUnit: limit.unit } : {}),
    low,
    high,
    equals,
    outcome: isPassed ? 'passed' : 'failed',
    marginal: isPassed && number !== null && low !== null && high !== null && isNear(number, low, high),
  }
}

/** Those with limits first, in their order. Of several with one name the first that fails counts, else the last: a value outside stays. */
export const judgeAll = ({ limits, requireAll }: Pick<SelfTest, 'limits' | 'requireAll'>, given: readonly Given[]): JudgedTest => {
  const byName = new Map(given.map((each) => [each.name, each]))
  const limited = new Set(limits.map(({ name }) => name))
  const judged = limits.flatMap((limit) => {
    const all = given.filter(({ name }) => name === limit.name).map((each) => judgeMeasurement(limit, each))
    const counts = all.find(({ outcome }) => outcome === 'failed') ?? all.at(-1)
    return counts === undefined ? [] : [counts]
  })
  const others = [...byName.values()].filter(({ name }) => !limited.has(name)).map((each) => judgeMeasurement(undefined, each))
  return {
    measurements: [...judged, ...others],
    failed: judged.find(({ outcome }) => outcome === 'failed') ?? null,
    missing: requireAll ? [...limited].filter((name) => !byName.has(name)) : [],
  }
}
