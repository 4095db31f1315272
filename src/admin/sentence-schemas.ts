// How the API carries what the server says: `text` for people, and beside it the sentence's `code` and `params`, so that a program can
// recognise it or say it in another language. Knows no record.

import { Type } from 'typebox'
import type { Params } from '../sentences/sentence.ts'
import { nullable, strict, text } from './schema-words.ts'

const param = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Boolean(),
  Type.Null(),
  Type.Array(Type.String()),
  Type.Ref('Sentence'),
  Type.Array(Type.Ref('Sentence')),
])

export const params = Type.Record(text, param, {
  $id: 'Params',
  description:
    'The values of a sentence: numbers, names, ids (as text), times (ISO 8601 UTC), lists of names, and sentences within the sentence.',
})
export const paramsRef = Type.Unsafe<Params>(Type.Ref('Params'))
const code = Type.String({
  description: 'The code of the sentence: a key of `x-sentences` and `x-sentences-zh`. It never changes its meaning.',
})

export const sentenceSchema = Type.Object(
  { code, params: paramsRef },
  {
    ...strict,
    $id: 'Sentence',
    description: 'What the server says, as the code of a template in `x-sentences` (ICU MessageFormat) and the values in it.',
  },
)

/** The fields that stand for a sentence. */
export const saidFields = (description: string) => ({
  text: Type.String({ description: `${description} In the language of the request.` }),
  code,
  params: paramsRef,
})
/** The same, null where there is nothing to say. */
export const maybeSaidFields = (description: string) => ({
  text: nullable(Type.String({ description: `${description} In the language of the request.` })),
  code: nullable(code),
  params: nullable(paramsRef),
})
/** A problem's: `text` is its `detail`, and its `code` is that of the table of errors. */
export const detailFields = { detail: text, detailCode: code, params: paramsRef }

/** A fault of an input. */
export const fault = Type.Object({ path: text, message: text, code, params: paramsRef }, strict)

const warnings = Type.Array(text, { description: 'Probable mistakes; nothing is refused because of them.' })
const warningDetails = Type.Array(
  Type.Object({ path: nullable(Type.String({ description: 'The field concerned.' })), ...saidFields('The warning.') }, strict),
  { description: 'The same warnings with their codes.' },
)
export const warningFields = { warnings, warningDetails }
/** Of records that have them in one answer only. */
export const someWarningFields = { warnings: Type.Optional(warnings), warningDetails: Type.Optional(warningDetails) }
