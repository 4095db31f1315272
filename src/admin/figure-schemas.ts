// The JSON of figures of yield. Knows no route.

import { type Static, Type } from 'typebox'
import { counted, nullable, strict, text, time } from './schema-words.ts'

const share = (description: string) =>
  nullable(Type.Object({ part: Type.Number(), of: Type.Integer() }, { ...strict, description: `${description} null: there are none.` }))
const counts = (description: string) => Type.Record(text, Type.Integer({ minimum: 0 }), { description })

export const figureFields = {
  units: counted('Units whose first counted run is in it.'),
  firstPassed: counted('Units whose first counted run passed.'),
  finalPassed: counted('Units whose last counted run passed.'),
  retested: counted('Units with more than one counted run.'),
  ntf: counted('No trouble found: units that did not pass at first and passed later, without a release between.'),
  runs: counted('Runs that count.'),
  passed: counted('Of these.'),
  failed: counted('Of these.'),
  errors: counted('Of these.'),
  aborted: counted('Of these.'),
  seconds: Type.Number({ minimum: 0, description: 'Of these, from the scan to the end.' }),
  uncounted: counts('Runs that do not count, by code.'),
  references: counted('Runs of reference boards.'),
  firstAt: nullable(time),
  lastAt: nullable(time),
  fpy: share('First pass yield: `part` of `of` units.'),
  finalYield: share('Units whose last run passed.'),
  retestRate: share('Units with more than one counted run.'),
  cycleTimes: nullable(
    Type.Object({ p50: Type.Number(), p95: Type.Number() }, { ...strict, description: 'Seconds from the scan to the end, estimated.' }),
  ),
  unitsPerHour: nullable(
    Type.Number({ description: 'Between its first and its last run; null: of fewer than ten units, or of no time, it has no meaning.' }),
  ),
  pareto: Type.Array(
    Type.Object(
      {
        code: text,
        count: counted('Runs.'),
        cumulative: Type.Object({ part: Type.Integer(), of: Type.Integer() }, { ...strict, description: 'This and all before it.' }),
      },
      strict,
    ),
    { description: 'Counted runs that did not pass, by code, the most frequent first.' },
  ),
}

const row = Type.Object(
  {
    key: Type.Object(
      {
        shift: nullable(Type.String({ format: 'date-time', description: 'Its begin.' })),
        station: nullable(text),
        process: nullable(text),
        product: nullable(text),
        version: nullable(text),
        workOrder: nullable(text),
      },
      { ...strict, description: 'What the row is of; null: not asked for, or none.' },
    ),
    ...figureFields,
  },
  { ...strict, $id: 'YieldRow' },
)

const report = Type.Object(
  {
    from: time,
    to: time,
    items: Type.Array(Type.Ref('YieldRow')),
    rty: share('Rolled throughput yield: the product of the first pass yields of the processes.'),
    next: Type.Null({ description: 'There are no pages.' }),
  },
  { ...strict, $id: 'Yield', description: 'Figures of yield, by what was asked for.' },
)

export const figureSchemas = [row, report] as const

export type YieldRowJson = Static<typeof row>
