// Connections that were refused: who tried, from where, and why not.

import { Type } from 'typebox'
import { type Api, type ApiContext, base, listAnswer, operations } from '../api.ts'
import { pageQuery } from '../input-schemas.ts'
import { idOfCursor } from '../paging.ts'
import { refusedView } from '../views.ts'

const operation = operations('connections')

export const connectionRoutes = (app: Api, { operators }: ApiContext): void => {
  const described = operation(
    'listRefusedConnections',
    'The last 1,000 connections that were refused since the server started, newest first.',
    { querystring: pageQuery },
    { 200: listAnswer(Type.Ref('Refused'), 'A page.') },
  )
  app.get(`${base}/connections/refused`, described, (request, reply) => {
    const { limit, after } = request.query
    const before = idOfCursor(after) ?? Number.POSITIVE_INFINITY
    const left = operators.connections.refused().filter(({ id }) => id < before)
    const items = left.slice(0, limit)
    return reply.send({ items: items.map(refusedView), next: left.length > limit ? String(items.at(-1)?.id) : null })
  })
}
