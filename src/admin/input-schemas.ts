// What the admin API takes, as schemas: they check the input, make the types of the handlers and stand in openapi.json.
// Knows no route. Query values arrive as text and are converted by validation.ts first.

import { type Static, Type } from 'typebox'
import { taskStates } from '../ota/model.ts'
import { formed, strict } from './schema-words.ts'
import { signMethods } from './schemas.ts'

export const digits = (description: string) => formed('^[0-9]{1,19}$', 'field_not_an_id', { description })
export const flag = (value: boolean, description: string) => Type.Optional(Type.Boolean({ default: value, description }))
export const seconds = (value: number | undefined, description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 31_536_000, ...(value === undefined ? {} : { default: value }), description }))

/** Where a page starts and how much it holds. */
const pageFields = {
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Items of the page.' }),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description: '`next` of the page before.' })),
}
export const pageQuery = Type.Object(pageFields, strict)
export type PageQuery = Static<typeof pageQuery>

export const idParams = Type.Object({ id: Type.String({ description: 'Digits.' }) }, strict)
export const deviceParams = Type.Object(
  {
    product: Type.String({ description: 'Product key, URL-encoded.' }),
    name: Type.String({ description: 'Device name, URL-encoded.' }),
  },
  strict,
)

/** A pk/dn; names.ts has the last word. */
export const deviceRef = formed('^[^/]+/[^/]+$', 'field_not_a_device', { maxLength: 520, description: 'pk/dn' })
/** A tag has no spaces, commas or semicolons: lists of devices write several in one field. */
export const tag = formed('^[^\\s,;]+$', 'field_not_a_tag', {
  minLength: 1,
  maxLength: 64,
  description: 'A word without spaces, commas or semicolons.',
})
export const version = Type.String({ minLength: 1, maxLength: 64 })

export const uploadQuery = Type.Object(
  {
    product: Type.String({ minLength: 1, maxLength: 256, description: 'Product key.' }),
    version: Type.String({ description: 'What devices report once they run it; 1 to 64 characters.' }),
    module: Type.Optional(Type.String({ description: '`default` where left out; at most 64 characters.' })),
    description: Type.Optional(Type.String({ maxLength: 4096, description: 'For people; devices are told it too.' })),
    signMethod: Type.Optional(
      Type.Enum(signMethods, { type: 'string', description: 'The digest that devices are told. MD5 where left out.' }),
    ),
    from: Type.Optional(
      Type.Array(version, { maxItems: 1000, description: 'Only for devices on one of these versions; repeat it for several.' }),
    ),
  },
  strict,
)

export const deviceQuery = Type.Object(
  {
    product: Type.Optional(Type.String()),
    tag: Type.Optional(Type.String()),
    online: Type.Optional(Type.Boolean()),
    ...pageFields,
  },
  strict,
)

export const deviceInput = Type.Object(
  {
    secret: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 256 }), Type.Null()], { description: 'The device secret; null takes it away.' }),
    ),
    gateway: Type.Optional(Type.Union([deviceRef, Type.Null()], { description: 'pk/dn of its gateway; null takes it away.' })),
    tags: Type.Optional(Type.Array(tag, { maxItems: 64, description: 'All its tags.' })),
  },
  strict,
)

export const whyQuery = Type.Object(
  { module: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'All its modules where left out.' })) },
  strict,
)

export const taskQuery = Type.Object(
  {
    campaign: Type.Optional(digits('Id of a campaign.')),
    device: Type.Optional(deviceRef),
    state: Type.Optional(Type.Enum(taskStates, { type: 'string' })),
    attempts: Type.Optional(Type.Enum(['all'] as const, { type: 'string', description: 'Also attempts that a later one stands for.' })),
    ...pageFields,
  },
  strict,
)

export const eventsQuery = Type.Object(
  {
    campaign: Type.Optional(digits('Only this campaign and its tasks.')),
    device: Type.Optional(deviceRef),
    lastEventId: Type.Optional(Type.String({ description: 'As the header Last-Event-ID, for clients that cannot send it.' })),
  },
  strict,
)

export const eventsHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ description: 'The id of the last event seen: what came since is told first.' })),
})

export const cancelInput = Type.Optional(
  Type.Object({ force: flag(false, 'Stop those in progress too.') }, { ...strict, description: 'May be left out.' }),
)

export const nextInput = Type.Optional(
  Type.Object(
    { phase: Type.Optional(Type.Integer({ minimum: 2, description: 'The phase to open, from 2: refused where another one is next.' })) },
    { ...strict, description: 'May be left out.' },
  ),
)

/** Of acts that take nothing: what is sent all the same is told as not known, rather than passed over. */
export const noInput = Type.Optional(Type.Object({}, { ...strict, description: 'Has no fields; may be left out.' }))
