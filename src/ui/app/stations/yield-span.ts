// Of which time figures of yield are asked for: shifts and days of the factory by the names that the API has for them. Pure.

export const spanNames = ['current', 'today', 'yesterday', 'week', 'month'] as const
export type SpanName = (typeof spanNames)[number]

export const groupNames = ['station,process', 'station', 'process', 'product', 'version', 'workOrder', 'shift'] as const
export type GroupName = (typeof groupNames)[number]

/** What the address says, or the first choice where it says nothing that is known. */
export const spanOf = (given: string | null): SpanName => spanNames.find((each) => each === given) ?? 'today'
export const groupOf = (given: string | null): GroupName => groupNames.find((each) => each === given) ?? 'station,process'
