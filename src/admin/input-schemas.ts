// What the admin API takes, as schemas: they check the input, give the handlers their types and are part of openapi.json. Knows no route.
// Query values arrive as text and are converted by validation.ts first.

import { type Static, Type } from 'typebox'
import { taskStates } from '../ota/model.ts'
import { campaignStatuses } from './campaign-schemas.ts'
import { deviceSorts, deviceTaskStates } from './device-filter.ts'
import { signMethods } from './firmware-schemas.ts'
import { formed, strict } from './schema-words.ts'

export const digits = (description: string) => formed('^[0-9]{1,19}$', 'field_not_an_id', { description })
export const flag = (value: boolean, description: string) => Type.Optional(Type.Boolean({ default: value, description }))
export const seconds = (value: number | undefined, description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 31_536_000, ...(value === undefined ? {} : { default: value }), description }))

/** Where a page starts and how many items it has. */
const pageFields = {
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Items of the page.' }),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description: '`next` of the page before.' })),
}
export const pageQuery = Type.Object(pageFields, strict)

/** Of lists that are also there as CSV. */
const csvFields = {
  format: Type.Optional(
    Type.Enum(['json', 'csv'] as const, {
      type: 'string',
      description: '`csv`: all that match as CSV, without pages. By default what the header Accept prefers, or JSON.',
    }),
  ),
  bom: Type.Boolean({ default: false, description: 'CSV that begins with a byte order mark, by which spreadsheets recognise UTF-8.' }),
}
export type PageQuery = Static<typeof pageQuery>

/** The refused connections that are asked for. */
const refusalFields = {
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Only for this reason.' })),
  address: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Only from this address.' })),
}
export const refusedQuery = Type.Object({ ...refusalFields, ...pageFields }, strict)
export const refusalGroupsQuery = Type.Object(refusalFields, strict)

export const idParams = Type.Object({ id: Type.String({ description: 'Digits.' }) }, strict)
export const deviceParams = Type.Object(
  {
    product: Type.String({ description: 'Product key, URL-encoded.' }),
    name: Type.String({ description: 'Device name, URL-encoded.' }),
  },
  strict,
)

/** A pk/dn; the core checks the rest of its form (names.ts). */
export const deviceRef = formed('^[^/]+/[^/]+$', 'field_not_a_device', { maxLength: 520, description: 'pk/dn' })
/** Without spaces, commas and semicolons, since lists of devices have several tags in one field. */
export const tag = formed('^[^\\s,;]+$', 'field_not_a_tag', {
  minLength: 1,
  maxLength: 64,
  description: 'A word without spaces, commas or semicolons.',
})
/** Control characters are taken off what devices report: with one in it no device would ever report it. */
const reported = (options: Parameters<typeof formed>[2]) =>
  formed('^[^\\u0000-\\u001f\\u007f-\\u009f]*$', 'field_has_control_character', options)
export const version = reported({ minLength: 1, maxLength: 64, description: 'A version, 1 to 64 characters.' })

export const uploadQuery = Type.Object(
  {
    product: Type.String({ minLength: 1, maxLength: 256, description: 'Product key.' }),
    version: reported({ description: 'What devices report once it is installed; 1 to 64 characters.' }),
    module: Type.Optional(reported({ description: 'By default `default`; at most 64 characters.' })),
    description: Type.Optional(
      formed('^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$', 'field_has_binary_character', {
        maxLength: 4096,
        description: 'For people; devices get it too.',
      }),
    ),
    signMethod: Type.Optional(Type.Enum(signMethods, { type: 'string', description: 'The digest that devices get; by default MD5.' })),
    from: Type.Optional(
      Type.Array(version, { maxItems: 1000, description: 'Only for devices on one of these versions; repeat it for several.' }),
    ),
  },
  strict,
)

export const firmwareQuery = Type.Object(
  {
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Only those with this in product, module, version, description or SHA-256, in upper or lower case.',
      }),
    ),
    product: Type.Optional(Type.String({ description: 'Only of this product.' })),
    module: Type.Optional(Type.String({ description: 'Only of this module.' })),
    version: Type.Optional(Type.String({ description: 'Only this version.' })),
    sort: Type.Optional(
      Type.Enum(['id', '-id'] as const, { type: 'string', description: '`id`, the default: oldest first. `-id`: newest first.' }),
    ),
    ...pageFields,
  },
  strict,
)
export type FirmwareQuery = Static<typeof firmwareQuery>

export const deviceQuery = Type.Object(
  {
    product: Type.Optional(Type.String({ description: 'Only of this product.' })),
    tag: Type.Optional(Type.String({ description: 'Only with this tag.' })),
    gateway: Type.Optional(deviceRef),
    online: Type.Optional(Type.Boolean({ description: 'Only those that are connected, or that are not.' })),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Part of the name, of a tag or of the address, in upper or lower case; with a `/`, part of product/name.',
      }),
    ),
    module: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Only those that have reported this module.' })),
    version: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Only those on which `module`, or any, runs it.' })),
    not: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'Only those that have reported `module`, or any, and do not run this version.',
      }),
    ),
    state: Type.Optional(
      Type.Enum(deviceTaskStates, {
        type: 'string',
        description: 'Only those with an open task in this state; `none`: without an open task.',
      }),
    ),
    failed: Type.Optional(
      Type.Boolean({
        description:
          'Only those whose newest update of `module`, or of any, failed, timed out, was rolled back or rejected, and that do not run its version; or the others.',
      }),
    ),
    behind: Type.Optional(
      formed('^(any|[0-9]{1,19})$', 'field_not_behind', {
        description: 'Only those that this campaign is for and that run another version than its; `any`: of the active campaigns.',
      }),
    ),
    sort: Type.Optional(
      Type.Enum(deviceSorts, {
        type: 'string',
        description:
          'By default by product and name. `-`: descending. A version is that of `module`, or of `default`, or of the first module.',
      }),
    ),
    ...pageFields,
    ...csvFields,
  },
  strict,
)

