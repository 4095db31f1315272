// Figures of yield, added up by what is asked for: read from their rows, never from runs.

import type { FigureKey, YieldFigures } from '../figure-model.ts'
import type { FigureGroup, FigureQuery, FigureRow } from '../ports.ts'
import { addFigures, noFigures } from '../rules/figures.ts'
import type { Floor } from './floor.ts'

const dayMs = 86_400_000
/** What is asked for where no time is given: the last 30 days. */
const days = 30

const nothing: FigureRow['key'] = { shift: null, station: null, process: null, product: null, version: null, workOrder: null }

const keyFor = (key: FigureKey, group: readonly FigureGroup[]): FigureRow['key'] => ({
  ...nothing,
  ...Object.fromEntries(group.map((name) => [name, key[name]])),
})

const fits = ({ station, process, product }: FigureQuery, key: FigureKey): boolean =>
  (station === undefined || key.station === station) &&
  (process === undefined || key.process === process) &&
  (product === undefined || key.product === product)

/** In the order of their keys. */
export const groupFigures = async (floor: Floor, query: FigureQuery): Promise<readonly FigureRow[]> => {
  const now = floor.outside.now()
  const rows = await floor.rows.queries.figures(query.from ?? now - days * dayMs, query.to ?? now + 1)
  const sums = new Map<string, { readonly key: FigureRow['key']; figures: YieldFigures }>()
  for (const { key, figures } of rows) {
    if (!fits(query, key)) continue
    const grouped = keyFor(key, query.group)
    const name = JSON.stringify(Object.values(grouped))
    const sum = sums.get(name)
    if (sum === undefined) sums.set(name, { key: grouped, figures: addFigures(noFigures, figures) })
    else sum.figures = addFigures(sum.figures, figures)
  }
  return [...sums.values()]
}
