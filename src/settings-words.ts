// The kinds of values that settings have, each a schema with its description: numbers with bounds, texts, choices, secrets.

import { type TSchema, Type } from 'typebox'

export const strict = { additionalProperties: false } as const
export const section = { ...strict, default: {} } as const
/** Fractions are allowed. 0 is refused: it reads like "off" but would time out everything at once. */
export const timeout = (value: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 31_536_000, default: value, description })
export const seconds = (value: number, description: string) => Type.Number({ minimum: 0, maximum: 31_536_000, default: value, description })
export const count = (value: number, description: string, minimum = 1) => Type.Integer({ minimum, default: value, description })
export const text = (description: string, value?: string) =>
  Type.String({ minLength: 1, description, ...(value === undefined ? {} : { default: value }) })
export const flag = (value: boolean, description: string) => Type.Boolean({ default: value, description })
export const choice = <T extends string>(values: readonly T[], value: NoInfer<T>, description: string) =>
  Type.Enum<T[]>(values, { default: value, description })
/** A secret in a file of its own. */
export const fromFile = Type.Object({ file: text('Path, relative to the settings file.') }, strict)
/** A secret: as it is, or from a file. Its value is never shown in a fault. */
export const secret = <T extends TSchema>(schema: T, description: string) => Type.Union([schema, fromFile], { description })
export const pem = (description: string) => secret(Type.String({ pattern: '-----BEGIN [A-Z ]+-----' }), description)
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()], { default: null })
export const listen = (value: number, description: string) =>
  Type.Object(
    {
      host: text('Address to listen on; `::` is all addresses, IPv4 included.', '::'),
      port: Type.Integer({ minimum: 0, maximum: 65_535, default: value, description }),
    },
    section,
  )
export const filters = (description: string) => Type.Array(text('An MQTT topic filter.'), { default: [], description })
