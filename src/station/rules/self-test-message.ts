// The measurements in a message of a board. Three forms: {"measurements": [{"name", "value", "unit"}]}; {"params": {name: value}}, as
// properties are posted; or {name: value}. For a value there may be {"value", "unit"}, whatever else it has. Values of names are numbers,
// texts, true and false; others are left out, as devices post them beside. Of a name that comes twice every value is one. Pure; bounded, and
// never throws, whatever a message holds.

import { isMembers, type JsonMembers, type JsonNode, parseMembers, valuesOf } from '../../ota/rules/json-members.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Given, MeasuredValue } from '../run-model.ts'
import type { Limit } from '../station-model.ts'

export type SelfTestMessage =
  | { readonly ok: true; readonly measurements: readonly Given[] }
  | { readonly ok: false; readonly fault: Sentence }

export const mostSelfTestBytes = 64 * 1024
export const mostMeasurements = 500
const longestName = 128
const longestValue = 1024
const longestUnit = 32

type Member = readonly [name: string, value: JsonNode]

const isValue = (node: JsonNode | undefined): node is MeasuredValue =>
  typeof node === 'number' || typeof node === 'string' || typeof node === 'boolean'

const sourceOf = (node: JsonNode): string => {
  if (typeof node !== 'object' || node === null) return JSON.stringify(node)
  return isMembers(node) ? '{…}' : '[…]'
}

/** What contradicts itself, as the value that it is shown with: a text that no limit has. */
const contradiction = (name: string, members: readonly Member[]): Given => {
  const source = members.map(([own, value]) => `${JSON.stringify(own)}:${sourceOf(value)}`).join(',')
  return { name, value: source.slice(0, longestValue), unit: null }
}

const measured = (name: string, value: JsonNode | undefined, unit: JsonNode | undefined): Given | null =>
  isValue(value) ? { name, value, unit: typeof unit === 'string' && unit !== '' ? unit.slice(0, longestUnit) : null } : null

const ofObject = (name: string, fields: JsonMembers): Given | null => {
  const [values, units] = [valuesOf(fields, 'value'), valuesOf(fields, 'unit')]
  if (values.length > 1 || (values.length === 1 && units.length > 1))
    return contradiction(
      name,
      fields.members.filter(([own]) => own === 'value' || own === 'unit'),
    )
  return measured(name, values[0], units[0])
}

const ofEntry = ([name, value]: Member): Given | null => (isMembers(value) ? ofObject(name, value) : measured(name, value, null))

/** Of a name that comes twice every value counts, also one that is none. */
const ofEntries = (entries: readonly Member[]): readonly (Given | null)[] => {
  const counts = new Map<string, number>()
  for (const [name] of entries) counts.set(name, (counts.get(name) ?? 0) + 1)
  return entries.map((entry) => ofEntry(entry) ?? ((counts.get(entry[0]) ?? 0) > 1 ? contradiction(entry[0], [entry]) : null))
}

const ofItem = (item: JsonNode): Given | null => {
  const names = isMembers(item) ? valuesOf(item, 'name') : []
  const [name] = names
  return isMembers(item) && typeof name === 'string' && names.length === 1 ? ofObject(name, item) : null
}

const faultOf = (measurements: readonly Given[]): Sentence | null => {
  if (measurements.some(({ name }) => name === '' || name.length > longestName))
    return sentence('selftest_name_long', { most: longestName })
  const long = measurements.find(({ value }) => typeof value === 'string' && value.length > longestValue)
  return long === undefined ? null : sentence('selftest_value_long', { name: long.name, most: longestValue })
}

const checked = (found: readonly (Given | null)[]): SelfTestMessage => {
  const measurements = found.filter((each) => each !== null)
  const fault = faultOf(measurements)
  return fault === null ? { ok: true, measurements } : { ok: false, fault }
}

const ofList = (items: readonly JsonNode[], beside: readonly Member[]): SelfTestMessage => {
  const found = items.map(ofItem)
  const bad = found.indexOf(null)
  if (bad >= 0) return { ok: false, fault: sentence('selftest_measurement_form', { number: bad + 1 }) }
  return checked([...found, ...ofEntries(beside)])
}

const isList = (node: JsonNode): node is readonly JsonNode[] => Array.isArray(node)

/** protocol.md: what is around `params` in every message. */
const envelope: ReadonlySet<string> = new Set(['id', 'version', 'method', 'params', 'measurements'])

const ofFields = (fields: JsonMembers, wanted: ReadonlySet<string>): SelfTestMessage => {
  const lists = valuesOf(fields, 'measurements')
  const params = valuesOf(fields, 'params')
  const [list, inner] = [lists.find(isList), params.find(isMembers)]
  const twice = list !== undefined && lists.length > 1 ? 'measurements' : inner !== undefined && params.length > 1 ? 'params' : null
  if (twice !== null) return { ok: false, fault: sentence('selftest_name_twice', { name: twice }) }
  const outer = fields.members.filter(([name]) => wanted.has(name) && !envelope.has(name))
  const named = inner?.members.filter(([name]) => wanted.has(name)) ?? []
  const beside = [...named, ...outer]
  const entries = inner === undefined ? fields.members : [...inner.members, ...outer]
  const count = list === undefined ? entries.length : list.length + beside.length
  if (count > mostMeasurements) return { ok: false, fault: sentence('selftest_too_many', { most: mostMeasurements }) }
  return list === undefined ? checked(ofEntries(entries)) : ofList(list, beside)
}

const parsed = (payload: Uint8Array): JsonNode => {
  try {
    return parseMembers(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    return null
  }
}

/** `limits`: names that are measurements wherever they are in the message. */
export const readSelfTest = (payload: Uint8Array, limits: readonly Pick<Limit, 'name'>[] = []): SelfTestMessage => {
  if (payload.byteLength > mostSelfTestBytes) return { ok: false, fault: sentence('selftest_too_large', { most: mostSelfTestBytes }) }
  const fields = parsed(payload)
  return isMembers(fields) ? ofFields(fields, new Set(limits.map(({ name }) => name))) : { ok: false, fault: sentence('selftest_not_json') }
}
