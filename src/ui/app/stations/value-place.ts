// Where a measured value lies between its limits: places on a bar, in percent of its width. Pure.

import type { Measurement } from '../../api/records.d.ts'

export interface ValuePlace {
  /** What passes, from and to. */
  readonly from: number
  readonly to: number
  readonly value: number
}

type Limited = Pick<Measurement, 'value' | 'low' | 'high'>

/** On each side of the limits, as a share of their range. */
const margin = 0.25
const clamp = (place: number): number => Math.min(100, Math.max(0, place))

/** null: it is no number, or has no limit. A value that is far outside stands at the end. */
export const placeOf = ({ value, low, high }: Limited): ValuePlace | null => {
  if (typeof value !== 'number' || !Number.isFinite(value) || (low === null && high === null)) return null
  // With one limit the other end is as far from it as the value needs.
  const reach = Math.max(Math.abs(value - (low ?? high ?? 0)), Math.abs(low ?? high ?? 0) * 0.1, Number.MIN_VALUE) * 1.5
  const first = low ?? (high ?? 0) - reach
  const last = high ?? (low ?? 0) + reach
  const range = last - first
  if (range <= 0) return { from: 48, to: 52, value: value < first ? 0 : value > first ? 100 : 50 }
  const start = first - range * margin
  const place = (at: number): number => clamp(((at - start) / (range * (1 + 2 * margin))) * 100)
  return { from: low === null ? 0 : place(low), to: high === null ? 100 : place(high), value: place(value) }
}
