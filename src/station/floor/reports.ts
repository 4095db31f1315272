// Figures of yield, added up by what is asked for: read from their rows, never from runs.

import type { FigureKey } from '../figure-model.ts'
import type { FigureQuery, FigureRow } from '../ports.ts'
import { groupRows } from '../rules/figures.ts'
import type { Floor } from './floor.ts'

const dayMs = 86_400_000
/** What is asked for where no time is given: the last 30 days. */
const days = 30

const fits = ({ station, process, product }: FigureQuery, key: FigureKey): boolean =>
  (station === undefined || key.station === station) &&
  (process === undefined || key.process === process) &&
  (product === undefined || key.product === product)

/** In the order of their keys. */
export const groupFigures = async (floor: Floor, query: FigureQuery): Promise<readonly FigureRow[]> => {
  const now = floor.outside.now()
  const rows = await floor.rows.queries.figures(query.from ?? now - days * dayMs, query.to ?? now + 1)
  return groupRows(
    rows.filter(({ key }) => fits(query, key)),
    query.group,
  )
}
