// Reference boards: which serials are ones, and when which is wanted. Pure.

import type { StationView } from '../ports.ts'
import type { Procedure, StationDesk } from '../station-model.ts'

const notYet = (): never => {
  throw new Error('not yet')
}

export const referenceOf: (procedure: Pick<Procedure, 'reference'>, serial: string) => 'golden' | 'bad' | null = notYet

/** null: the procedure has none. `wanted`: due now; `dueAt`: when the first of them is due, null: one is due since ever. */
export const referenceDue: (
  procedure: Pick<Procedure, 'reference'>,
  desk: Pick<StationDesk, 'goldenAt' | 'badAt' | 'blocked'>,
  now: number,
) => StationView['reference'] = notYet