export const deviceInput = Type.Object(
  {
    secret: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 256 }), Type.Null()], { description: 'The device secret; null removes it.' }),
    ),
    gateway: Type.Optional(Type.Union([deviceRef, Type.Null()], { description: 'pk/dn of its gateway; null removes it.' })),
    tags: Type.Optional(Type.Array(tag, { maxItems: 64, description: 'All its tags.' })),
  },
  { ...strict, examples: [{ secret: '0123456789abcdef0123456789abcdef', gateway: 'lamp/gw1', tags: ['floor-2'] }] },
)

export const whyQuery = Type.Object(
  { module: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'By default all its modules.' })) },
  strict,
)

export const campaignQuery = Type.Object(
  {
    status: Type.Optional(Type.Enum(campaignStatuses, { type: 'string', description: 'Only campaigns with this status.' })),
    kind: Type.Optional(
      Type.Enum(['station'] as const, { type: 'string', description: 'The campaigns of test stations, which are not listed otherwise.' }),
    ),
    sort: Type.Optional(
      Type.Enum(['id', '-id'] as const, { type: 'string', description: '`id`, the default: oldest first. `-id`: newest first.' }),
    ),
    ...pageFields,
    ...csvFields,
  },
  strict,
)

export const taskQuery = Type.Object(
  {
    campaign: Type.Optional(digits('Id of a campaign.')),
    device: Type.Optional(deviceRef),
    state: Type.Optional(Type.Enum(taskStates, { type: 'string', description: 'Only tasks in this state.' })),
    attempts: Type.Optional(
      Type.Enum(['all'] as const, { type: 'string', description: 'Also attempts that were followed by another one.' }),
    ),
    ...pageFields,
    ...csvFields,
  },
  strict,
)

export const eventsQuery = Type.Object(
  {
    only: Type.Optional(
      Type.Enum(['overview', 'page', 'devices', 'tasks', 'campaigns', 'stations'] as const, {
        type: 'string',
        description:
          'Only events of this kind. `overview`: the figures of the overview that have changed, at most once a second. ' +
          '`page`: these, all campaigns, and the devices of `among` and their tasks, gathered four times a second: all that a browser needs, with one stream for all its pages.',
      }),
    ),
    campaign: Type.Optional(digits('Only this campaign and its tasks.')),
    device: Type.Optional(deviceRef),
    product: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Only devices of this product, and their tasks.' })),
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Only devices with this in the name, in upper or lower case, and their tasks.',
      }),
    ),
    among: Type.Optional(
      Type.Array(deviceRef, { minItems: 1, maxItems: 200, description: 'Only these devices and their tasks; repeat it for each.' }),
    ),
    messages: Type.Optional(
      Type.Array(deviceRef, {
        minItems: 1,
        maxItems: 8,
        description: 'With `only=page`: raw messages of these devices too, from the role operator on; repeat it for each.',
      }),
    ),
    station: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'Only this test station: its runs, its refused scans, its changes.' }),
    ),
    language: Type.Optional(
      Type.String({ maxLength: 64, description: 'Like the header Accept-Language, for browsers, which set it themselves.' }),
    ),
    lastEventId: Type.Optional(Type.String({ description: 'Like the header Last-Event-ID, for clients that cannot send it.' })),
  },
  strict,
)

export type EventsQuery = Omit<Static<typeof eventsQuery>, 'lastEventId' | 'language'>

export const eventsHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ description: 'The id of the last event seen: later ones are sent first.' })),
})

export const cancelInput = Type.Optional(
  Type.Object(
    { force: flag(false, 'Cancel tasks in progress too.') },
    { ...strict, description: 'Optional.', examples: [{ force: true }] },
  ),
)

export const nextInput = Type.Optional(
  Type.Object(
    { phase: Type.Optional(Type.Integer({ minimum: 2, description: 'The phase to open, from 2: refused if another one is next.' })) },
    { ...strict, description: 'Optional.', examples: [{ phase: 3 }] },
  ),
)

export const retryInput = Type.Optional(
  Type.Object(
    {
      devices: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
          minItems: 1,
          maxItems: 1000,
          description: 'Only these, as product/name: refused if one of them has nothing to retry. By default all.',
        }),
      ),
    },
    { ...strict, description: 'May be left out.', examples: [{ devices: ['lamp/l7'] }] },
  ),
)

/** Of requests without input: fields that are sent all the same are refused rather than ignored. */
export const noInput = Type.Optional(Type.Object({}, { ...strict, description: 'Has no fields; optional.', examples: [{}] }))
