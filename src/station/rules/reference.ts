// Reference boards: which serials are ones, and when which is wanted. Pure.

import type { StationView } from '../ports.ts'
import type { Procedure, StationDesk } from '../station-model.ts'

type Kind = 'golden' | 'bad'

export const referenceOf = ({ reference }: Pick<Procedure, 'reference'>, serial: string): Kind | null => {
  if (reference?.golden.includes(serial) === true) return 'golden'
  return reference?.bad.includes(serial) === true ? 'bad' : null
}

/** null: the procedure has none. `wanted`: due now; `dueAt`: when the first of them is due, null: since ever. */
export const referenceDue = (
  { reference }: Pick<Procedure, 'reference'>,
  { goldenAt, badAt, blocked }: Pick<StationDesk, 'goldenAt' | 'badAt' | 'blocked'>,
  now: number,
): StationView['reference'] => {
  if (reference === null) return null
  const lasts: readonly (readonly [Kind, readonly string[], number | null])[] = [
    ['golden', reference.golden, goldenAt],
    ['bad', reference.bad, badAt],
  ]
  // A time in the future is of a clock that was set back since: the board is wanted again, not never.
  const due = lasts
    .filter(([, serials]) => serials.length > 0)
    .map(([kind, , at]) => ({ kind, at: at === null || at > now ? null : at + reference.everySeconds * 1000 }))
  const first = Math.min(...due.map(({ at }) => at ?? Number.NEGATIVE_INFINITY))
  return {
    wanted: due.filter(({ at }) => at === null || at <= now).map(({ kind }) => kind),
    dueAt: Number.isFinite(first) ? first : null,
    blocked,
  }
}

/** Whether a reference board was judged as it has to be; null: its run says nothing of that, as it was aborted or was an error. */
export const isReferenceRight = (kind: Kind, outcome: 'passed' | 'failed' | 'error' | 'aborted'): boolean | null => {
  if (outcome === 'error' || outcome === 'aborted') return null
  return (kind === 'golden') === (outcome === 'passed')
}
