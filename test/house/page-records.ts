// The types of what the page reads, made of the schemas of the API: src/ui/api/records.d.ts. The page imports nothing of the server.

import type { TSchema } from 'typebox'
import { namedSchemas } from '../../src/admin/schemas.ts'
import { webhookSchemas } from '../../src/admin/webhook-schemas.ts'

interface JsonSchema {
  readonly $ref?: string
  readonly $id?: string
  readonly description?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
}

const scalars: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
}

/** `Params` is the name of another type in the page's own texts. */
const nameOf = (ref: string): string => ref.split('/').at(-1) ?? ref

const fields = ({ properties = {}, required = [] }: JsonSchema, indent: string): string =>
  Object.entries(properties)
    .map(([name, schema]) => {
      const about = schema.description === undefined ? '' : `${indent}  /** ${schema.description} */\n`
      return `${about}${indent}  readonly ${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema, `${indent}  `)}\n`
    })
    .join('')

const typeOf = (schema: JsonSchema, indent: string): string => {
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
  if (schema.$ref !== undefined) return nameOf(schema.$ref)
  if (values !== undefined) return values.map((value) => JSON.stringify(value).replaceAll('"', "'")).join(' | ')
  if (schema.anyOf !== undefined) return schema.anyOf.map((each) => typeOf(each, indent)).join(' | ')
  if (schema.type === 'array') return `readonly (${typeOf(schema.items ?? {}, indent)})[]`
  const [values_] = Object.values(schema.patternProperties ?? {})
  if (values_ !== undefined) return `{ readonly [name: string]: ${typeOf(values_, indent)} }`
  if (schema.properties !== undefined) return `{\n${fields(schema, indent)}${indent}}`
  return scalars[schema.type ?? ''] ?? 'unknown'
}

const declared = (schema: JsonSchema): string => {
  const about = schema.description === undefined ? '' : `/** ${schema.description} */\n`
  return `${about}export type ${schema.$id ?? ''} = ${typeOf(schema, '')}\n`
}

const head = `// What the API answers, made of its schemas by \`npx vitest run test/house/page-records -u\`. Not to be edited.\n`

export const pageRecords = (): string =>
  [head, ...([...namedSchemas, ...webhookSchemas] as readonly TSchema[]).map((schema) => declared(schema as unknown as JsonSchema))].join(
    '\n',
  )
