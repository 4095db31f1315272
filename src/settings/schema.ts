// The schema as data, and what it accepts as a sentence. Knows no setting by name, and looks at a value only to show it.

import { type Sentence, sentence } from '../sentences/sentence.ts'

/** The part of JSON Schema that settings.ts uses. */
export interface SchemaNode {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly properties?: { readonly [key: string]: SchemaNode }
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly enum?: readonly (string | number)[]
  readonly pattern?: string
  readonly minLength?: number
  readonly minItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
}

export type Plain = Readonly<Record<string, unknown>>

export const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isNull = (node: SchemaNode): boolean => node.type === 'null'
const isFile = (node: SchemaNode): boolean => Object.keys(node.properties ?? {}).join() === 'file'

/** What a union accepts besides null and `{"file": …}`, and whether these are allowed. */
export const alternatives = (node: SchemaNode): { readonly main: SchemaNode; readonly nullable: boolean; readonly secret: boolean } => {
  const [first = {}] = node.anyOf?.filter((each) => !isNull(each) && !isFile(each)) ?? [node]
  const inner = node.anyOf === undefined ? { main: node, nullable: false, secret: false } : alternatives(first)
  return {
    main: inner.main,
    nullable: inner.nullable || (node.anyOf?.some(isNull) ?? false),
    secret: inner.secret || (node.anyOf?.some(isFile) ?? false),
  }
}

interface NumberBounds {
  readonly bound: 'none' | 'least' | 'range' | 'above' | 'above_most'
  readonly least: number | null
  readonly most: number | null
}

const numberBounds = ({ minimum, exclusiveMinimum, maximum }: SchemaNode): NumberBounds => {
  const [least, most] = [exclusiveMinimum ?? minimum ?? null, maximum ?? null]
  if (exclusiveMinimum !== undefined) return { bound: most === null ? 'above' : 'above_most', least, most }
  if (minimum !== undefined) return { bound: most === null ? 'least' : 'range', least, most }
  return { bound: 'none', least, most }
}

const plainTypes: Readonly<Record<string, Sentence>> = {
  boolean: sentence('value_boolean'),
  array: sentence('value_list'),
  object: sentence('value_object'),
}

const expectedMain = (node: SchemaNode): Sentence => {
  if (node.enum) return sentence('value_enum', { values: node.enum.map((each) => `"${each}"`) })
  if (node.type === 'integer' || node.type === 'number') return sentence('value_number', { kind: node.type, ...numberBounds(node) })
  if (node.minItems) return sentence('value_list_not_empty')
  if (node.pattern !== undefined) return sentence('value_string_matching', { pattern: node.pattern })
  return plainTypes[node.type ?? ''] ?? sentence(node.minLength ? 'value_string_not_empty' : 'value_string')
}

/** What a node accepts: `a whole number from 0 to 65535`. */
export const expected = (node: SchemaNode): Sentence => {
  const { main, nullable, secret } = alternatives(node)
  const value = expectedMain(main)
  const orFile = secret ? sentence('value_or_file', { value }) : value
  return nullable ? sentence('value_or_null', { value: orFile }) : orFile
}

/** A value as JSON, cut short, or what kind of value it is; that of a secret is not shown. */
export const found = (value: unknown, secret: boolean): string | Sentence => {
  if (Array.isArray(value)) return sentence(value.length === 0 ? 'found_empty_list' : 'found_list')
  if (isPlain(value)) return sentence('found_object')
  if (typeof value !== 'string') return String(value)
  if (secret) return sentence(value === '' ? 'found_empty_string' : 'found_hidden_string')
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
}
