// Every refusal of the admin API as an RFC 9457 problem: our own errors by their table, Fastify's by their status, anything
// else as OTA_INTERNAL without a word of what it was. Knows no route.

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, errorEntry, OtaError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { ProblemJson } from './schemas.ts'

export const problemType = 'application/problem+json'

export const problemOf = (error: OtaError): ProblemJson => {
  const { status, title } = errorEntry(error.code)
  const faults = error.faults.map(({ path, message }) => ({ path, message }))
  const problem = { type: 'about:blank', title, status, code: error.code, detail: error.message }
  return faults.length === 0 ? problem : { ...problem, faults }
}

/** Fastify's own refusals in our words: theirs may quote the body, which may hold a secret. */
const framework: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['OTA_BODY_TOO_LARGE', 'The body is larger than this path takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'OTA_BODY_TYPE',
    'This path does not read bodies of that Content-Type: JSON is application/json, a list of devices text/csv.',
  ],
  FST_ERR_CTP_INVALID_JSON_BODY: ['OTA_BAD_REQUEST', 'The body is not JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['OTA_BAD_REQUEST', 'The body is not as long as its Content-Length says.'],
  FST_ERR_BAD_URL: ['OTA_BAD_REQUEST', 'The path is not a valid URL: write % itself as %25.'],
}

const translated = (error: FastifyError | Error): OtaError => {
  const known = 'code' in error ? framework[error.code] : undefined
  if (known !== undefined) return new OtaError(known[0], known[1], { cause: error })
  const status = 'statusCode' in error ? error.statusCode : undefined
  if (status !== undefined && status >= 400 && status < 500)
    return new OtaError('OTA_BAD_REQUEST', 'The request could not be read.', { cause: error })
  return new OtaError('OTA_INTERNAL', undefined, { cause: error })
}

const sendProblem = (reply: FastifyReply, problem: ProblemJson): FastifyReply =>
  reply.code(problem.status).header('x-content-type-options', 'nosniff').type(problemType).send(problem)

/** What a handler threw, as an answer. What is our own fault is logged with its cause and told only by the request's id. */
export const errorHandler =
  (log: Log) =>
  (thrown: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const error = thrown instanceof OtaError ? thrown : translated(thrown)
    const problem = problemOf(error)
    const fields = { request: request.id, method: request.method, path: request.url, code: problem.code }
    if (problem.status >= 500) log.error({ ...fields, err: error.cause ?? error }, `admin: ${error.message}`)
    else log.debug(fields, `admin: refused: ${error.message}`)
    if (error.code !== 'OTA_INTERNAL') return sendProblem(reply, problem)
    return sendProblem(reply, { ...problem, detail: `Something went wrong inside; the log tells more of it under request ${request.id}.` })
  }

/** The paths and methods that are there, so that a wrong method is told from a wrong path. */
export interface KnownRoute {
  readonly method: string
  readonly pattern: RegExp
}

export const knownRoute = (method: string, url: string): KnownRoute => ({
  method,
  pattern: new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:[a-z]+/gi, '[^/]+')}$`),
})

export const notFoundHandler =
  (known: readonly KnownRoute[]) =>
  (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const [path = ''] = request.url.split('?')
    const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (methods.length === 0) {
      const text = `There is no ${request.method} ${path}; GET /api/v1/openapi.json tells of every path.`
      return sendProblem(reply, problemOf(new OtaError('OTA_NOT_FOUND', text)))
    }
    const allow = [...new Set(methods)].join(', ')
    void reply.header('allow', allow)
    return sendProblem(reply, problemOf(new OtaError('OTA_METHOD', `${path} knows ${allow}, not ${request.method}.`)))
  }
