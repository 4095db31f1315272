// The web page: one document under the address of each of its views, and its scripts and styles, all from memory. Anybody may have them: what
// they show comes from the API.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { Api, ApiContext } from '../api.ts'
import { type PageFile, readPageFiles } from '../page-files.ts'

/** The addresses of the page's views; each answers with the same document. */
export const pagePaths = ['/', '/devices', '/devices/*', '/firmware', '/campaigns', '/campaigns/*', '/log', '/settings'] as const

/** Names of assets hold a digest of their content. The worker has one name for all versions. */
const yearSeconds = 31_536_000
const cachingOf = (path: string): string =>
  /^\/assets\/.*-[\w-]{8}\.\w+$/.test(path) ? `public, max-age=${yearSeconds}, immutable` : 'no-cache'

/** RFC 9110 §12.5.3: any member that names gzip with a weight above 0. */
const takesGzip = ({ headers }: FastifyRequest): boolean =>
  String(headers['accept-encoding'] ?? '')
    .split(',')
    .some((each) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(each))

const isKnown = ({ headers }: FastifyRequest, etag: string): boolean =>
  String(headers['if-none-match'] ?? '')
    .split(',')
    .some((each) => each.trim().replace(/^W\//, '') === etag)

const send = (request: FastifyRequest, reply: FastifyReply, path: string, file: PageFile): FastifyReply => {
  void reply.headers({ etag: file.etag, 'cache-control': cachingOf(path), vary: 'accept-encoding' })
  if (isKnown(request, file.etag)) return reply.code(304).send()
  const isGzip = file.gzip !== null && takesGzip(request)
  if (isGzip) void reply.header('content-encoding', 'gzip')
  return reply.type(file.type).send(isGzip ? file.gzip : file.body)
}

const notBuilt = (): OtaError => new OtaError('OTA_NOT_FOUND', sentence('page_not_built'))
const hidden = { schema: { hide: true, querystring: {} } }

export const pageRoutes = (app: Api, { page }: ApiContext): void => {
  const files = page === undefined || page === null ? null : readPageFiles(page)
  const document = files?.get('/index.html')
  for (const path of pagePaths) {
    app.get(path, hidden, (request, reply) => {
      if (document === undefined) throw notBuilt()
      return send(request, reply, '/index.html', document)
    })
  }
  const icon = files?.get('/favicon.svg')
  if (icon !== undefined) app.get('/favicon.ico', hidden, (request, reply) => send(request, reply, '/favicon.svg', icon))
  for (const [path, file] of files ?? []) {
    if (path !== '/index.html') app.get(path, hidden, (request, reply) => send(request, reply, path, file))
  }
}
