// A value held against the schema: defaults filled in, files of secrets read, every fault named with its path, what was
// found, what is wanted and the nearest name. Knows no setting by name.

import type { Fault } from '../errors.ts'
import { nearest } from './nearest.ts'
import { alternatives, found, isPlain, type Plain, type SchemaNode, wanted } from './schema.ts'

export interface CheckContext {
  /** Faults are added here. */
  readonly faults: Fault[]
  /** The text of a secret's file; throws with words for people when it cannot be read. */
  readonly read: (file: string) => string
  /** The paths of all settings, so that one in the wrong place is recognized. */
  readonly known: readonly string[]
}

const fitsNumber = (node: SchemaNode, value: unknown): boolean =>
  (node.type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
  Number(value) >= (node.minimum ?? -Infinity) &&
  Number(value) > (node.exclusiveMinimum ?? -Infinity) &&
  Number(value) <= (node.maximum ?? Infinity)

const fits = (node: SchemaNode, value: unknown): boolean => {
  if (node.enum) return node.enum.some((each) => each === value)
  if (node.type === 'integer' || node.type === 'number') return fitsNumber(node, value)
  if (node.type === 'object') return isPlain(value)
  if (node.type === 'array') return Array.isArray(value) && value.length >= (node.minItems ?? 0)
  if (node.type === 'boolean') return typeof value === 'boolean'
  return typeof value === 'string' && value.length >= (node.minLength ?? 0) && new RegExp(node.pattern ?? '').test(value)
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

const checkKeys = (node: SchemaNode, value: Plain, path: string, context: CheckContext): void => {
  const known = node.properties ?? {}
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(known, key)) continue
    const near = nearest(key, Object.keys(known))
    const meant = near === undefined ? context.known.find((each) => each.endsWith(`.${key}`)) : join(path, near)
    const remedy = meant === undefined ? `known here: ${Object.keys(known).join(', ')}` : `did you mean ${meant}?`
    context.faults.push({ path: join(path, key), message: `unknown setting; ${remedy}` })
  }
}

const settleItems = (node: SchemaNode, value: readonly unknown[], path: string, context: CheckContext): unknown =>
  value.map((item, index) => settle(node.items ?? {}, item, `${path}[${index}]`, context))

const settleObject = (node: SchemaNode, value: Plain, path: string, context: CheckContext): unknown => {
  checkKeys(node, value, path, context)
  const entries: [string, unknown][] = []
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const given = Object.hasOwn(value, key) ? value[key] : structuredClone(child.default)
    const at = join(path, key)
    if (given !== undefined) entries.push([key, settle(child, given, at, context)])
    else if (node.required?.includes(key)) context.faults.push({ path: at, message: `missing; wanted ${wanted(child)}` })
  }
  return Object.fromEntries(entries)
}

/** The text that stands in for `{"file": …}`, without the line's end that editors add; undefined when it cannot be had. */
const readSecret = (value: Plain, path: string, context: CheckContext): string | undefined => {
  const { file, ...others } = value
  if (typeof file !== 'string' || file === '' || Object.keys(others).length > 0) {
    context.faults.push({ path, message: 'found an object; wanted {"file": "…"} with the path of a file and nothing else' })
    return undefined
  }
  try {
    return context.read(file).trimEnd()
  } catch (cause) {
    context.faults.push({ path: join(path, 'file'), message: cause instanceof Error ? cause.message : String(cause) })
    return undefined
  }
}

/**
 * `value` with its defaults, and with plain text where secrets stood in files; what is wrong goes to `context.faults`.
 * The result is of the schema's type only if no fault was added.
 */
export const settle = (node: SchemaNode, value: unknown, path: string, context: CheckContext): unknown => {
  const { main, nullable, secret } = alternatives(node)
  if (value === null && nullable) return null
  if (secret && isPlain(value)) {
    const text = readSecret(value, path, context)
    if (text !== undefined && !fits(main, text)) {
      context.faults.push({ path: join(path, 'file'), message: `what the file holds is not what is wanted: ${wanted(main)}` })
    }
    return text
  }
  if (!fits(main, value)) {
    context.faults.push({ path, message: `found ${found(value, secret)}; wanted ${wanted(node)}` })
    return undefined
  }
  if (main.type === 'object' && isPlain(value)) return settleObject(main, value, path, context)
  if (main.type === 'array' && Array.isArray(value)) return settleItems(main, value, path, context)
  return value
}
