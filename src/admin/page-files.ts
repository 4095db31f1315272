// The files of the web page, held in memory as bytes and as gzip, and how they are sent. Knows no route.

import type { FastifyReply, FastifyRequest } from 'fastify'

export interface PageFile {
  readonly type: string
  readonly etag: string
  readonly body: Buffer
  /** null: compressing would not make it smaller. */
  readonly gzip: Buffer | null
}

/** By path, such as `/assets/index-x.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>

interface StoredFile {
  readonly type: string
  readonly etag: string
  /** Base64. */
  readonly body: string
  readonly gzip: string | null
}

/** The one document of all views. */
export const documentPath = '/index.html'
/** That of the screens of test stations. */
export const stationDocumentPath = '/station.html'

/** Of what was stored as text; made when it is first asked for, since a start does not need it. */
const bytesOf = (base64: string): (() => Buffer) => {
  let text = base64
  let bytes: Buffer | undefined
  return () => {
    bytes ??= Buffer.from(text, 'base64')
    text = ''
    return bytes
  }
}

const fileOf = ({ type, etag, body, gzip }: StoredFile): PageFile => {
  const [plain, packed] = [bytesOf(body), gzip === null ? () => null : bytesOf(gzip)]
  return {
    type,
    etag: `"${etag}"`,
    get body() {
      return plain()
    },
    get gzip() {
      return packed()
    },
  }
}

/** Reads what bin/page.js writes; null: there is nothing. */
export const readPageFiles = (text: string | null): PageFiles => {
  if (text === null) return new Map()
  const stored = JSON.parse(text) as Readonly<Record<string, StoredFile>>
  return new Map(Object.entries(stored).map(([path, file]) => [path, fileOf(file)]))
}

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
    .some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag)

/** RFC 9110 §8.8.3.3: other bytes have another one. */
const gzipTag = (etag: string): string => etag.replace(/"$/, '-gzip"')

/** RFC 9110 §13.1.2. The status is that of the reply. */
export const sendPageFile = (request: FastifyRequest, reply: FastifyReply, path: string, file: PageFile): FastifyReply => {
  const isGzip = file.gzip !== null && takesGzip(request)
  const etag = isGzip ? gzipTag(file.etag) : file.etag
  void reply.headers({ etag, 'cache-control': cachingOf(path), vary: 'accept-encoding' })
  if (isKnown(request, etag)) return reply.code(304).send()
  if (isGzip) void reply.header('content-encoding', 'gzip')
  return reply.type(file.type).send(isGzip ? file.gzip : file.body)
}

const isHtmlWanted = ({ headers }: FastifyRequest): boolean => /\btext\/html\b/i.test(String(headers.accept ?? ''))

/** Whether somebody opens an address in a browser that is no route: who may get the page, which says that there is nothing. */
export const isVisit = (request: FastifyRequest): boolean =>
  request.is404 && /^(?:GET|HEAD)$/.test(request.method) && !/^\/(?:api|assets)(?:[/?]|$)/.test(request.url) && isHtmlWanted(request)
