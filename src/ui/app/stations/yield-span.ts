// Of which time figures of yield are asked for: shifts that are chosen by name, as values of the query of the API. Pure.

export const spanNames = ['current', 'today', 'yesterday', 'week', 'month'] as const
export type SpanName = (typeof spanNames)[number]

export const groupNames = ['station,process', 'station', 'process', 'product', 'version', 'workOrder', 'shift'] as const
export type GroupName = (typeof groupNames)[number]

/** What the address says, or the first choice where it says nothing that is known. */
export const spanOf = (given: string | null): SpanName => spanNames.find((each) => each === given) ?? 'today'
export const groupOf = (given: string | null): GroupName => groupNames.find((each) => each === given) ?? 'station,process'

/** Days back from the first shift of today. */
const daysBack: Readonly<Record<Exclude<SpanName, 'current' | 'today'>, number>> = { yesterday: 1, week: 6, month: 29 }

/** By the calendar: a day may have 23 or 25 hours. */
const before = (from: string, days: number): string => {
  const moment = new Date(from)
  moment.setDate(moment.getDate() - days)
  return moment.toISOString()
}

interface Today {
  readonly from: string
  readonly to: string
}

export interface SpanQuery {
  readonly shift?: string
  readonly from?: string
  readonly to?: string
}

/** null: it is not known yet, since the shifts of today are not. */
export const spanQuery = (name: SpanName, today: Today | null): SpanQuery | null => {
  if (name === 'current' || name === 'today') return { shift: name }
  if (today === null) return null
  return { from: before(today.from, daysBack[name]), to: name === 'yesterday' ? today.from : today.to }
}
