// The small parts of which the schemas of the API's JSON consist. Knows no record.

import { type TSchema, Type } from 'typebox'

export const strict = { additionalProperties: false } as const
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const idText = (description: string) => Type.String({ pattern: '^[1-9][0-9]*$', description })
export const time = Type.String({ format: 'date-time', description: 'UTC.' })
export const text = Type.String()
export const number = Type.Number()
export const count = Type.Integer({ minimum: 0 })
export const counted = (description: string) => Type.Integer({ minimum: 0, description })
export const fromOne = (description: string) => Type.Integer({ minimum: 1, description })

/** An object of one field: for the API's `then`, since an object literal with `then` looks like a promise. */
export const named = <N extends string, T>(name: N, value: T) => ({ [name]: value }) as { [K in N]: T }

/** What can be said of a text that does not match its pattern. */
export const formCodes = [
  'field_has_binary_character',
  'field_has_control_character',
  'field_not_a_device',
  'field_not_groups',
  'field_not_behind',
  'field_not_a_key',
  'field_not_a_tag',
  'field_not_a_time',
  'field_not_a_name',
  'field_not_an_etag_list',
  'field_not_an_id',
] as const
export type FormCode = (typeof formCodes)[number]

/** The schema keyword with the code of what is said when a text does not match the pattern. */
export const formSentence = 'x-sentence'

/** A text that must match a pattern, and what is said of one that does not. */
export const formed = (
  pattern: string,
  said: FormCode,
  options: { readonly description: string; readonly minLength?: number; readonly maxLength?: number },
) => Type.String({ pattern, [formSentence]: said, ...options })
