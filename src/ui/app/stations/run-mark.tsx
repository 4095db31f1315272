// How a run is, or how it ended: colour, shape and word.

import type { Run } from '../../api/records.d.ts'
import { Mark, type MarkKind } from '../../parts/mark.tsx'
import { text } from '../../text/text.ts'

type Stated = Pick<Run, 'state' | 'outcome'>

const kinds = { passed: 'good', failed: 'bad', error: 'warn', aborted: 'none' } as const satisfies Readonly<
  Record<NonNullable<Run['outcome']>, MarkKind>
>

export const runKind = ({ state, outcome }: Stated): MarkKind => (outcome !== null ? kinds[outcome] : state === 'waiting' ? 'none' : 'busy')

export const runWord = ({ state, outcome }: Stated): string =>
  outcome === null ? text(`stations.state.${state}`) : text(`stations.outcome.${outcome}`)

export const RunMark = ({ run }: { readonly run: Stated }) => <Mark kind={runKind(run)}>{runWord(run)}</Mark>
