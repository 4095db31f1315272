// Checks input against its schema and names each fault by its path. Query values are text: they are converted strictly first ("3.7" is
// no integer). Bodies are taken as they are. Never repeats a value: it may be a secret.

import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { Settings } from 'typebox/system'
import { type Fault, faultAt, OtaError } from '../errors.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { Api } from './api.ts'
import { type FormCode, formCodes, formSentence } from './schema-words.ts'
import { faultSentence } from './sentence-views.ts'

const errorsWanted = 100

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

/** Query values converted to the types of their schemas, with defaults. Without a prototype, as the parser gave it. */
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

/** `/target/devices/2` in the usual notation: `target.devices[2]`. */
const pathOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part, at) => (/^\d+$/.test(part) ? `[${part}]` : `${at === 0 ? '' : '.'}${part === '' ? '""' : part}`))
    .join('')

const schemaAt = (schema: TSchema, pointer: string): JsonObject => {
  let at: unknown = schema
  for (const part of pointer.split('/').slice(1)) at = isObject(at) ? at[part] : undefined
  return isObject(at) ? at : {}
}

const isFormCode = (value: unknown): value is FormCode => formCodes.some((code) => code === value)

const namesOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

const sentences: Readonly<Record<string, (given: JsonObject) => Sentence>> = {
  type: ({ type }) => sentence('field_type', { type: String(type) }),
  enum: ({ allowedValues }) => sentence('field_not_allowed', { allowed: namesOf(allowedValues) }),
  minLength: ({ limit }) => sentence('field_too_short', { least: Number(limit) }),
  maxLength: ({ limit }) => sentence('field_too_long', { most: Number(limit) }),
  minItems: ({ limit }) => sentence('field_too_few_items', { least: Number(limit) }),
  maxItems: ({ limit }) => sentence('field_too_many_items', { most: Number(limit) }),
  minimum: ({ limit }) => sentence('field_too_small', { least: Number(limit) }),
  maximum: ({ limit }) => sentence('field_too_large', { most: Number(limit) }),
  exclusiveMinimum: ({ limit }) => sentence('field_not_above', { bound: Number(limit) }),
}

const describe = (schema: TSchema, { keyword, schemaPath, params, message }: SchemaError): Sentence => {
  // A pattern's own sentence is in the schema beside it: the expression helps nobody.
  const form = schemaAt(schema, schemaPath)[formSentence]
  if (keyword === 'pattern') return isFormCode(form) ? sentence(form) : sentence('field_form')
  const of = Object.hasOwn(sentences, keyword) ? sentences[keyword] : undefined
  return of?.({ ...params }) ?? sentence('field_invalid', { why: message })
}

const unionPath = ({ keyword, schemaPath }: SchemaError): string | undefined =>
  keyword === 'anyOf' ? schemaPath : /^(.*?)\/anyOf\//.exec(schemaPath)?.[1]

/** One fault for a union: that of the branch whose type fits, else the types that would fit. */
const unionFault = (schema: TSchema, path: string, errors: readonly SchemaError[]): Sentence => {
  const fitting = errors.find((error) => error.keyword !== 'type' && error.keyword !== 'anyOf')
  if (fitting !== undefined) return describe(schema, fitting)
  const branches = schemaAt(schema, path)['anyOf']
  const types = Array.isArray(branches) ? branches.map((branch) => (isObject(branch) ? String(branch['type']) : '')) : []
  const [type = '', other = ''] = types
  return types.length === 2 ? sentence('field_type_of_two', { type, other }) : sentence('field_form')
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
      for (const name of given['requiredProperties']) faults.push(faultAt(inside(String(name)), sentence('field_missing')))
    } else if (error.keyword === 'boolean') faults.push(faultAt(pathOf(error.instancePath), sentence('field_unknown')))
    else if (error.keyword !== 'additionalProperties') {
      faults.push(faultAt(pathOf(error.instancePath) || 'body', describe(schema, error)))
    }
  }
  for (const [path, own] of unions) {
    faults.push(faultAt(pathOf(own[0]?.instancePath ?? '') || 'body', unionFault(schema, path, own)))
  }
  // One fault for each value: that an empty text also lacks the form helps nobody.
  return faults.filter((fault, at) => faults.findIndex(({ path }) => path === fault.path) === at)
}

const quoted = 3

/** A refused input: the first faults in the detail, all of them beside it. */
export const badRequest = (faults: readonly Fault[]): OtaError => {
  const first = faults.slice(0, quoted).map((fault) => sentence('fault_at', { path: fault.path, fault: faultSentence(fault) }))
  return new OtaError('OTA_BAD_REQUEST', sentence('request_invalid', { faults: first, more: faults.length - first.length }), { faults })
}

/** Typebox stops after a few errors, and one fault may make several. Its limit is global, so it is restored. */
const errorsOf = (check: Validator, value: unknown): readonly SchemaError[] => {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: errorsWanted })
  try {
    return check.Errors(value)
  } finally {
    Settings.Set({ maxErrors })
  }
}

/** Made when it is first needed: to make those of all routes takes a tenth of the server's start. */
const lazily = (schema: TSchema): (() => Validator) => {
  let made: Validator | undefined
  return () => {
    made ??= Compile(schema)
    return made
  }
}

/** Fastify's validator. A body whose schema is optional may be left out (it arrives as null); raw bytes are checked by their handler. */
const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const checkOf = lazily(schema)
  const isOptional = '~optional' in schema
  const shape: JsonObject = { ...schema }
  return (value: unknown) => {
    if (httpPart === 'body' && ((value === null && isOptional) || value instanceof Uint8Array)) return { value }
    const input = httpPart === 'querystring' ? converted(shape, value) : value
    const check = checkOf()
    return check.Check(input) ? { value: input } : { error: badRequest(faultsOf(schema, errorsOf(check, input))) }
  }
}

const noCompiler = (): never => {
  throw new Error('no compiler of schemas was set')
}

/** For Fastify's option `schemaController`: without it, Ajv is loaded, also where other compilers are set. */
export const withoutAjv = { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } }

/** Answers are sent as the views make them: no field is dropped, whatever a module is called. */
export const setCompilers = (app: Api): void => {
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(() => JSON.stringify)
}
