// What every route is given, and how a route is described: its operation, its input, its answers. Knows no route.

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify'
import { type TSchema, Type } from 'typebox'
import type { OtaError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Access, Caller } from '../ota/ports/access.ts'
import type { Backups } from '../ota/ports/backups.ts'
import type { FirmwareFiles } from '../ota/ports/files.ts'
import type { Operators } from '../ota/ports/operators.ts'
import type { Webhooks } from '../ota/ports/webhooks.ts'
import type { OtaSettings } from '../settings.ts'
import type { Stations } from '../station/ports.ts'
import type { EventLog } from './event-log.ts'
import type { ImageRemoval } from './image-removal.ts'
import type { Metrics } from './metrics.ts'
import type { OverviewFeed } from './overview-feed.ts'
import type { PageFeed } from './page-feed.ts'
import type { PageFiles } from './page-files.ts'
import { problemType } from './problem.ts'
import type { Pulse } from './pulse.ts'
import type { Site } from './site.ts'

export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** How devices should reach the server, to try it. */
export interface Reach {
  readonly mqtt: readonly string[]
  readonly firmware: readonly string[]
  /** What links begin with instead, by the setting that says so. */
  readonly publicUrls: readonly { readonly setting: string; readonly url: string }[]
  /** The path of a new test link. */
  readonly probe: string
}

export interface AppDeps {
  /** Who may use the API. */
  readonly access: Access
  /** Addresses and networks of proxies whose X-Forwarded-For counts. */
  readonly trustedProxies: readonly string[]
  /** Makes a new admin.token, which counts when it resolves. OTA_DATA_DIR if it cannot be stored: then the old one stays. */
  readonly renewToken: () => Promise<{ readonly token: string; readonly file: string }>
  readonly operators: Operators
  readonly files: FirmwareFiles
  readonly backups: Backups
  readonly webhooks: Webhooks
  readonly stations: Stations
  readonly maxFileBytes: number
  readonly ready: () => boolean
  /** Why nothing can be stored now; null: it can. */
  readonly storeFailure: () => OtaError | null
  readonly version: string
  readonly reach: () => Reach
  readonly log: Log
  readonly metrics: Metrics
  readonly events: EventLog
  readonly ota: OtaSettings
  /** For ETags that say nothing of secrets; the same after a restart. */
  readonly etagKey: string
  /** The server around the API. */
  readonly site: Site
  /** The core's clock: milliseconds since the epoch. */
  readonly now: () => number
  /** What bin/page.js made: the web page; null: it was not built. */
  readonly page?: string | null
  /** Between two comments on an idle event stream; 15 s by default. */
  readonly heartbeatMs?: number
  /** A connection on which nothing moves for so long in the middle of a request is closed; 60 s by default. */
  readonly stallMs?: number
  /** Open at once; 2,000 by default. */
  readonly maxConnections?: number
}

/** An answer that may take long: it ends when its caller loses the right to it. */
export interface OpenStream {
  readonly caller: Caller
  /** A stream of events does not: it is ended when the server stops. */
  readonly endsByItself: boolean
  end(): void
}

/** What the routes share besides. */
export interface ApiContext extends AppDeps {
  readonly images: ImageRemoval
  readonly pulse: Pulse
  readonly feed: OverviewFeed
  readonly pageFiles: PageFiles
  readonly pages: PageFeed
  readonly streams: Set<OpenStream>
  /** For long work in pieces, of which one at a time gets a turn. */
  readonly pause: () => Promise<void>
  /** Ends the streams of those who may not have them any more. */
  readonly endRevoked: () => void
}

export const base = '/api/v1'

/** An answer that is one of the named schemas. */
export const answer = (name: string, description: string) => ({ description, content: { 'application/json': { schema: Type.Ref(name) } } })

export const listAnswer = (schema: TSchema, description: string) => ({
  description,
  content: {
    'application/json': {
      schema: Type.Object({ items: Type.Array(schema), next: Type.Union([Type.String(), Type.Null()]) }, { additionalProperties: false }),
    },
  },
})

/** A list that also says how many there are. */
export const countedAnswer = (schema: TSchema, description: string) => ({
  description,
  content: {
    'application/json': {
      schema: Type.Object(
        {
          items: Type.Array(schema),
          next: Type.Union([Type.String(), Type.Null()]),
          count: Type.Integer({ minimum: 0, description: 'All that match, on all pages.' }),
          total: Type.Integer({ minimum: 0, description: 'All that are known.' }),
        },
        { additionalProperties: false },
      ),
    },
  },
})

/** The same also as CSV: all items, without pages. */
export const orCsv = <const A extends { readonly content: object }>(list: A) => ({
  ...list,
  content: {
    ...list.content,
    'text/csv': { schema: Type.Unsafe<unknown>({ type: 'string', description: 'RFC 4180 in UTF-8; the first line names the columns.' }) },
  },
})

export const noContent = Type.Null({ description: 'Done.' })

const problem = (description: string) => ({ description, content: { [problemType]: { schema: Type.Ref('Problem') } } })

/** What every route may answer besides. */
const problems = {
  '4xx': problem('Refused; `code` and `detail` say why.'),
  '5xx': problem('Not done: the server is stopping, the store failed, or an internal error.'),
} as const

interface Input {
  readonly params?: TSchema
  readonly querystring?: TSchema
  readonly headers?: TSchema
  readonly body?: TSchema | { readonly content: object }
  readonly description?: string
  /** Left out: the token is needed. */
  readonly security?: Record<string, readonly string[]>[]
}

/** Says of an operation of that tag what openapi.json shows and what its input is checked by; `answers` by status, beside problems. */
export const operations =
  (tag: string) =>
  <const I extends Input, const A extends object>(operationId: string, summary: string, input: I, answers: A) => ({
    schema: { operationId, tags: [tag], summary, ...input, response: { ...answers, ...problems } },
  })
