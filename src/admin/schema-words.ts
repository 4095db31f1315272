// The few words that the schemas of the API's JSON are made of. Knows no record.

import { type TSchema, Type } from 'typebox'
import type { SentenceCode } from '../sentences/sentence.ts'

export const strict = { additionalProperties: false } as const
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const idText = (description: string) => Type.String({ pattern: '^[1-9][0-9]*$', description })
export const time = Type.String({ format: 'date-time', description: 'UTC.' })
export const text = Type.String()
export const number = Type.Number()
export const count = Type.Integer({ minimum: 0 })
export const counted = (description: string) => Type.Integer({ minimum: 0, description })
export const fromOne = (description: string) => Type.Integer({ minimum: 1, description })

/** An object of one field: how the API's `then` comes into an object without one being written that looks like a promise. */
export const named = <N extends string, T>(name: N, value: T) => ({ [name]: value }) as { [K in N]: T }

/** The keyword of a text's schema that names what is said where the text does not match its pattern. */
export const formSentence = 'x-sentence'

/** A text of a form, and what is said of one without it. */
export const formed = (
  pattern: string,
  said: SentenceCode,
  options: { readonly description: string; readonly minLength?: number; readonly maxLength?: number },
) => Type.String({ pattern, [formSentence]: said, ...options })
