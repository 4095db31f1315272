// Reads what devices send, tolerantly, into plain data (protocol.md §2), for every dialect. Nothing here throws for a payload: what cannot
// be read becomes `Malformed` with its reason.

import { owned } from '../../owned.ts'
import type { DeviceKey } from '../model.ts'
import { keyOf } from '../names.ts'
import type { DropReason, Malformed, Report, RequestId } from './dialect.ts'
import { flatFields } from './flat-message.ts'
import { textForPeople, textOfBytes } from './legacy-text.ts'
import { cut, readAsMeant } from './second-reading.ts'
import { trimmed, trimmedName } from './trim.ts'

export type Fields = Readonly<Record<string, unknown>>

export const maxElements = 2000
const maxDesc = 512
const maxText = 64
const int32 = 2 ** 31

export const malformed = (reason: DropReason, detail = ''): Malformed => ({
  kind: 'malformed',
  reason,
  detail: owned(detail.slice(0, 200)),
})
export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
export const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined)

/** Whether the message ended before the object did, and without one of these members: what it would have said is not known. */
const endsBefore = (value: unknown, ...names: readonly string[]): boolean =>
  isFields(value) && Object.hasOwn(value, cut) && names.some((name) => own(value, name) === undefined)

const tooEarly = (what: string): Malformed => malformed('not_json', `the message ends before its ${what}`)

// ---------------------------------------------------------------- the envelope

/** One BOM is forgiven, bytes that are no UTF-8 become U+FFFD; of texts for people see `withDescs`. */
const decoder = new TextDecoder('utf-8', { fatal: false })

/** Wide characters show in how the message begins: a mark, or a brace beside a NUL. */
const wideEncodingOf = ([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | null => {
  if ((first === 0xff && second === 0xfe) || (first === 0x7b && second === 0)) return 'utf-16le'
  return (first === 0xfe && second === 0xff) || (first === 0 && second === 0x7b) ? 'utf-16be' : null
}

const withoutNuls = (payload: Uint8Array): Uint8Array => {
  let end = payload.length
  while (end > 0 && payload[end - 1] === 0) end--
  return end === payload.length ? payload : payload.subarray(0, end)
}

export interface Envelope {
  readonly fields: Fields
  /** It is no JSON, and was read as its sender meant it. */
  readonly asMeant: boolean
}

/** Deeper than any member that is read. */
const maxDepth = 5

/** Whether a number has more digits than a double holds: names and ids are their digits. */
const hasLongNumber = (value: unknown, depth = 0): boolean => {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null || depth > maxDepth) return false
  for (const name in value) if (hasLongNumber((value as Fields)[name], depth + 1)) return true
  return false
}

const moreThanRead = (reason: DropReason, what: string, sent: number, read: number): Malformed => ({
  ...malformed(reason, `${sent} ${what}, at most ${read} are read`),
  figures: { sent, read },
})

export const tooLarge = ({ length }: Uint8Array, maxBytes: number): Malformed => moreThanRead('too_large', 'bytes', length, maxBytes)

const readAgain = (payload: Uint8Array, text: string, fault: unknown): Envelope | Malformed => {
  const encoding = wideEncodingOf(payload)
  const fields = readAsMeant(encoding === null ? text : new TextDecoder(encoding).decode(payload))
  if (!isFields(fields)) return malformed('not_json', fault instanceof Error ? fault.message : '')
  if (endsBefore(fields, 'method', 'params')) return tooEarly('method and params')
  return { fields: encoding === null ? withDescs(fields, payload) : fields, asMeant: true }
}

const withoutMark = (payload: Uint8Array): Uint8Array =>
  payload[0] === 0xef && payload[1] === 0xbb && payload[2] === 0xbf ? payload.subarray(3) : payload

/** As `textOfBytes` keeps it. */
const parseBytes = (payload: Uint8Array): unknown => {
  const text = textOfBytes(withoutMark(payload))
  try {
    return JSON.parse(text)
  } catch {
    return readAsMeant(text)
  }
}

const isUnreadable = (element: unknown): boolean => {
  const desc = isFields(element) ? own(element, 'desc') : undefined
  return typeof desc === 'string' && desc.includes('\uFFFD')
}

const readDescAgain = (element: unknown, kept: unknown): unknown => {
  const sent = isFields(kept) ? own(kept, 'desc') : undefined
  return isFields(element) && isUnreadable(element) && typeof sent === 'string'
    ? { ...element, desc: textForPeople(sent, maxDesc) }
    : element
}

/** Descriptions that are no UTF-8 as the people meant them who wrote them (legacy-text.ts); all else as it was. One more parse at most. */
const withDescs = (fields: Fields, payload: Uint8Array): Fields => {
  const params = own(fields, 'params')
  const list = Array.isArray(params) ? (params as readonly unknown[]).slice(0, maxElements) : [params]
  if (!list.some(isUnreadable)) return fields
  const again = parseBytes(withoutNuls(payload))
  const kept = isFields(again) ? own(again, 'params') : undefined
  if (!Array.isArray(params)) return { ...fields, params: readDescAgain(params, kept) }
  if (!Array.isArray(kept) || kept.length !== params.length) return fields
  return { ...fields, params: params.map((element, at) => (at < maxElements ? readDescAgain(element, kept[at]) : (element as unknown))) }
}

/** The JSON object in the payload; trailing NULs are forgiven. What is no JSON is read a second time (second-reading.ts). */
export const parseEnvelope = (payload: Uint8Array, maxBytes: number): Envelope | Malformed => {
  if (payload.length > maxBytes) return tooLarge(payload, maxBytes)
  const flat = flatFields(payload)
  if (flat !== undefined) return { fields: flat, asMeant: false }
  const text = decoder.decode(withoutNuls(payload))
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return readAgain(payload, text, error)
  }
  if (!isFields(value)) return malformed('not_object', 'the message is no JSON object')
  const exact = hasLongNumber(value) ? readAsMeant(text) : value
  return { fields: withDescs(isFields(exact) ? exact : value, payload), asMeant: false }
}

