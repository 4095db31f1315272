// What machines ask: is it alive, is it ready, its figures, and the API's own description.

import { Type } from 'typebox'
import { type Api, type ApiContext, answer, base, problems } from '../api.ts'

const tags = ['status']
/** These two need no token: who watches over a process has none. */
const open: Record<string, readonly string[]>[] = []
export const openPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

const health = (app: Api, { version, ready }: ApiContext): void => {
  const alive = {
    operationId: 'healthz',
    tags,
    summary: 'The process answers.',
    security: open,
    response: { 200: answer('Health', 'Alive.'), ...problems },
  }
  app.get('/healthz', { schema: alive }, (_request, reply) => reply.send({ status: 'ok', version }))
  const isReady = {
    operationId: 'readyz',
    tags,
    summary: 'Devices and operators can use it.',
    security: open,
    response: { 200: answer('Health', 'Ready.'), 503: answer('Health', 'Not ready.'), ...problems },
  }
  app.get('/readyz', { schema: isReady }, (_request, reply) =>
    ready() ? reply.send({ status: 'ready', version }) : reply.code(503).send({ status: 'not ready', version }),
  )
}

const figures = (app: Api, { metrics }: ApiContext): void => {
  const schema = {
    operationId: 'metrics',
    tags,
    summary: 'Figures for Prometheus.',
    response: { 200: { description: 'The exposition.', content: { 'text/plain': { schema: Type.String() } } }, ...problems },
  }
  app.get('/metrics', { schema }, async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))
}

const description = (app: Api): void => {
  const schema = {
    operationId: 'openapi',
    tags,
    summary: 'This description.',
    response: {
      200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: Type.Unsafe<unknown>({ type: 'object' }) } } },
      ...problems,
    },
  }
  app.get(`${base}/openapi.json`, { schema }, (_request, reply) => reply.send(app.swagger()))
}

export const statusRoutes = (app: Api, context: ApiContext): void => {
  health(app, context)
  figures(app, context)
  description(app)
}
