// Which bytes of an image a request asks for: Range, If-Range and If-None-Match (RFC 9110 §13, §14; protocol.md §7).
// Functions of headers and size: knows no sockets and no files.

/** The headers that select bytes, as node:http gives them: repeated ones joined by commas. */
export interface Conditions {
  readonly range?: string | undefined
  readonly 'if-range'?: string | undefined
  readonly 'if-none-match'?: string | undefined
}

/** `[start, end)` is sent with 200 and 206. */
export type Choice =
  | { readonly status: 200 | 206; readonly start: number; readonly end: number }
  | { readonly status: 304 }
  | { readonly status: 416 }

const ENTITY_TAG = /(?:W\/)?("[^"]*")/g

const fromTo = (from: number, to: number, size: number): Choice | undefined => {
  if (to < from) return undefined
  return from >= size ? { status: 416 } : { status: 206, start: from, end: Math.min(to + 1, size) }
}

/** Almost all requests have this form. */
const PLAIN = /^bytes=(\d{1,15})-(\d{1,15})$/

/** `first-last`, `first-` or `-length`; numbers above 2^53 lose digits, but are still beyond the end of any image. */
const choosePart = (spec: string, size: number): Choice | undefined => {
  const [, first, last] = /^(\d*)-(\d*)$/.exec(spec) ?? []
  if (first === undefined || last === undefined || first + last === '') return undefined
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? { status: 416 } : { status: 206, start: size - length, end: size }
  }
  return fromTo(Number(first), last === '' ? Number.POSITIVE_INFINITY : Number(last), size)
}

/** A malformed header, another unit or several ranges are ignored (RFC 9110 §14.2 allows it). */
const chooseRange = (header: string, size: number): Choice | undefined => {
  const [, first, last] = PLAIN.exec(header) ?? []
  if (first !== undefined && last !== undefined) return fromTo(Number(first), Number(last), size)
  const [, set] = /^bytes=(.*)$/i.exec(header) ?? []
  const specs = (set ?? '').split(',').map((spec) => spec.trim())
  const [spec, ...others] = specs.filter((each) => each !== '')
  return spec === undefined || others.length > 0 ? undefined : choosePart(spec, size)
}

/** RFC 9110 §13.1.2: a weak comparison, which is harmless here: the bytes are the same. */
const hasAlready = (header: string, etag: string): boolean =>
  header.trim() === '*' || [...header.matchAll(ENTITY_TAG)].some(([, tag]) => tag === etag)

/**
 * Status and bytes of the response. `etag` with its quotes, strong. If-None-Match comes first, then If-Range, then Range
 * (RFC 9110 §13.2.2). If-Range is a strong comparison, so that a weak tag or a date never matches. Only GET has ranges (§14.2).
 */
export const chooseBytes = (method: string, headers: Conditions, size: number, etag: string): Choice => {
  const { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = headers
  if (ifNoneMatch !== undefined && hasAlready(ifNoneMatch, etag)) return { status: 304 }
  const whole: Choice = { status: 200, start: 0, end: size }
  if (method !== 'GET' || range === undefined) return whole
  if (ifRange !== undefined && ifRange.trim() !== etag) return whole
  return chooseRange(range, size) ?? whole
}
