// For monitoring: liveness, readiness, metrics, and the API's own description.

import { Type } from 'typebox'
import { type Api, type ApiContext, answer, base, operations } from '../api.ts'
import { problemOf, problemType } from '../problem.ts'

const operation = operations('status')
/** These two need no token: monitors have none. */
const open: Record<string, readonly string[]>[] = []

const notReady = {
  description: 'Not ready; as a problem (OTA_STORE_FAILED) while nothing can be stored.',
  content: { 'application/json': { schema: Type.Ref('Health') }, [problemType]: { schema: Type.Ref('Problem') } },
}

const health = (app: Api, { version, ready, storeFailure }: ApiContext): void => {
  const alive = operation('healthz', 'The process answers.', { security: open }, { 200: answer('Health', 'Alive.') })
  app.get('/healthz', alive, (_request, reply) => reply.send({ status: 'ok', version }))
  const readiness = operation(
    'readyz',
    'Devices and operators can use it.',
    { security: open },
    { 200: answer('Health', 'Ready.'), 503: notReady },
  )
  app.get('/readyz', readiness, (_request, reply) => {
    const failure = storeFailure()
    if (failure !== null) return reply.code(503).type(problemType).send(problemOf(failure))
    return ready() ? reply.send({ status: 'ready', version }) : reply.code(503).send({ status: 'not ready', version })
  })
}

const figures = (app: Api, { metrics }: ApiContext): void => {
  const exposition = { description: 'The exposition.', content: { 'text/plain': { schema: Type.String() } } }
  app.get('/metrics', operation('metrics', 'Metrics for Prometheus.', {}, { 200: exposition }), async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}

const description = (app: Api): void => {
  const document = { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: Type.Unsafe<unknown>({ type: 'object' }) } } }
  app.get(`${base}/openapi.json`, operation('openapi', 'This description.', {}, { 200: document }), (_request, reply) =>
    reply.send(app.swagger()),
  )
}

export const statusRoutes = (app: Api, context: ApiContext): void => {
  health(app, context)
  figures(app, context)
  description(app)
}
