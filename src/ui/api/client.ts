// Requests to the API, in the language of the page, and its refusals as RFC 9457 problems. Knows no view.

import { language } from '../text/text.ts'
import type { Problem } from './records.d.ts'

export const base = '/api/v1'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Answer<T> {
  readonly body: T
  /** For If-Match. */
  readonly etag: string | null
}

/** A refusal of the server; `problem` null: there was no answer. */
export interface Refusal {
  readonly problem: Problem | null
  /** Of what is there now, where If-Match named another one. */
  readonly etag: string | null
}

export const isRefusal = (thrown: unknown): thrown is Refusal => typeof thrown === 'object' && thrown !== null && 'problem' in thrown

/** Called with 401: nobody is signed in any more. */
let signedOut = (): void => undefined
export const onSignedOut = (listener: () => void): void => {
  signedOut = listener
}

/** Called with 403: perhaps the caller has another role now. */
let forbidden = (): void => undefined
export const onForbidden = (listener: () => void): void => {
  forbidden = listener
}

export interface SentRequest {
  readonly method?: Method
  readonly body?: unknown
  readonly etag?: string | null
  readonly signal?: AbortSignal
  /** With it a repeated request makes nothing twice. */
  readonly key?: string
}

const headersOf = ({ body, etag, key }: SentRequest): Record<string, string> => ({
  accept: 'application/json',
  'accept-language': language.peek(),
  ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  ...(etag === undefined || etag === null ? {} : { 'if-match': etag }),
  ...(key === undefined ? {} : { 'idempotency-key': key }),
})

const isFault = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'path' in value && 'message' in value && typeof value.message === 'string'

/** Others write `detail` too, as they like. */
const isProblem = (value: unknown): value is Problem => {
  if (typeof value !== 'object' || value === null || !('detail' in value) || typeof value.detail !== 'string') return false
  return !('faults' in value) || value.faults === undefined || (Array.isArray(value.faults) && value.faults.every(isFault))
}

/** RFC 9457, or nothing that can be read: a proxy in between has answered. */
const problemIn = (text: string): Problem | null => {
  try {
    const parsed: unknown = JSON.parse(text)
    return isProblem(parsed) ? parsed : null
  } catch {
    return null
  }
}

const unreachable = (cause: unknown): unknown => (cause instanceof Error && cause.name === 'AbortError' ? cause : refusalOf(null))

/** Thrown for every answer that is no success. */
const refusalOf = (problem: Problem | null, etag: string | null = null): Error & Refusal =>
  Object.assign(new Error(problem?.detail ?? 'no answer'), { problem, etag })

/** What is no JSON is not of the server. */
const bodyIn = (text: string): unknown => {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    throw refusalOf(null)
  }
}

/** What an upload answers, which goes by another way than fetch. */
export const answered = <T>(status: number, text: string, etag: string | null = null): T => {
  if (status >= 200 && status < 300) return bodyIn(text) as T
  if (status === 401) signedOut()
  if (status === 403) forbidden()
  throw refusalOf(problemIn(text), etag)
}

/** Throws a Refusal; an aborted request rejects with AbortError. `path`: behind /api/v1. */
export const request = async <T>(path: string, sent: SentRequest = {}): Promise<Answer<T>> => {
  const { method = 'GET', body, signal } = sent
  const init: RequestInit = { method, headers: headersOf(sent), credentials: 'same-origin' }
  if (body !== undefined) init.body = JSON.stringify(body)
  if (signal !== undefined) init.signal = signal
  const response = await fetch(`${base}${path}`, init).catch((cause: unknown) => {
    throw unreachable(cause)
  })
  const text = await response.text().catch((cause: unknown) => {
    throw unreachable(cause)
  })
  const tag = response.headers.get('etag')
  return { body: answered<T>(response.status, text, tag), etag: tag }
}

/** A path with its query; values that are empty are left out, lists repeat their name. */
export const withQuery = (path: string, values: Readonly<Record<string, string | number | readonly string[] | undefined>>): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (Array.isArray(value)) for (const each of value) query.append(name, each)
    else if (value !== undefined && value !== '') query.set(name, String(value))
  }
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}
