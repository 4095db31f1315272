// The JSON of webhooks: what is sent and what is answered. Knows no route.

import { type Static, Type } from 'typebox'
import { alertTypes } from '../alerts.ts'
import { name } from './access-schemas.ts'
import { counted, nullable, strict, text, time } from './schema-words.ts'
import { saidFields } from './sentence-schemas.ts'

const type = Type.Enum(alertTypes, { type: 'string' })
const maybeTime = (description: string) => nullable(Type.String({ format: 'date-time', description }))
const maybeStatus = nullable(Type.Integer({ description: 'The HTTP status of the answer; null: there was none.' }))

const trouble = Type.Object(
  {
    since: time,
    attempts: counted('Attempts that failed one after the other.'),
    nextAttemptAt: time,
    status: maybeStatus,
    ...saidFields('What came back.'),
  },
  { ...strict, description: 'Why the oldest event that waits is not delivered.' },
)

const parkedEvent = Type.Object({ id: text, type: text, at: time, ...saidFields('The last refusal.') }, strict)

const fields = {
  name: text,
  url: Type.String({ description: 'Credentials and query are replaced by `***`.' }),
  events: Type.Array(type, { description: 'Empty: all.' }),
  products: Type.Array(text, { description: 'Empty: all.' }),
  ca: Type.Boolean({ description: 'Whether it has certificates of authorities of its own.' }),
  createdAt: time,
  createdBy: text,
  backlog: counted('Events that wait.'),
  oldestAt: maybeTime('When the oldest event that waits happened.'),
  parked: Type.Object(
    { count: counted('Events that were refused too often.'), newest: Type.Array(parkedEvent) },
    { ...strict, description: 'They wait for `POST /webhooks/{name}/retry`; the newest 10 are listed.' },
  ),
  trouble: nullable(trouble),
  delivered: counted('Since the start.'),
  failedAttempts: counted('Since the start.'),
  dropped: counted('Since the start: too many waited, or for more than 30 days.'),
  deliveredAt: maybeTime('Of the last delivery since the start.'),
}

const webhook = Type.Object(fields, { ...strict, $id: 'Webhook', description: 'A webhook, without its secret.' })
const webhookWithSecret = Type.Object(
  { ...fields, secret: nullable(Type.String({ description: 'Shown only now; null: it has not changed, or was given.' })) },
  { ...strict, $id: 'WebhookWithSecret', description: 'A webhook that was made or changed.' },
)
const webhookTest = Type.Object(
  {
    id: Type.String({ description: 'Of the event that was sent.' }),
    ok: Type.Boolean({ description: 'The receiver took it.' }),
    status: maybeStatus,
    ms: counted('How long it took.'),
    ...saidFields('What came back.'),
  },
  { ...strict, $id: 'WebhookTest', description: 'What came back of a test.' },
)
const webhookRetry = Type.Object({ events: counted('That wait again.') }, { ...strict, $id: 'WebhookRetry' })

export const webhookSchemas = [webhook, webhookWithSecret, webhookTest, webhookRetry] as const

export type WebhookJson = Static<typeof webhook>
export type WebhookTestJson = Static<typeof webhookTest>

const url = Type.String({ minLength: 1, maxLength: 2000, description: 'http or https. It is shown without credentials and query.' })
const secret = Type.String({ minLength: 16, maxLength: 256, description: 'Signs what is sent.' })
const events = Type.Array(type, { maxItems: alertTypes.length, description: 'Empty: all.' })
const products = Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100, description: 'Empty: all.' })
const ca = Type.String({ minLength: 1, maxLength: 65_536, description: 'PEM certificates of authorities to trust besides the usual ones.' })

export const webhookInput = Type.Object(
  {
    name,
    url,
    secret: Type.Optional(secret),
    events: Type.Optional(events),
    products: Type.Optional(products),
    ca: Type.Optional(ca),
  },
  { ...strict, examples: [{ name: 'ops', url: 'https://alerts.example/fogbell', events: ['campaign.paused', 'store.failed'] }] },
)

export const webhookChanges = Type.Object(
  {
    url: Type.Optional(url),
    secret: Type.Optional(nullable(Type.String({ minLength: 16, maxLength: 256, description: 'null: a new one is made.' }))),
    events: Type.Optional(events),
    products: Type.Optional(products),
    ca: Type.Optional(nullable(ca)),
  },
  { ...strict, examples: [{ events: [] }] },
)
