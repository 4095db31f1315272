// Figures of yield in words. A share of nothing is "-", never 0 % or 100 %.

import { dateTime, number, text } from '../../text/text.ts'

interface Share {
  readonly part: number
  readonly of: number
}

/** In percent; what is not all is never rounded to all, nor what is not nothing to nothing. null: a share of nothing. */
export const shareValue = (share: Share | null): number | null => {
  if (share === null || share.of === 0) return null
  const exact = Math.round((share.part / share.of) * 1000) / 10
  return share.part < share.of ? Math.min(99.9, share.part > 0 ? Math.max(0.1, exact) : exact) : exact
}

/** `40 %` */
export const percent = (share: Share | null): string => {
  const value = shareValue(share)
  return value === null ? '-' : text('stations.percent', { value })
}

/** The n beside a percentage. */
export const outOf = (share: Share | null): string =>
  share === null || share.of === 0 ? text('stations.outOfNone') : text('stations.outOf', { part: share.part, of: share.of })

/** Seconds with what digits matter. */
export const seconds = (value: number): string =>
  text('stations.seconds', { value: value > 0 && value < 0.1 ? '< 0.1' : value < 10 ? Math.round(value * 10) / 10 : Math.round(value) })

/** null: it has no meaning. */
export const perHour = (value: number | null): string => (value === null ? '-' : number(value < 10 ? value : Math.round(value)))

export interface RowKey {
  readonly shift: string | null
  readonly station: string | null
  readonly process: string | null
  readonly product: string | null
  readonly version: string | null
  readonly workOrder: string | null
}

/** What a row is of. Several parts are in the order of the choice. */
export const keyWords = (key: RowKey): string => {
  const parts = [
    key.shift === null ? null : dateTime(Date.parse(key.shift)),
    key.station,
    key.process,
    key.product,
    key.version,
    key.workOrder,
  ]
  const given = parts.filter((part) => part !== null && part !== '')
  return given.length === 0 ? text('stations.yield.none') : given.join(' · ')
}
