// Checks input against its schema and tells each fault by its path, in words. Query values are text: they are converted
// strictly first ("3.7" is no integer). Bodies are taken as they are. Never repeats a value: it may be a secret.

import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { Settings } from 'typebox/system'
import { type Fault, OtaError } from '../errors.ts'

const errorsTold = 100

interface SchemaError {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

type JsonObject = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null

const fromText = (schema: JsonObject, value: unknown): unknown => {
  if (schema['type'] === 'array') return Array.isArray(value) ? value : [value]
  if (typeof value !== 'string') return value
  if (schema['type'] === 'integer') return /^-?\d{1,15}$/.test(value) ? Number(value) : value
  if (schema['type'] === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  return value
}

/** Query values by their schemas' types; defaults where a value is missing. Without prototype, as the parser gave it. */
const converted = (schema: JsonObject, query: unknown): unknown => {
  const properties = schema['properties']
  if (!isObject(properties) || !isObject(query)) return query
  const result: Record<string, unknown> = Object.create(null)
  for (const [name, value] of Object.entries(query)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    result[name] = isObject(property) ? fromText(property, value) : value
  }
  for (const [name, property] of Object.entries(properties)) {
    if (isObject(property) && 'default' in property) result[name] ??= property['default']
  }
  return result
}

/** `/target/devices/2` as people write it: `target.devices[2]`. */
const pathOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part, at) => (/^\d+$/.test(part) ? `[${part}]` : `${at === 0 ? '' : '.'}${part === '' ? '""' : part}`))
    .join('')

const listed = (value: unknown): string => (Array.isArray(value) ? value.map((one) => JSON.stringify(one)).join(', ') : '')

/** The words of a pattern are its schema's description: an expression helps nobody. */
const schemaAt = (schema: TSchema, pointer: string): JsonObject => {
  let at: unknown = schema
  for (const part of pointer.split('/').slice(1)) at = isObject(at) ? at[part] : undefined
  return isObject(at) ? at : {}
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}
const typeName = (type: unknown): string => typeWords[String(type)] ?? String(type)

const characters = (limit: unknown): string => `${String(limit)} ${limit === 1 ? 'character' : 'characters'}`

const lengthText = (keyword: string, limit: unknown): string => {
  if (keyword === 'maxLength') return `must have at most ${characters(limit)}`
  return limit === 1 ? 'must not be empty' : `must have at least ${characters(limit)}`
}

const describe = (schema: TSchema, { keyword, schemaPath, params, message }: SchemaError): string => {
  const given: JsonObject = { ...params }
  const about = schemaAt(schema, schemaPath)['description']
  if (keyword === 'type') return `must be ${typeName(given['type'])}`
  if (keyword === 'enum') return `must be one of ${listed(given['allowedValues'])}`
  if (keyword === 'minLength' || keyword === 'maxLength') return lengthText(keyword, given['limit'])
  // What is said goes into a sentence, which ends by itself.
  if (keyword === 'pattern') return typeof about === 'string' ? `has not the form it needs: ${about.replace(/\.$/, '')}` : message
  return message
}

const unionPath = ({ keyword, schemaPath }: SchemaError): string | undefined =>
  keyword === 'anyOf' ? schemaPath : /^(.*?)\/anyOf\//.exec(schemaPath)?.[1]

/** One fault for a union: the fault of the branch whose type fits, else all the types that would. */
const unionFault = (schema: TSchema, path: string, errors: readonly SchemaError[]): string => {
  const fitting = errors.find((error) => error.keyword !== 'type' && error.keyword !== 'anyOf')
  if (fitting !== undefined) return describe(schema, fitting)
  const branches = schemaAt(schema, path)['anyOf']
  const types = Array.isArray(branches) ? branches.map((branch) => typeName(isObject(branch) ? branch['type'] : '')) : []
  return `must be ${types.join(' or ')}`
}

const faultsOf = (schema: TSchema, errors: readonly SchemaError[]): readonly Fault[] => {
  const unions = new Map<string, SchemaError[]>()
  const faults: Fault[] = []
  for (const error of errors) {
    const union = unionPath(error)
    const inside = (name: string): string => pathOf(`${error.instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    const given: JsonObject = { ...error.params }
    if (union !== undefined) unions.set(union, [...(unions.get(union) ?? []), error])
    else if (error.keyword === 'required' && Array.isArray(given['requiredProperties'])) {
      for (const name of given['requiredProperties']) faults.push({ path: inside(String(name)), message: 'is missing' })
    } else if (error.keyword === 'boolean') faults.push({ path: pathOf(error.instancePath), message: 'is not known here' })
    else if (error.keyword !== 'additionalProperties') {
      faults.push({ path: pathOf(error.instancePath) || 'body', message: describe(schema, error) })
    }
  }
  for (const [path, own] of unions) {
    faults.push({ path: pathOf(own[0]?.instancePath ?? '') || 'body', message: unionFault(schema, path, own) })
  }
  // One value has one fault: that an empty text has not its form either helps nobody.
  return faults.filter((fault, at) => faults.findIndex(({ path }) => path === fault.path) === at)
}

/** A refused input: the first faults in the detail, all of them beside it. */
export const badRequest = (faults: readonly Fault[]): OtaError => {
  const told = faults.slice(0, 3).map(({ path, message }) => `${path} ${message}`)
  const more = faults.length > told.length ? `; and ${faults.length - told.length} more` : ''
  return new OtaError('OTA_BAD_REQUEST', `The request was refused: ${told.join('; ')}${more}.`, { faults })
}

/** Typebox stops after a few errors, of which one fault may make several. Its bound is everybody's, so it is put back. */
const errorsOf = (check: Validator, value: unknown): readonly SchemaError[] => {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: errorsTold })
  try {
    return check.Errors(value)
  } finally {
    Settings.Set({ maxErrors })
  }
}

/** Fastify's validator. A body whose schema is optional may be left out (it comes as null); raw bytes are their handler's affair. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = Compile(schema)
  const isOptional = '~optional' in schema
  const shape: JsonObject = { ...schema }
  return (value: unknown) => {
    if (httpPart === 'body' && ((value === null && isOptional) || value instanceof Uint8Array)) return { value }
    const input = httpPart === 'querystring' ? converted(shape, value) : value
    return check.Check(input) ? { value: input } : { error: badRequest(faultsOf(schema, errorsOf(check, input))) }
  }
}
