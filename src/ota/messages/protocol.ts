// Uplinks: payloads of `thing/up/ota` and `thing/up/topo` read tolerantly into plain data (protocol.md §2).
// Nothing here throws for a payload; what cannot be read becomes `Malformed` with its reason.

import type { DeviceKey } from '../model.ts'
import { keyOf } from '../names.ts'

export type DropReason =
  | 'too_large'
  | 'not_json'
  | 'not_object'
  | 'unknown_method'
  | 'downlink_method'
  | 'bad_params'
  | 'bad_identity'
  | 'bad_element'
  | 'too_many_elements'
  | 'too_many_modules'
  | 'bad_version'
  | 'bad_module'
  | 'bad_step'
  | 'foreign_task'
  | 'unknown_task'
  | 'stale_attempt'
  | 'no_task'
  | 'task_ended'
  | 'not_child'
  | 'get_rate'
  | 'unknown_device'

export interface Malformed {
  readonly kind: 'malformed'
  readonly reason: DropReason
  readonly detail: string
}

/** A device's own request id, echoed in the type it came in; undefined where there was none. */
export type RequestId = string | number | null | undefined

/** One thing that a device says of itself, or a gateway of a child (`identity`). */
export type Report =
  | {
      readonly kind: 'version'
      readonly identity: DeviceKey | null
      readonly module: string
      readonly version: string
      readonly notString: boolean
    }
  | {
      readonly kind: 'progress'
      readonly identity: DeviceKey | null
      readonly module: string
      readonly task: number | null
      readonly step: number
      readonly desc: string
    }
  | { readonly kind: 'get'; readonly identity: null; readonly module: string; readonly id: RequestId }

export interface Uplink {
  readonly kind: 'uplink'
  readonly method: string
  readonly id: RequestId
  readonly reports: readonly (Report | Malformed)[]
}

export type TopoMethod = 'add' | 'delete' | 'get' | 'login' | 'logout'

export interface TopoUplink {
  readonly kind: 'topo'
  readonly method: TopoMethod
  readonly id: RequestId
  readonly children: readonly DeviceKey[]
  readonly refused: readonly Malformed[]
}

type Fields = Readonly<Record<string, unknown>>

const maxElements = 200
const maxDesc = 512
const maxText = 64
const int32 = 2 ** 31

const malformed = (reason: DropReason, detail = ''): Malformed => ({ kind: 'malformed', reason, detail: detail.slice(0, 200) })
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined)

const decoder = new TextDecoder('utf-8', { fatal: false })

