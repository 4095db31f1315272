// The schema as data, and what it admits in words. Knows no setting by name, and no value but to show it.

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

/** What a union is besides null and `{"file": …}`, and whether these are allowed. */
export const alternatives = (node: SchemaNode): { readonly main: SchemaNode; readonly nullable: boolean; readonly secret: boolean } => {
  const [first = {}] = node.anyOf?.filter((each) => !isNull(each) && !isFile(each)) ?? [node]
  const inner = node.anyOf === undefined ? { main: node, nullable: false, secret: false } : alternatives(first)
  return {
    main: inner.main,
    nullable: inner.nullable || (node.anyOf?.some(isNull) ?? false),
    secret: inner.secret || (node.anyOf?.some(isFile) ?? false),
  }
}

const bounds = (node: SchemaNode): string => {
  if (node.exclusiveMinimum !== undefined)
    return ` above ${node.exclusiveMinimum}${node.maximum === undefined ? '' : `, at most ${node.maximum}`}`
  if (node.minimum !== undefined)
    return node.maximum === undefined ? ` of at least ${node.minimum}` : ` from ${node.minimum} to ${node.maximum}`
  return ''
}

const wantedMain = (node: SchemaNode): string => {
  if (node.enum) return node.enum.map((each) => `"${each}"`).join(' or ')
  if (node.type === 'integer') return `a whole number${bounds(node)}`
  if (node.type === 'number') return `a number${bounds(node)}`
  if (node.type === 'boolean') return 'true or false'
  if (node.type === 'array') return node.minItems ? 'a list that is not empty' : 'a list'
  if (node.type === 'object') return 'an object'
  if (node.pattern !== undefined) return `a text that matches ${node.pattern}`
  return node.minLength ? 'a text that is not empty' : 'a text'
}

/** What a node admits, in words: `a whole number from 0 to 65535`. */
export const wanted = (node: SchemaNode): string => {
  const { main, nullable, secret } = alternatives(node)
  return `${wantedMain(main)}${secret ? ' or {"file": …}' : ''}${nullable ? ' or null' : ''}`
}

/** A value in words, cut short; a secret's is not shown. */
export const found = (value: unknown, secret: boolean): string => {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isPlain(value)) return 'an object'
  if (typeof value !== 'string') return String(value)
  if (secret) return value === '' ? 'an empty text' : 'a text (not shown)'
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
}
