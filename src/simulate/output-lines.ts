// The events of a fleet, and how they are printed for people. Plain data and text.

import type { FaultName } from './faults.ts'
import type { UnitOutcome } from './unit.ts'

/** The outcome of one unit; `device` is `pk/dn`, `version` the versions of its modules, separated by spaces. */
export interface UnitSummary {
  readonly device: string
  readonly fault: FaultName | null
  readonly version: string
  readonly outcome: UnitOutcome
}

export type FleetEvent =
  | { readonly at: string; readonly device: string; readonly event: string; readonly detail: Readonly<Record<string, string | number>> }
  | ({ readonly at: string; readonly event: 'summary' } & UnitSummary)

const detailText = (detail: Readonly<Record<string, string | number>>): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

/** `13:03:04.567 +01:00  demo/sim-01       progress        task 4, step 40`; `clock` writes a time as people read it. */
export const describe = (event: FleetEvent, clock: (iso: string) => string): string => {
  const head = `${clock(event.at)}  ${event.device.padEnd(24)}`
  if (!('detail' in event))
    return `${head} ${event.outcome.padEnd(14)} on ${event.version}${event.fault === null ? '' : ` (${event.fault})`}`
  return `${head} ${event.event.padEnd(14)} ${detailText(event.detail)}`.trimEnd()
}
