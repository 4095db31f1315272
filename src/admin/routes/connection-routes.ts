// Connections that were refused: who tried, from where, and why not; one by one, and by reason and address.

import { Type } from 'typebox'
import type { KeptRefusal } from '../../ota/ports/operators.ts'
import { type Api, type ApiContext, base, listAnswer, operations } from '../api.ts'
import { refusalGroupsQuery, refusedQuery } from '../input-schemas.ts'
import { idOfCursor } from '../paging.ts'
import { refusalGroups } from '../refusal-groups.ts'
import { refusedView } from '../views.ts'

const operation = operations('connections')
const path = `${base}/connections/refused`

/** Newest first. */
const refusedOf = ({ operators }: ApiContext, wanted: { readonly reason?: string; readonly address?: string }): readonly KeptRefusal[] =>
  operators.connections
    .refused()
    .filter(({ reason, address }) => (wanted.reason ?? reason) === reason && (wanted.address ?? address) === address)

const list = (app: Api, context: ApiContext): void => {
  const described = operation(
    'listRefusedConnections',
    'The last 1,000 connections that were refused since the server started, newest first.',
    { querystring: refusedQuery },
    { 200: listAnswer(Type.Ref('Refused'), 'A page.') },
  )
  app.get(path, described, (request, reply) => {
    const { limit, after } = request.query
    const before = idOfCursor(after) ?? Number.POSITIVE_INFINITY
    const left = refusedOf(context, request.query).filter(({ id }) => id < before)
    const items = left.slice(0, limit)
    return reply.send({ items: items.map(refusedView), next: left.length > limit ? String(items.at(-1)?.id) : null })
  })
}

const groups = (app: Api, context: ApiContext): void => {
  const described = operation(
    'groupRefusedConnections',
    'The same connections by reason and address, those of most refusals first.',
    { querystring: refusalGroupsQuery },
    { 200: listAnswer(Type.Ref('RefusalGroup'), 'All of them; `next` is null.') },
  )
  app.get(`${path}/groups`, described, (request, reply) =>
    reply.send({ items: refusalGroups(refusedOf(context, request.query)), next: null }),
  )
}

export const connectionRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [list, groups]) add(app, context)
}
