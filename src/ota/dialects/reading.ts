// Reads what devices send, tolerantly, into plain data (protocol.md §2), for every dialect. Nothing here throws for a payload: what cannot
// be read becomes `Malformed` with its reason.

import type { DeviceKey } from '../model.ts'
import { keyOf } from '../names.ts'
import type { DropReason, Malformed, Report, RequestId } from './dialect.ts'

export type Fields = Readonly<Record<string, unknown>>

export const maxElements = 200
const maxDesc = 512
const maxText = 64
const int32 = 2 ** 31

export const malformed = (reason: DropReason, detail = ''): Malformed => ({ kind: 'malformed', reason, detail: detail.slice(0, 200) })
export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
export const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined)

const decoder = new TextDecoder('utf-8', { fatal: false })

/** The JSON object in the payload: one BOM and trailing NULs are tolerated, bytes that are not UTF-8 become U+FFFD. */
export const parseEnvelope = (payload: Uint8Array, maxBytes: number): { readonly fields: Fields } | Malformed => {
  if (payload.length > maxBytes) return malformed('too_large', `${payload.length} bytes, ${maxBytes} are read`)
  let end = payload.length
  while (end > 0 && payload[end - 1] === 0) end--
  try {
    const value: unknown = JSON.parse(decoder.decode(end === payload.length ? payload : payload.subarray(0, end)))
    return isFields(value) ? { fields: value } : malformed('not_object', 'the message is no JSON object')
  } catch (error) {
    return malformed('not_json', error instanceof Error ? error.message : '')
  }
}

export const requestId = (value: unknown): RequestId =>
  typeof value === 'string'
    ? value.slice(0, 128)
    : value === null || (typeof value === 'number' && Number.isFinite(value))
      ? value
      : undefined

const readModule = (value: unknown): string | Malformed => {
  if (value === undefined || value === null) return 'default'
  if (typeof value !== 'string') return malformed('bad_module', 'module is no string')
  const name = value.trim()
  return name === ''
    ? 'default'
    : name.length > maxText
      ? malformed('bad_module', `module has ${name.length} characters, ${maxText} are read`)
      : name
}

const readVersion = (value: unknown): string | Malformed => {
  if (typeof value !== 'string' && typeof value !== 'number') return malformed('bad_version', 'version is no string')
  const version = String(value).trim()
  return version === '' || version.length > maxText
    ? malformed('bad_version', `version has ${version.length} characters, 1 to ${maxText} are read`)
    : version
}

/** Digits as a string or a safe integer; anything else counts as missing. A number too large for an id stays one that no task has. */
const readTaskId = (value: unknown): number | null => {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null
  return typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : null
}

const readStep = (value: unknown): number | Malformed => {
  const text = typeof value === 'string' ? value.trim() : null
  if (text !== null && !/^[+-]?\d+(\.\d*)?$/.test(text)) return malformed('bad_step', 'step is no number')
  const step = Math.trunc(typeof value === 'number' ? value : text === null ? Number.NaN : Number(text)) + 0
  if (!(step >= -int32 && step < int32)) return malformed('bad_step', 'step is no int32')
  return step > 100 ? malformed('bad_step', `step ${step} is above 100`) : step
}

const readDesc = (value: unknown): string =>
  (typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '').slice(0, maxDesc)

export const readIdentity = (value: unknown): DeviceKey | Malformed => {
  if (!isFields(value)) return malformed('bad_identity', 'identity is no object')
  const product = own(value, 'product_key')
  const name = own(value, 'device_name')
  if (typeof product !== 'string' || typeof name !== 'string') return malformed('bad_identity', 'product_key or device_name is no string')
  return keyOf(product, name) ?? malformed('bad_identity', `${product}/${name} is no usable name`)
}

export const readVersionReport = (fields: Fields, identity: DeviceKey | null): Report | Malformed => {
  const module = readModule(own(fields, 'module'))
  if (typeof module !== 'string') return module
  const raw = own(fields, 'version')
  const version = readVersion(raw)
  return typeof version === 'string' ? { kind: 'version', identity, module, version, notString: typeof raw !== 'string' } : version
}

export const readProgressReport = (fields: Fields, identity: DeviceKey | null): Report | Malformed => {
  const module = readModule(own(fields, 'module'))
  if (typeof module !== 'string') return module
  const step = readStep(own(fields, 'step'))
  if (typeof step !== 'number') return step
  return { kind: 'progress', identity, module, task: readTaskId(own(fields, 'task_id')), step, desc: readDesc(own(fields, 'desc')) }
}

type Reader = (fields: Fields, identity: DeviceKey | null) => Report | Malformed

export const readOne = (params: unknown, read: Reader): readonly (Report | Malformed)[] => [
  isFields(params) ? read(params, null) : malformed('bad_params', 'params is no object'),
]

const readElement = (element: unknown, read: Reader): Report | Malformed => {
  if (!isFields(element)) return malformed('bad_element', 'the element is no object')
  const identity = readIdentity(own(element, 'identity'))
  return typeof identity === 'string' ? read(element, identity) : identity
}

export const readMany = (params: unknown, read: Reader): readonly (Report | Malformed)[] => {
  const list = Array.isArray(params) ? (params as readonly unknown[]) : isFields(params) ? [params] : null
  if (list === null) return [malformed('bad_params', 'params is no array')]
  const reports = list.slice(0, maxElements).map((element) => readElement(element, read))
  return list.length > maxElements
    ? [...reports, malformed('too_many_elements', `${list.length} elements, ${maxElements} are read`)]
    : reports
}

export const readGet = (params: unknown, id: RequestId): Report | Malformed => {
  if (params !== undefined && params !== null && !isFields(params)) return malformed('bad_params', 'params is no object')
  const module = readModule(isFields(params) ? own(params, 'module') : undefined)
  return typeof module === 'string' ? { kind: 'get', identity: null, module, id } : module
}
