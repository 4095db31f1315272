// Every refusal of the admin API as an RFC 9457 problem: our own errors by their table, Fastify's by their status, anything
// else as OTA_INTERNAL without details. Knows no route.

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, errorEntry, errorSentence, type Fault, OtaError, titleOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { inLanguageOf } from './language.ts'
import { documentPath, isVisit, type PageFiles, sendPageFile } from './page-files.ts'
import type { FaultJson, ProblemJson } from './schemas.ts'
import { securityHeaders } from './security-headers.ts'
import { faultSentence } from './sentence-views.ts'

export const problemType = 'application/problem+json'

/** Of an error that was thrown with a text, the sentence of its code. */
const sentenceOf = ({ code, sentence: said }: OtaError): Sentence => said ?? errorSentence(code)

const faultView = (fault: Fault): FaultJson => {
  const { code, params } = faultSentence(fault)
  return { path: fault.path, message: fault.message, code, params }
}

export const problemOf = (error: OtaError): ProblemJson => {
  const { status } = errorEntry(error.code)
  const title = titleOf(error.code)
  const { code: detailCode, params } = sentenceOf(error)
  const reason = error.reason === null ? {} : { reason: error.reason }
  const problem = { type: 'about:blank', title, status, code: error.code, ...reason, detail: error.message, detailCode, params }
  return error.faults.length === 0 ? problem : { ...problem, faults: error.faults.map(faultView) }
}

/** Fastify's own refusals in our words: theirs may quote the body, which may hold a secret. */
const framework: Readonly<Record<string, readonly [ErrorCode, Sentence]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['OTA_BODY_TOO_LARGE', sentence('body_too_large')],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['OTA_BODY_TYPE', sentence('body_type_unsupported')],
  FST_ERR_CTP_INVALID_JSON_BODY: ['OTA_BAD_REQUEST', sentence('body_not_json')],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['OTA_BAD_REQUEST', sentence('body_length_wrong')],
  FST_ERR_BAD_URL: ['OTA_BAD_REQUEST', sentence('url_invalid')],
}

const translated = (error: FastifyError | Error): OtaError => {
  const known = 'code' in error ? framework[error.code] : undefined
  if (known !== undefined) return new OtaError(known[0], known[1], { cause: error })
  const status = 'statusCode' in error ? error.statusCode : undefined
  if (status !== undefined && status >= 400 && status < 500)
    return new OtaError('OTA_BAD_REQUEST', sentence('request_unreadable'), { cause: error })
  return new OtaError('OTA_INTERNAL', undefined, { cause: error })
}

/** RFC 9110 §10.2.3. */
const retryAfter = ({ code, params }: ProblemJson): Record<string, string> =>
  code === 'OTA_TOO_MANY_TRIES' ? { 'retry-after': String(typeof params['seconds'] === 'number' ? params['seconds'] : 5) } : {}

/** What the router refuses does not reach the hook that says answers in their language. */
const sendProblem = (request: FastifyRequest, reply: FastifyReply, problem: ProblemJson): FastifyReply =>
  reply
    .headers(retryAfter(problem))
    .code(problem.status)
    .headers(securityHeaders)
    .type(problemType)
    .send(inLanguageOf(request, reply, problem))

/** What a handler threw, as an answer. An internal error is logged with its cause; the answer names only the request's id. */
export const errorHandler =
  (log: Log) =>
  (thrown: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const error = thrown instanceof OtaError ? thrown : translated(thrown)
    const problem = problemOf(error)
    const fields = { request: request.id, method: request.method, path: request.url, code: problem.code }
    if (problem.status >= 500) log.error({ ...fields, err: error.cause ?? error }, `admin: ${error.message}`)
    else log.debug(fields, `admin: refused: ${error.message}`)
    if (error.code !== 'OTA_INTERNAL') return sendProblem(request, reply, problem)
    return sendProblem(request, reply, problemOf(new OtaError('OTA_INTERNAL', sentence('internal_error', { request: request.id }))))
  }

/** The paths and methods that are there, so that a wrong method is distinguished from a wrong path. */
export interface KnownRoute {
  readonly method: string
  readonly pattern: RegExp
}

export const knownRoute = (method: string, url: string): KnownRoute => ({
  method,
  pattern: new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:[a-z]+(?:\(.*\))?/gi, '[^/]+')}$`),
})

export const notFoundHandler =
  (known: readonly KnownRoute[], pageFiles: PageFiles) =>
  (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const document = isVisit(request) ? pageFiles.get(documentPath) : undefined
    if (document !== undefined) return sendPageFile(request, reply.code(404), documentPath, document)
    const [path = ''] = request.url.split('?')
    const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (methods.length === 0)
      return sendProblem(
        request,
        reply,
        problemOf(new OtaError('OTA_NOT_FOUND', sentence('no_such_path', { method: request.method, path }))),
      )
    const allowed = [...new Set(methods)]
    void reply.header('allow', allowed.join(', '))
    const said = sentence('method_unsupported', { path, allowed, method: request.method })
    return sendProblem(request, reply, problemOf(new OtaError('OTA_METHOD', said)))
  }
