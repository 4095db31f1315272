// The admin API as a Fastify application, not yet listening: hooks, error handlers, parsers, routes.

import { createServer as createHttp, type RequestListener, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { Socket } from 'node:net'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { type FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { OtaError } from '../errors.ts'
import { parseMembers, repeatedName } from '../ota/rules/json-members.ts'
import { sentence } from '../sentences/sentence.ts'
import type { Api, ApiContext, AppDeps, OpenStream } from './api.ts'
import { addAudit } from './audited.ts'
import { letSend, linger } from './bodies.ts'
import { callerOf, isWrite } from './callers.ts'
import { createTexts } from './event-texts.ts'
import { createImageRemoval } from './image-removal.ts'
import { inLanguageOf } from './language.ts'
import { asBytes, listBytes } from './long-json.ts'
import { openapiOptions } from './openapi-document.ts'
import { figuresNow } from './overview.ts'
import { createOverviewFeed } from './overview-feed.ts'
import { createPageFeed } from './page-feed.ts'
import { isVisit, readPageFiles } from './page-files.ts'
import { errorHandler, type KnownRoute, knownRoute, notFoundHandler, problemOf, problemType } from './problem.ts'
import { createOrigins } from './proxies.ts'
import { createPulse, pulseMs } from './pulse.ts'
import { mustMeet, rightOf } from './rights.ts'
import { auditRoutes } from './routes/audit-routes.ts'
import { backupRoutes } from './routes/backup-routes.ts'
import { campaignRoutes } from './routes/campaign-routes.ts'
import { connectionRoutes } from './routes/connection-routes.ts'
import { deviceRoutes } from './routes/device-routes.ts'
import { doctorRoutes } from './routes/doctor-routes.ts'
import { eventRoutes } from './routes/event-routes.ts'
import { firmwareRoutes } from './routes/firmware-routes.ts'
import { overviewRoutes } from './routes/overview-routes.ts'
import { pageRoutes } from './routes/page-routes.ts'
import { peopleRoutes } from './routes/people-routes.ts'
import { procedureRoutes } from './routes/procedure-routes.ts'
import { runRoutes } from './routes/run-routes.ts'
import { sessionRoutes } from './routes/session-routes.ts'
import { stationRoutes } from './routes/station-routes.ts'
import { statusRoutes } from './routes/status-routes.ts'
import { taskRoutes } from './routes/task-routes.ts'
import { tokenRoutes } from './routes/token-routes.ts'
import { unitRoutes } from './routes/unit-routes.ts'
import { webhookRoutes } from './routes/webhook-routes.ts'
import { yieldRoutes } from './routes/yield-routes.ts'
import { namedSchemas } from './schemas.ts'
import { securityHeaders } from './security-headers.ts'
import { createPauses } from './turns.ts'
import { setCompilers, withoutAjv } from './validation.ts'
import { webhookSchemas } from './webhook-schemas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler itself asks the client for the body (100 Continue), after its own checks. */
    readsBody?: boolean
    /** JSON in which an object has a name twice is refused: of two values the last would count. */
    hasUniqueNames?: boolean
  }
}

export interface Tls {
  readonly cert: string
  readonly key: string
}

const maxJsonBytes = 1_048_576
/** The default of `stallMs`. */
const stall = 60_000
/** Far more than operators and scripts need: others must not use up the files that MQTT needs too. */
const mostConnections = 2000
const keepAliveMs = 75_000
const guardMs = 15_000
/** As long as the head of a request may be, so that no name is too long for the router. */
const maxParamLength = 16_384

const headerLines = Object.entries(securityHeaders)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

/** What Node's parser refuses never becomes a request: a bare answer, then the connection is closed. */
const malformed = (): string => {
  const body = JSON.stringify(problemOf(new OtaError('OTA_BAD_REQUEST', sentence('http_malformed'))))
  return `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headerLines}\r\n${body}`
}

