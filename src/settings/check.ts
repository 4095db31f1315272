// Checks a value against the schema: fills in defaults, reads the files of secrets, and names every fault with its path, what was
// found, what is expected and the nearest name. Knows no setting by name.

import { type Fault, faultAt } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import { alternatives, expected, found, isPlain, type Plain, type SchemaNode } from './schema.ts'

export interface CheckContext {
  /** Faults are added here. */
  readonly faults: Fault[]
  /** The text of a secret's file, or why it cannot be read. */
  readonly read: (file: string) => string | Sentence
  /** The files of secrets that were read, by the paths of their settings. */
  readonly files: Map<string, string>
  /** The paths of all settings, so that one in the wrong place is recognized. */
  readonly known: readonly string[]
}

export const addFault = (context: CheckContext, path: string, said: Sentence): void => void context.faults.push(faultAt(path, said))

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
    if (meant === undefined) addFault(context, join(path, key), sentence('setting_unknown', { known: Object.keys(known) }))
    else addFault(context, join(path, key), sentence('setting_unknown_near', { near: meant }))
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
    else if (node.required?.includes(key)) addFault(context, at, sentence('setting_missing', { expected: expected(child) }))
  }
  return Object.fromEntries(entries)
}

/** The text of the file that `{"file": …}` names, without the newline that editors add; undefined when it cannot be read. */
const readSecret = (value: Plain, path: string, context: CheckContext): string | undefined => {
  const { file, ...others } = value
  if (typeof file !== 'string' || file === '' || Object.keys(others).length > 0) {
    addFault(context, path, sentence('secret_not_file'))
    return undefined
  }
  const text = context.read(file)
  context.files.set(path, file)
  if (typeof text === 'string') return text.trimEnd()
  addFault(context, join(path, 'file'), text)
  return undefined
}

/**
 * `value` with its defaults, and with the text of files in the place of `{"file": …}`; faults go to `context.faults`.
 * The result has the schema's type only if no fault was added.
 */
export const settle = (node: SchemaNode, value: unknown, path: string, context: CheckContext): unknown => {
  const { main, nullable, secret } = alternatives(node)
  if (value === null && nullable) return null
  if (secret && isPlain(value)) {
    const text = readSecret(value, path, context)
    if (text !== undefined && !fits(main, text))
      addFault(context, join(path, 'file'), sentence('secret_file_invalid', { file: String(value.file), expected: expected(main) }))
    return text
  }
  if (!fits(main, value)) {
    addFault(context, path, sentence('setting_invalid', { found: found(value, secret), expected: expected(node) }))
    return undefined
  }
  if (main.type === 'object' && isPlain(value)) return settleObject(main, value, path, context)
  if (main.type === 'array' && Array.isArray(value)) return settleItems(main, value, path, context)
  return value
}
