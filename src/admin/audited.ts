// Notes each act in the audit, once it is done and before it is answered: who, from where, what, and the record before and after. Acts on people,
// tokens and sessions note themselves, in their own commits.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { deviceKey } from '../ota/model.ts'
import type { AuditAct } from '../ota/ports/access.ts'
import type { Api, ApiContext } from './api.ts'
import {
  type AuditSubject,
  bulkFacts,
  campaignFacts,
  deviceFacts,
  differences,
  type Facts,
  firmwareFacts,
  givenBeside,
  shortened,
  taskFacts,
  webhookFacts,
} from './audit-facts.ts'
import { actorOf } from './callers.ts'
import { parseId } from './paging.ts'
import { isWorkOfStations, stationSubject } from './station-subjects.ts'
import { createSubjectTurns } from './subject-turns.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** It was sent before, and has made nothing now. */
    isRepeat: boolean
  }
}

interface Begun {
  readonly subject: AuditSubject | null
  readonly before: Facts | null
  /** Ends its turn. */
  end(): void
}

type ById = (context: ApiContext, id: number) => Promise<Facts | null> | Facts | null

const orNull = <T>(record: T | undefined, facts: (record: T) => Facts): Facts | null => (record === undefined ? null : facts(record))

const byId: Readonly<Record<string, readonly [name: string, find: ById]>> = {
  firmware: ['firmware', ({ operators }, id) => orNull(operators.reads.firmware(id), firmwareFacts)],
  campaigns: ['campaign', ({ operators }, id) => orNull(operators.reads.campaign(id), campaignFacts)],
  tasks: ['task', async ({ operators }, id) => orNull(await operators.queries.task(id), taskFacts)],
}

const paramsOf = ({ params }: FastifyRequest): Readonly<Record<string, unknown>> =>
  typeof params === 'object' && params !== null ? { ...params } : {}

/** The part of the path that names the kind of record. */
const kindOf = ({ routeOptions }: FastifyRequest): string => routeOptions.url?.split('/')[3] ?? ''

const recordOf = (context: ApiContext, kind: string, text: string): AuditSubject | null => {
  const id = parseId(text)
  const known = Object.hasOwn(byId, kind) ? byId[kind] : undefined
  return id === undefined || known === undefined ? null : { name: `${known[0]} ${id}`, now: () => known[1](context, id) }
}

/** A new one is named by the body. */
const webhookOf = ({ webhooks }: ApiContext, { body }: FastifyRequest, given: unknown): AuditSubject | null => {
  const name = given ?? (typeof body === 'object' && body !== null && 'name' in body ? body.name : null)
  if (typeof name !== 'string') return null
  return { name: `webhook ${name}`, now: () => orNull(webhooks.find(name) ?? undefined, webhookFacts) }
}

const subjectOf = (context: ApiContext, request: FastifyRequest): AuditSubject | null => {
  const { id, product, name } = paramsOf(request)
  const ofStations = stationSubject(context, request, kindOf(request))
  if (ofStations !== null) return ofStations
  if (kindOf(request) === 'webhooks') return webhookOf(context, request, name)
  if (typeof id === 'string') return recordOf(context, kindOf(request), id)
  if (typeof product !== 'string' || typeof name !== 'string') return null
  const key = deviceKey(product, name)
  return { name: `device ${key}`, now: () => orNull(context.operators.reads.device(key), deviceFacts) }
}

/** Those that note themselves. */
const ownNote = /^\/api\/v1\/(tokens|users|session|stations\/:id\/token)/
const reads = new Set(['GET', 'HEAD'])

const isAct = (request: FastifyRequest): boolean =>
  request.caller !== null && !reads.has(request.method) && !ownNote.test(request.routeOptions.url ?? '') && !isWorkOfStations(request)

const isDryRun = ({ query }: FastifyRequest): boolean =>
  typeof query === 'object' && query !== null && 'dryRun' in query && query.dryRun === true

/** The record that a request has made: its id is in the answer. */
const madeBy = (context: ApiContext, request: FastifyRequest, payload: unknown): AuditSubject | null => {
  const id = typeof payload === 'string' ? /^\{"id":"(\d+)"/.exec(payload)?.[1] : undefined
  return id === undefined ? null : recordOf(context, kindOf(request), id)
}

const detailOf = ({ body, query }: FastifyRequest, changes: AuditAct['changes'], payload: unknown): Facts => {
  if (body instanceof Uint8Array) return { ...bulkFacts(body), answer: shortened(typeof payload === 'string' ? JSON.parse(payload) : null) }
  return { ...givenBeside(query, changes), ...givenBeside(body, changes) }
}

const operationOf = ({ routeOptions }: FastifyRequest): string => {
  const { operationId = '' } = { ...routeOptions.schema } as { readonly operationId?: string }
  return operationId
}

/** Notes what only reads, before it is answered: OTA_STORE_FAILED where that cannot be stored. */
export const noteReading = async ({ access }: Pick<ApiContext, 'access'>, request: FastifyRequest): Promise<void> => {
  const { kind, name, role } = actorOf(request).caller
  const act = { kind, name, role, address: request.from, act: operationOf(request), subject: null, changes: {}, detail: {} }
  await access.audit.noteFirst(act)
}

const note = async (context: ApiContext, request: FastifyRequest, begun: Begun, payload: unknown): Promise<void> => {
  const { caller, from } = request
  if (caller === null) return
  const subject = begun.subject ?? madeBy(context, request, payload)
  const changes = request.isRepeat ? {} : differences(begun.before, (await subject?.now()) ?? null)
  const { kind, name, role } = caller
  const detail = request.isRepeat ? { repeated: true } : detailOf(request, changes, payload)
  await context.access.audit.note({
    kind,
    name,
    role,
    address: from,
    act: operationOf(request),
    subject: subject?.name ?? null,
    changes,
    detail,
  })
}

const isDone = ({ statusCode }: FastifyReply): boolean => statusCode < 300

export const addAudit = (app: Api, context: ApiContext): void => {
  app.decorateRequest('isRepeat', false)
  const begun = new WeakMap<FastifyRequest, Begun>()
  const turns = createSubjectTurns()
  app.addHook('preHandler', async (request) => {
    if (!isAct(request) || isDryRun(request)) return
    const subject = subjectOf(context, request)
    const end = subject === null ? () => undefined : await turns.take(subject.name)
    try {
      begun.set(request, { subject, before: (await subject?.now()) ?? null, end })
    } catch (thrown) {
      end()
      throw thrown
    }
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const known = begun.get(request)
    if (known === undefined) return payload
    begun.delete(request)
    if (isDone(reply))
      await note(context, request, known, payload).catch((err: unknown) =>
        context.log.error({ err }, 'an act could not be noted in the audit'),
      )
    known.end()
    return payload
  })
}
