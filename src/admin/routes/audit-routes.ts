// The audit: read, and verified. Nothing changes it.

import { Type } from 'typebox'
import { auditQuery, verifyQuery } from '../access-schemas.ts'
import { auditLineView, auditVerdictView } from '../access-views.ts'
import { type Api, type ApiContext, answer, base, listAnswer, operations } from '../api.ts'
import { idOfCursor } from '../paging.ts'

const operation = operations('access')

const timeOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text))

export const auditRoutes = (app: Api, { access }: ApiContext): void => {
  const list = operation(
    'listAudit',
    'What people, tokens and the server did, newest first.',
    { querystring: auditQuery },
    { 200: listAnswer(Type.Ref('AuditLine'), 'A page.') },
  )
  app.get(`${base}/audit`, list, async (request, reply) => {
    const { limit, after, name, act, subject, since, until } = request.query
    const before = idOfCursor(after) ?? Number.MAX_SAFE_INTEGER
    const { items, next } = await access.audit.list({ before, limit, name, act, subject, since: timeOf(since), until: timeOf(until) })
    return reply.send({ items: items.map(auditLineView), next: next === null ? null : String(next) })
  })
  const verify = operation(
    'verifyAudit',
    'Whether each line has its hash and follows the one before, and whether a head that was noted is among them.',
    { querystring: verifyQuery },
    { 200: answer('AuditVerdict', 'The verdict.') },
  )
  app.get(`${base}/audit/verify`, verify, async (request, reply) =>
    reply.send(auditVerdictView(await access.audit.verify(request.query.head ?? null))),
  )
}