/** The result of `make`, which uses a certificate and key; OTA_BAD_SETTINGS where they cannot be used. */
export const usable = <T>(make: () => T): T => {
  try {
    return make()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OtaError('OTA_BAD_SETTINGS', sentence('admin_certificate_unusable', { why }), { cause })
  }
}

const createServer = (
  { stallMs = stall, maxConnections: most = mostConnections }: AppDeps,
  tls: Tls | null,
  handler: RequestListener,
): Server => {
  const server =
    tls === null ? createHttp(handler) : usable(() => createHttps({ cert: tls.cert, key: tls.key, handshakeTimeout: stallMs }, handler))
  // Before the end of the handshake no answer can be sent, and waiting for one would keep the connection open.
  server.on('tlsClientError', (_error, socket: Socket) => socket.destroy())
  server.setTimeout(stallMs)
  server.maxConnections = most
  server.keepAliveTimeout = keepAliveMs
  // No limit on a whole request: a large image over a slow connection may take long, as long as it moves.
  server.requestTimeout = 0
  return server
}

const createInstance = (deps: AppDeps, tls: Tls | null): Api =>
  fastify({
    // Fastify sets its time-outs only on servers that it makes itself.
    serverFactory: (handler) => createServer(deps, tls, handler),
    bodyLimit: maxJsonBytes,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    schemaController: withoutAjv,
    routerOptions: { maxParamLength },
    frameworkErrors: (error, request, reply) => void errorHandler(deps.log)(error, request, reply),
    clientErrorHandler: (_error, socket) => {
      if (socket.writable) socket.end(malformed())
      else socket.destroy()
    },
  }).withTypeProvider<TypeBoxTypeProvider>()

/** What is no JSON is left to the parser. */
const repeatedNameIn = (text: string): string | undefined => {
  try {
    return repeatedName(parseMembers(text))
  } catch {
    return undefined
  }
}

/** Of a name in a sentence. */
const longestName = 128

const mustHaveUniqueNames = (text: string): void => {
  const name = repeatedNameIn(text)
  if (name !== undefined)
    throw new OtaError('OTA_BAD_REQUEST', sentence('json_name_repeated', { name: JSON.stringify(name.slice(0, longestName)) }))
}

/** JSON as Fastify reads it; an empty body counts as none. */
const addParsers = (app: Api): void => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (String(text).trim() === '') {
      done(null)
      return
    }
    if (request.routeOptions.config.hasUniqueNames === true) mustHaveUniqueNames(String(text))
    return parse(request, String(text), done)
  })
}

const noQuery = Type.Object({}, { additionalProperties: false })

/** Who makes the request, and whether the role allows it. What there is not is shown to nobody who is unknown. */
const admit = (request: FastifyRequest, { gate }: AppDeps['access']): void => {
  const right = rightOf(request.method, request.routeOptions.url ?? '') ?? 'known'
  if (right === 'open' || isVisit(request)) return
  request.caller = callerOf(gate, request.raw, { address: request.from, isTls: request.isTls })
  mustMeet(request.caller, right)
}

const asIs = <T>(payload: T): T => payload

const addHooks = (app: Api, { access, trustedProxies }: AppDeps, isClosing: () => boolean): void => {
  const originOf = createOrigins(trustedProxies)
  app.decorateRequest('caller', null)
  app.decorateRequest('from', '')
  app.decorateRequest('isTls', false)
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers({ ...securityHeaders, 'cache-control': 'no-store' })
    if (isClosing()) throw new OtaError('OTA_STOPPING', sentence('server_stopping'))
    const { address, isTls } = originOf(request.raw)
    request.from = address
    request.isTls = isTls
    admit(request, access)
    done()
  })
  app.addHook('preParsing', (request, reply, _payload, done) => {
    if (request.routeOptions.config.readsBody !== true) letSend(request.raw, reply.raw)
    done()
  })
  app.addHook('preSerialization', (request, reply, payload, done) => {
    const answer = inLanguageOf(request, reply, payload)
    const bytes = request.method === 'GET' ? listBytes(answer) : undefined
    if (bytes !== undefined) void reply.serializer(asIs)
    done(null, bytes ?? answer)
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode === 401) void reply.header('www-authenticate', 'Bearer realm="fogbell"')
    // Closing at once would hide the answer from a client that is still sending: linger() ends such a connection.
    const lingers = linger(request.raw)
    if (isClosing() || lingers) void reply.header('connection', 'close')
    else void reply.removeHeader('connection')
    done(null, request.method === 'GET' ? asBytes(payload) : payload)
  })
}

