// Runs: listed, exported, shown (at once, or when they have gone on), and what operators and jigs do with them.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { JigFinish } from '../../station/ports.ts'
import type { Run, RunState } from '../../station/run-model.ts'
import { type Api, type ApiContext, answer, base, listAnswer, operations } from '../api.ts'
import { askedOnce, keyOf } from '../asked-once.ts'
import { actorOf } from '../callers.ts'
import { idParams, noInput } from '../input-schemas.ts'
import { createRepeats, keyHeaders } from '../repeats.ts'
import { sendRuns } from '../run-export.ts'
import { runView } from '../run-views.ts'
import { exportQuery, finishInput, measurementsInput, runQuery, waitQuery } from '../station-inputs.ts'
import { cursorOfRuns, ownRun, placeOfRuns, runFilterOf } from '../station-lookups.ts'
import { unhurried } from '../unhurried.ts'

const operation = operations('stations')
const path = `${base}/runs`
const theRun = { 200: answer('Run', 'The run.') }

const list = (app: Api, { stations }: ApiContext): void => {
  const described = operation(
    'listRuns',
    'Runs of test stations, newest first: open ones, then ended ones by their end.',
    { querystring: runQuery },
    { 200: listAnswer(Type.Ref('Run'), 'A page.') },
  )
  app.get(path, described, async (request, reply) => {
    const { limit, after, ...query } = request.query
    const { items, next } = await stations.runs.list({ ...runFilterOf(query), after: placeOfRuns(after), limit })
    return reply.send({ items: items.map(runView), next: next === null ? null : cursorOfRuns(next) })
  })
}

const exported = (app: Api, context: ApiContext): void => {
  const text = (description: string) => ({ schema: Type.Unsafe<unknown>({ type: 'string', description }) })
  const content = {
    'text/csv': text('RFC 4180 in UTF-8; the first line names the columns.'),
    'application/jsonl': text('A JSON object in each line.'),
  }
  const described = operation(
    'exportRuns',
    'All runs that match, in the order of their ids.',
    { querystring: exportQuery },
    { 200: { description: 'A stream.', content } },
  )
  app.get(`${path}/export`, described, (request, reply) => {
    const { format, bom, ...query } = request.query
    return sendRuns(context, request, reply, { format, bom, filter: runFilterOf(query) })
  })
}

/** The run when its state is another than `after`, and at the latest after so many seconds, or when nobody waits for it any more. */
const laterRun = async (
  { stations, streams, access }: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  run: Run,
  { wait, after = run.state }: { readonly wait: number; readonly after?: RunState | undefined },
): Promise<Run> => {
  const { caller } = actorOf(request)
  const gone = new AbortController()
  const end = (): void => gone.abort()
  const stream = { caller, endsByItself: false, end }
  streams.add(stream)
  reply.raw.once('close', end)
  try {
    return await unhurried(request.raw.socket, () => stations.runs.changed(run.id, after, wait * 1000, gone.signal))
  } finally {
    reply.raw.off('close', end)
    streams.delete(stream)
    access.gate.mustBeCurrent(caller)
  }
}

const show = (app: Api, context: ApiContext): void => {
  const described = operation(
    'getRun',
    'One run; with `wait` it answers as soon as the state is another than `after` (by default: than now). A station gets its own.',
    { params: idParams, querystring: waitQuery },
    theRun,
  )
  app.get(`${path}/:id`, described, async (request, reply) => {
    const run = await ownRun(context.stations, request, request.params.id, 'viewer')
    const { wait } = request.query
    return reply.send(runView(wait === 0 ? run : await laterRun(context, request, reply, run, request.query)))
  })
}

const abort = (app: Api, { stations, now }: ApiContext): void => {
  const repeats = createRepeats<Run>(now, true)
  const described = operation('abortRun', 'Ends an open run as aborted.', { params: idParams, headers: keyHeaders, body: noInput }, theRun)
  app.post(`${path}/:id/abort`, described, async (request, reply) => {
    const { id } = await ownRun(stations, request, request.params.id, 'operator')
    const work = () => stations.runs.abort(id, actorOf(request).caller.name)
    return reply.send(runView(await askedOnce(repeats, request, work)))
  })
}

const acknowledge = (app: Api, { stations, now }: ApiContext): void => {
  const repeats = createRepeats<Run>(now, true)
  const described = operation(
    'acknowledgeRun',
    'The result was seen: the slot is free for the next scan.',
    { params: idParams, headers: keyHeaders, body: noInput },
    theRun,
  )
  app.post(`${path}/:id/acknowledge`, described, async (request, reply) => {
    const { id } = await ownRun(stations, request, request.params.id, 'operator')
    return reply.send(runView(await askedOnce(repeats, request, () => stations.runs.acknowledge(id))))
  })
}

const measure = (app: Api, { stations, now }: ApiContext): void => {
  const repeats = createRepeats<Run>(now, true)
  const described = operation(
    'addMeasurements',
    'What a jig has measured, where the procedure takes its self-test from a jig.',
    { params: idParams, headers: keyHeaders, body: measurementsInput },
    theRun,
  )
  app.post(`${path}/:id/measurements`, { ...described, config: { hasUniqueNames: true } }, async (request, reply) => {
    const { id } = await ownRun(stations, request, request.params.id, 'operator')
    return reply.send(runView(await askedOnce(repeats, request, () => stations.runs.measure(id, request.body))))
  })
}

const finish = (app: Api, { stations, now }: ApiContext): void => {
  const repeats = createRepeats<Run>(now, true)
  const described = operation(
    'finishRun',
    'A jig has measured all: the limits decide, and the given outcome can only be worse.',
    { params: idParams, headers: keyHeaders, body: finishInput },
    theRun,
  )
  app.post(`${path}/:id/finish`, { ...described, config: { hasUniqueNames: true } }, async (request, reply) => {
    const { id } = await ownRun(stations, request, request.params.id, 'operator')
    const given: JigFinish = request.body ?? {}
    const work = () => stations.runs.finish(id, given, keyOf(request) ?? undefined)
    return reply.send(runView(await askedOnce(repeats, request, work)))
  })
}

export const runRoutes = (app: Api, context: ApiContext): void => {
  for (const add of [list, exported, show, abort, acknowledge, measure, finish]) add(app, context)
}