/** As it came; text is cut. */
export const requestId = (value: unknown): RequestId => {
  if (typeof value === 'string') return owned(value.slice(0, 128))
  if (typeof value === 'bigint') return value.toString().length > 128 ? undefined : value
  return value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) ? value : undefined
}

// ---------------------------------------------------------------- members

/** Longer texts are refused for their length. */
const longest = 1024
const textOf = (text: string): string => (text.length > longest ? text : trimmed(text))

/** A number for a name is its digits. */
const nameText = (value: unknown): unknown =>
  (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) || (typeof value === 'bigint' && value >= 0)
    ? String(value)
    : value

const readModule = (value: unknown): string | Malformed => {
  if (value === undefined || value === null) return 'default'
  const text = nameText(value)
  if (typeof text !== 'string') return malformed('bad_module', 'module is no string')
  const name = textOf(text)
  return name === ''
    ? 'default'
    : name.length > maxText
      ? malformed('bad_module', `module has ${name.length} characters, ${maxText} are read`)
      : owned(name)
}

const readVersion = (value: unknown): string | Malformed => {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint')
    return malformed('bad_version', 'version is no string')
  const version = textOf(String(value))
  return version === '' || version.length > maxText
    ? malformed('bad_version', `version has ${version.length} characters, 1 to ${maxText} are read`)
    : owned(version)
}

const digits = /^\d+$/
const decimal = /^[+-]?\d+(\.\d*)?$/

/** Digits as a string or a safe integer; anything else counts as missing. A number too large for an id stays one that no task has. */
const readTaskId = (value: unknown): number | null => {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null
  if (typeof value !== 'string') return null
  const text = textOf(value)
  return digits.test(text) ? Number(text) : null
}

const readStep = (value: unknown): number | Malformed => {
  const text = typeof value === 'string' ? textOf(value) : null
  if (text !== null && !decimal.test(text)) return malformed('bad_step', 'step is no number')
  const step = Math.trunc(typeof value === 'number' ? value : text === null ? Number.NaN : Number(text)) + 0
  if (!(step >= -int32 && step < int32)) return malformed('bad_step', 'step is no int32')
  return step > 100 ? malformed('bad_step', `step ${step} is above 100`) : step
}

const readDesc = (value: unknown): string =>
  owned(
    (typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '').slice(0, maxDesc),
  )

const readName = (value: unknown): unknown => {
  const name = nameText(value)
  return typeof name === 'string' && name.length <= longest ? trimmedName(name) : name
}

export const readIdentity = (value: unknown): DeviceKey | Malformed => {
  if (!isFields(value)) return malformed('bad_identity', 'identity is no object')
  const product = readName(own(value, 'product_key'))
  const name = readName(own(value, 'device_name'))
  if (typeof product !== 'string' || typeof name !== 'string') return malformed('bad_identity', 'product_key or device_name is no string')
  const key = keyOf(product, name)
  return key === null ? malformed('bad_identity', `${product}/${name} is no usable name`) : owned(key)
}

export const readVersionReport = (fields: Fields, identity: DeviceKey | null): Report | Malformed => {
  if (endsBefore(fields, 'module', 'version')) return tooEarly('module and version')
  const module = readModule(own(fields, 'module'))
  if (typeof module !== 'string') return module
  const raw = own(fields, 'version')
  const version = readVersion(raw)
  return typeof version === 'string' ? { kind: 'version', identity, module, version, notString: typeof raw !== 'string' } : version
}

export const readProgressReport = (fields: Fields, identity: DeviceKey | null): Report | Malformed => {
  if (endsBefore(fields, 'task_id', 'step')) return tooEarly('task_id and step')
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

/** What is said of a list that is not read to its end. */
export const tooMany = ({ length }: readonly unknown[]): readonly Malformed[] =>
  length > maxElements ? [moreThanRead('too_many_elements', 'elements', length, maxElements)] : []

export const readMany = (params: unknown, read: Reader): readonly (Report | Malformed)[] => {
  const list = Array.isArray(params) ? (params as readonly unknown[]) : isFields(params) ? [params] : null
  if (list === null) return [malformed('bad_params', 'params is no array')]
  const reports = list.slice(0, maxElements).map((element) => readElement(element, read))
  return [...reports, ...tooMany(list)]
}

export const readGet = (params: unknown, id: RequestId): Report | Malformed => {
  if (params !== undefined && params !== null && !isFields(params)) return malformed('bad_params', 'params is no object')
  if (endsBefore(params, 'module')) return tooEarly('module')
  const module = readModule(isFields(params) ? own(params, 'module') : undefined)
  return typeof module === 'string' ? { kind: 'get', identity: null, module, id } : module
}