/** The body, or an act before this one, may have taken its time, and rights may have been taken away meanwhile. */
const admitAgain = (app: Api, { gate }: AppDeps['access']): void => {
  app.addHook('preHandler', (request, _reply, done) => {
    if (request.caller !== null && isWrite(request)) gate.mustBeCurrent(request.caller)
    done()
  })
}

const allRoutes = [
  statusRoutes,
  overviewRoutes,
  firmwareRoutes,
  deviceRoutes,
  connectionRoutes,
  campaignRoutes,
  taskRoutes,
  eventRoutes,
  backupRoutes,
  sessionRoutes,
  peopleRoutes,
  tokenRoutes,
  webhookRoutes,
  auditRoutes,
  doctorRoutes,
  procedureRoutes,
  stationRoutes,
  runRoutes,
  unitRoutes,
  yieldRoutes,
  pageRoutes,
]

/** While `isClosing`, requests are refused with OTA_STOPPING. `tls` null: plain HTTP. */
export const createApp = async (
  deps: AppDeps,
  tls: Tls | null,
  isClosing: () => boolean,
): Promise<{ readonly app: Api; readonly context: ApiContext }> => {
  const { operators, files, maxFileBytes, log } = deps
  const pulse = createPulse(deps.site, deps.now)
  const images = createImageRemoval(files, operators, maxFileBytes, log)
  const feed = createOverviewFeed(
    () => figuresNow(context),
    (error) => log.error({ err: error }, 'the overview could not be computed'),
  )
  const pages = createPageFeed(deps.events, () => createTexts({ ...deps, isBrief: true }), deps)
  const streams = new Set<OpenStream>()
  const endRevoked = (): void => {
    for (const stream of streams) if (!deps.access.gate.isCurrent(stream.caller)) stream.end()
  }
  deps.access.gate.onRevoked(endRevoked)
  const pageFiles = readPageFiles(deps.page ?? null)
  const context: ApiContext = { ...deps, images, pulse, feed, pageFiles, pages, streams, endRevoked, pause: createPauses() }
  const app = createInstance(deps, tls)
  const beat = setInterval(pulse.tick, pulseMs).unref()
  // Sessions also end by time.
  const guard = setInterval(endRevoked, deps.heartbeatMs ?? guardMs).unref()
  app.addHook('onClose', (_app, done) => {
    clearInterval(beat)
    clearInterval(guard)
    feed.close()
    pages.close()
    done()
  })
  const known: KnownRoute[] = []
  setCompilers(app)
  app.setErrorHandler(errorHandler(log))
  app.setNotFoundHandler(notFoundHandler(known, pageFiles))
  addParsers(app)
  addHooks(app, deps, isClosing)
  addAudit(app, context)
  admitAgain(app, deps.access)
  // An unknown query name is refused, also by routes without a query.
  app.addHook('onRoute', (route) => {
    if (route.schema !== undefined && route.schema.querystring === undefined) route.schema = { ...route.schema, querystring: noQuery }
  })
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) {
      if (rightOf(one, url) === undefined) throw new Error(`${one} ${url} has no row in rights.ts`)
      known.push(knownRoute(one, url))
    }
  })
  for (const schema of [...namedSchemas, ...webhookSchemas]) app.addSchema(schema)
  await app.register(swagger, openapiOptions(deps.version))
  for (const routes of allRoutes) routes(app, context)
  app.server.on('checkContinue', (request, response) => app.routing(request, response))
  return { app, context }
}
