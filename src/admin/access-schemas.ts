// The JSON of people, tokens, sessions and the audit: what is sent and what is answered. Knows no route.

import { type Static, Type } from 'typebox'
import { personRoles, roles } from '../roles.ts'
import { counted, formed, nullable, strict, text, time } from './schema-words.ts'
import { saidFields } from './sentence-schemas.ts'

const role = Type.Enum(roles, { type: 'string' })
const personRole = Type.Enum(personRoles, { type: 'string' })
const lastUse = nullable(Type.String({ format: 'date-time', description: 'Of its last use, known to some minutes.' }))
const createdBy = Type.String({ description: 'The name of the person or token that made it.' })

const whoami = Type.Object(
  {
    kind: Type.Enum(['file', 'token', 'person'] as const, { type: 'string', description: 'file: the token in admin.token.' }),
    name: text,
    role,
    station: nullable(Type.String({ description: 'The station that a token is bound to.' })),
    by: Type.Enum(['token', 'session'] as const, { type: 'string' }),
  },
  { ...strict, $id: 'Whoami', description: 'Who makes the request.' },
)

const tokenFields = {
  name: text,
  role,
  station: nullable(Type.String({ description: 'The station that it is bound to.' })),
  createdAt: time,
  createdBy,
  usedAt: lastUse,
  usedFrom: nullable(Type.String({ description: 'The address of its last use.' })),
}
const tokenFacts = Type.Object(tokenFields, { ...strict, $id: 'ApiToken', description: 'A token, without itself.' })
const newToken = Type.Object(
  { ...tokenFields, token: Type.String({ description: 'Shown only now.' }) },
  { ...strict, $id: 'NewApiToken', description: 'A token that was made.' },
)

const user = Type.Object(
  { name: text, role: personRole, createdAt: time, createdBy, usedAt: lastUse, sessions: counted('Sessions that have not ended.') },
  { ...strict, $id: 'User', description: 'A person who may sign in.' },
)

const code = Type.Object(
  { code: Type.String({ description: 'For `/#code=…`; works once.' }), expiresAt: time },
  { ...strict, $id: 'SignInCode' },
)

const ended = Type.Object({ ended: counted('Sessions.') }, { ...strict, $id: 'EndedSessions' })

const anything = Type.Unsafe<unknown>({ description: 'JSON. Secrets are replaced by `***`, long values by a count and a digest.' })

const auditLine = Type.Object(
  {
    seq: Type.Integer({ minimum: 1, description: 'Without a gap.' }),
    at: time,
    kind: Type.Enum(['file', 'token', 'person', 'server'] as const, { type: 'string' }),
    name: text,
    role: nullable(text),
    address: nullable(text),
    act: Type.String({ description: 'The operationId of the route, or `acceptLoss` and `restore` of the server.' }),
    subject: nullable(Type.String({ description: 'What it was done to, such as `campaign 7`.' })),
    changes: Type.Record(text, Type.Array(anything), { description: 'Field to [before, after].' }),
    detail: Type.Record(text, anything, { description: 'What else was given.' }),
    prev: Type.String({ description: 'The hash of the line before.' }),
    hash: Type.String({ description: 'SHA-256 of this line as it is stored, without the hash.' }),
  },
  { ...strict, $id: 'AuditLine', description: 'An act of a person, a token or the server.' },
)

const auditVerdict = Type.Object(
  {
    lines: counted('Lines that are there.'),
    head: nullable(Type.String({ description: 'SEQ:HASH of the newest line: keep it elsewhere, to verify with it later.' })),
    faults: Type.Array(
      Type.Object(
        { from: Type.Integer(), to: Type.Integer(), ...saidFields('What does not fit.') },
        { ...strict, description: 'Of these lines.' },
      ),
    ),
  },
  { ...strict, $id: 'AuditVerdict', description: 'Whether the lines of the audit fit together.' },
)

export const accessSchemas = [whoami, tokenFacts, newToken, user, code, ended, auditLine, auditVerdict] as const

export type WhoamiJson = Static<typeof whoami>
export type ApiTokenJson = Static<typeof tokenFacts>
export type UserJson = Static<typeof user>
export type AuditLineJson = Static<typeof auditLine>
export type AuditVerdictJson = Static<typeof auditVerdict>

/** Nothing that cannot be seen, or turns the text around it: two names that look the same must be the same. */
const unseen = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Default_Ignorable_Code_Point}\\u2800'
const forbidden = `\\s${unseen}/\\\\,;:?#%"<>`
export const name = formed(`^[^.\\p{M}${forbidden}][^${forbidden}]*$`, 'field_not_a_name', {
  maxLength: 64,
  description: 'At most 64 characters, no spaces, nothing that cannot be seen; the same in upper and lower case.',
})
const password = Type.String({ minLength: 8, maxLength: 256, description: 'At least 8 characters.' })

export const nameParams = Type.Object({ name: Type.String({ description: 'URL-encoded.' }) }, strict)

export const tokenInput = Type.Object(
  {
    name,
    role,
    station: Type.Optional(
      formed(`^[^\\s${unseen}/]+$`, 'field_not_a_name', { minLength: 1, maxLength: 64, description: 'Only with the role station.' }),
    ),
  },
  { ...strict, examples: [{ name: 'ci', role: 'operator' }] },
)
export const userInput = Type.Object(
  { name, role: personRole, password },
  { ...strict, examples: [{ name: 'mei', role: 'operator', password: 'a long sentence' }] },
)
export const roleInput = Type.Object({ role: personRole }, { ...strict, examples: [{ role: 'viewer' }] })
export const passwordInput = Type.Object(
  { password, current: Type.Optional(Type.String({ maxLength: 256, description: 'The one so far; needed for the own password.' })) },
  { ...strict, examples: [{ password: 'another long sentence' }] },
)

const given = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }))
export const signInInput = Type.Object(
  {
    code: given('Of `fogbell login`.'),
    token: given('Any token but that of a station.'),
    name: given('Of a person.'),
    password: given('Of that person.'),
  },
  { ...strict, examples: [{ name: 'mei', password: 'a long sentence' }] },
)
export type SignInBody = Static<typeof signInInput>

const moment = (description: string) => Type.Optional(Type.String({ format: 'date-time', maxLength: 40, description }))
export const auditQuery = Type.Object(
  {
    name: given('Only of this person or token.'),
    act: given('Only this act.'),
    subject: given('Only what begins with this, such as `campaign 7` or `device lamp/`.'),
    since: moment('Not before.'),
    until: moment('Before.'),
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Items of the page.' }),
    after: Type.Optional(Type.String({ minLength: 1, maxLength: 20, description: '`next` of the page before.' })),
  },
  strict,
)
export const verifyQuery = Type.Object({ head: given('SEQ:HASH, or a hash, that was noted before.') }, strict)