/** The JSON object in the payload: one BOM and trailing NULs forgiven, bytes that are no UTF-8 become U+FFFD. */
const parseEnvelope = (payload: Uint8Array, maxBytes: number): { readonly fields: Fields } | Malformed => {
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

const requestId = (value: unknown): RequestId =>
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

/** Digits as a string or a safe integer; anything else counts as missing. Too many digits stay a number that no task has. */
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

const readIdentity = (value: unknown): DeviceKey | Malformed => {
  if (!isFields(value)) return malformed('bad_identity', 'identity is no object')
  const product = own(value, 'product_key')
  const name = own(value, 'device_name')
  if (typeof product !== 'string' || typeof name !== 'string') return malformed('bad_identity', 'product_key or device_name is no string')
  return keyOf(product, name) ?? malformed('bad_identity', `${product}/${name} is no usable name`)
}

const readVersionReport = (fields: Fields, identity: DeviceKey | null): Report | Malformed => {
  const module = readModule(own(fields, 'module'))
  if (typeof module !== 'string') return module
  const raw = own(fields, 'version')
  const version = readVersion(raw)
  return typeof version === 'string' ? { kind: 'version', identity, module, version, notString: typeof raw !== 'string' } : version
}

const readProgressReport = (fields: Fields, identity: DeviceKey | null): Report | Malformed => {
  const module = readModule(own(fields, 'module'))
  if (typeof module !== 'string') return module
  const step = readStep(own(fields, 'step'))
  if (typeof step !== 'number') return step
  return { kind: 'progress', identity, module, task: readTaskId(own(fields, 'task_id')), step, desc: readDesc(own(fields, 'desc')) }
}

type Reader = (fields: Fields, identity: DeviceKey | null) => Report | Malformed

const readOne = (params: unknown, read: Reader): readonly (Report | Malformed)[] => [
  isFields(params) ? read(params, null) : malformed('bad_params', 'params is no object'),
]

const readElement = (element: unknown, read: Reader): Report | Malformed => {
  if (!isFields(element)) return malformed('bad_element', 'the element is no object')
  const identity = readIdentity(own(element, 'identity'))
  return typeof identity === 'string' ? read(element, identity) : identity
}

const readMany = (params: unknown, read: Reader): readonly (Report | Malformed)[] => {
  const list = Array.isArray(params) ? (params as readonly unknown[]) : isFields(params) ? [params] : null
  if (list === null) return [malformed('bad_params', 'params is no array')]
  const reports = list.slice(0, maxElements).map((element) => readElement(element, read))
  return list.length > maxElements
    ? [...reports, malformed('too_many_elements', `${list.length} elements, ${maxElements} are read`)]
    : reports
}

const readGet = (params: unknown, id: RequestId): Report | Malformed => {
  if (params !== undefined && params !== null && !isFields(params)) return malformed('bad_params', 'params is no object')
  const module = readModule(isFields(params) ? own(params, 'module') : undefined)
  return typeof module === 'string' ? { kind: 'get', identity: null, module, id } : module
}

const readParams = (method: string, params: unknown, id: RequestId): readonly (Report | Malformed)[] | Malformed => {
  switch (method) {
    case 'version.post':
      return readOne(params, readVersionReport)
    case 'upgrade.post':
      return readOne(params, readProgressReport)
    case 'firmware.get':
      return [readGet(params, id)]
    case 'sub.version.post':
      return readMany(params, readVersionReport)
    case 'sub.upgrade.post':
      return readMany(params, readProgressReport)
    case 'firmware.post':
    case 'sub.firmware.post':
      return malformed('downlink_method', `${method} goes down, not up`)
    default:
      return malformed('unknown_method', method)
  }
}

/** Reads an uplink of `thing/up/ota`. `maxBytes` is `ota.maxUplinkBytes`. */
export const decodeUplink = (payload: Uint8Array, maxBytes: number): Uplink | Malformed => {
  const envelope = parseEnvelope(payload, maxBytes)
  if ('kind' in envelope) return envelope
  const { fields } = envelope
  const method = own(fields, 'method')
  if (typeof method !== 'string') return malformed('unknown_method', 'method is no string')
  const id = requestId(own(fields, 'id'))
  const reports = readParams(method, own(fields, 'params'), id)
  return 'kind' in reports ? reports : { kind: 'uplink', method, id, reports }
}

const topoMethods: readonly string[] = ['add', 'delete', 'get', 'login', 'logout']
const isTopoMethod = (method: unknown): method is TopoMethod => typeof method === 'string' && topoMethods.includes(method)

/** Reads a message of `thing/up/topo` (protocol.md §4 `sub.*`); an element may hold its names itself or under `identity`. */
export const decodeTopo = (payload: Uint8Array, maxBytes: number): TopoUplink | Malformed => {
  const envelope = parseEnvelope(payload, maxBytes)
  if ('kind' in envelope) return envelope
  const { fields } = envelope
  const method = own(fields, 'method')
  if (!isTopoMethod(method)) return malformed('unknown_method', typeof method === 'string' ? method : 'method is no string')
  const params = own(fields, 'params') ?? []
  const list = Array.isArray(params) ? (params as readonly unknown[]) : [params]
  const read = list
    .slice(0, maxElements)
    .map((element) => readIdentity(isFields(element) && isFields(own(element, 'identity')) ? own(element, 'identity') : element))
  const tooMany = list.length > maxElements ? [malformed('too_many_elements', `${list.length} elements, ${maxElements} are read`)] : []
  return {
    kind: 'topo',
    method,
    id: requestId(own(fields, 'id')),
    children: read.filter((child) => typeof child === 'string'),
    refused: [...read.filter((child) => typeof child !== 'string'), ...tooMany],
  }
}
