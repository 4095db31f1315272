// The measurements in a message of a board. Three forms: {"measurements": [{"name", "value", "unit"}]}; {"params": {name: value}}, as
// properties are posted; or {name: value}. For a value there may be {"value", "unit"}, whatever else it has. Values of names are numbers,
// texts, true and false; others are left out, as devices post them beside. Pure; bounded, and never throws, whatever a message holds.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Given } from '../run-model.ts'

export type SelfTestMessage =
  | { readonly ok: true; readonly measurements: readonly Given[] }
  | { readonly ok: false; readonly fault: Sentence }

export const mostSelfTestBytes = 64 * 1024
export const mostMeasurements = 500
const longestName = 128
const longestValue = 1024
const longestUnit = 32

type Fields = { readonly [name: string]: unknown }

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Of a parsed object, never of its prototype. */
const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined)

const measured = (name: string, value: unknown, unit: unknown): Given | null =>
  typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
    ? { name, value, unit: typeof unit === 'string' && unit !== '' ? unit.slice(0, longestUnit) : null }
    : null

const ofEntry = ([name, value]: readonly [string, unknown]): Given | null =>
  isFields(value) ? measured(name, own(value, 'value'), own(value, 'unit')) : measured(name, value, null)

const ofItem = (item: unknown): Given | null => {
  const name = isFields(item) ? own(item, 'name') : undefined
  return isFields(item) && typeof name === 'string' ? measured(name, own(item, 'value'), own(item, 'unit')) : null
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

const ofList = (items: readonly unknown[]): SelfTestMessage => {
  const found = items.map(ofItem)
  const bad = found.indexOf(null)
  return bad < 0 ? checked(found) : { ok: false, fault: sentence('selftest_measurement_form', { number: bad + 1 }) }
}

const ofFields = (fields: Fields): SelfTestMessage => {
  const list = own(fields, 'measurements')
  const params = own(fields, 'params')
  const entries = Object.entries(isFields(params) ? params : fields)
  const count = Array.isArray(list) ? list.length : entries.length
  if (count > mostMeasurements) return { ok: false, fault: sentence('selftest_too_many', { most: mostMeasurements }) }
  return Array.isArray(list) ? ofList(list) : checked(entries.map(ofEntry))
}

const parsed = (payload: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    return undefined
  }
}

export const readSelfTest = (payload: Uint8Array): SelfTestMessage => {
  if (payload.byteLength > mostSelfTestBytes) return { ok: false, fault: sentence('selftest_too_large', { most: mostSelfTestBytes }) }
  const fields = parsed(payload)
  return isFields(fields) ? ofFields(fields) : { ok: false, fault: sentence('selftest_not_json') }
}
