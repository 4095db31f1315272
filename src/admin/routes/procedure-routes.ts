// Procedures: how a product is tested, in revisions that never change.

import { Type } from 'typebox'
import type { Procedure } from '../../station/station-model.ts'
import { type Api, type ApiContext, answer, base, listAnswer, operations } from '../api.ts'
import { askedOnce } from '../asked-once.ts'
import { actorOf } from '../callers.ts'
import { createRepeats, keyHeaders } from '../repeats.ts'
import { procedureInput, procedureInputOf, procedureQuery, releaseInput, stationParams } from '../station-inputs.ts'
import { procedureView } from '../station-views.ts'

const operation = operations('stations')
const path = `${base}/procedures`

const list = (app: Api, { stations }: ApiContext): void => {
  const described = operation(
    'listProcedures',
    'The newest revision of each procedure, by id.',
    {},
    { 200: listAnswer(Type.Ref('Procedure'), 'All of them; `next` is null.') },
  )
  app.get(path, described, (_request, reply) => reply.send({ items: stations.procedures.list().map(procedureView), next: null }))
}

const show = (app: Api, { stations }: ApiContext): void => {
  const input = { params: stationParams, querystring: procedureQuery }
  const described = operation('getProcedure', 'One revision, with the numbers of all revisions.', input, {
    200: answer('ProcedureRecord', 'The revision.'),
  })
  app.get(`${path}/:id`, described, async (request, reply) => {
    const { id } = request.params
    const [found, revisions] = await Promise.all([stations.procedures.find(id, request.query.rev), stations.procedures.revisions(id)])
    const all = revisions.map(({ rev, releasedAt }) => ({ rev, released: releasedAt !== null }))
    return reply.send({ ...procedureView(found), revisions: all })
  })
}

const put = (app: Api, { stations }: ApiContext): void => {
  const described = operation(
    'putProcedure',
    'Makes the next revision. Stations use it once it is released.',
    { params: stationParams, body: procedureInput },
    { 201: answer('Procedure', 'Made.') },
  )
  app.put(`${path}/:id`, described, async (request, reply) => {
    const { name } = actorOf(request).caller
    const made = await stations.procedures.put(request.params.id, procedureInputOf(request.body), name)
    return reply.code(201).send(procedureView(made))
  })
}

const release = (app: Api, { stations, now }: ApiContext): void => {
  const repeats = createRepeats<Procedure>(now, true)
  const described = operation(
    'releaseProcedure',
    'Releases a revision: stations use it for the next scan.',
    { params: stationParams, headers: keyHeaders, body: releaseInput },
    { 200: answer('Procedure', 'Released.') },
  )
  app.post(`${path}/:id/release`, described, async (request, reply) => {
    const work = () => stations.procedures.release(request.params.id, actorOf(request).caller.name, request.body?.rev)
    return reply.send(procedureView(await askedOnce(repeats, request, work)))
  })
}

export const procedureRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [list, show, put, release]) add(app, context)
}
