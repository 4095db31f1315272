// Yield: figures of what was tested, by station, process, product, version, shift and work order.

import { faultAt } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { FigureGroup } from '../../station/ports.ts'
import { groupRows, rty } from '../../station/rules/figures.ts'
import { type Api, type ApiContext, answer, base, operations } from '../api.ts'
import { yieldRowView } from '../figure-views.ts'
import { isoTime } from '../iso-time.ts'
import { type YieldQuery, yieldGroups, yieldQuery } from '../station-inputs.ts'
import { timeOf } from '../station-lookups.ts'
import { badRequest } from '../validation.ts'

const operation = operations('stations')
const dayMs = 86_400_000
const days = 30

interface Span {
  readonly from: number
  readonly to: number
}

const spanOf = ({ stations, now }: ApiContext, { shift, from, to }: YieldQuery): Span => {
  if (shift === undefined) {
    const end = timeOf('to', to) ?? now() + 1
    return { from: timeOf('from', from) ?? end - days * dayMs, to: end }
  }
  const faults = Object.entries({ from, to }).flatMap(([path, given]) =>
    given === undefined ? [] : [faultAt(path, sentence('field_not_with_shift'))],
  )
  if (faults.length > 0) throw badRequest(faults)
  return stations.spanAt(shift, now())
}

const groupsOf = (text: string | undefined): readonly FigureGroup[] => {
  const asked = new Set((text ?? '').split(','))
  return yieldGroups.filter((group) => asked.has(group))
}

export const yieldRoutes = (app: Api, context: ApiContext): void => {
  const { stations } = context
  const described = operation(
    'getYield',
    'First pass yield, final yield, retests, cycle times and faults, for each of what `group` names.',
    { querystring: yieldQuery },
    { 200: answer('Yield', 'The figures.') },
  )
  app.get(`${base}/yield`, described, async (request, reply) => {
    const { station, process, product, group } = request.query
    const span = spanOf(context, request.query)
    const groups = groupsOf(group)
    // The rows are read once, for the groups and for the route.
    const both = await stations.figures({ ...span, station, process, product, group: [...new Set([...groups, 'process' as const])] })
    const [rows, route] = [groupRows(both, groups), groupRows(both, ['process'])]
    return reply.send({
      from: isoTime(span.from),
      to: isoTime(span.to),
      items: rows.map(yieldRowView),
      rty: rty(route.map(({ figures }) => figures)),
      next: null,
    })
  })
}
