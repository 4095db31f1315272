// Requests of the screen with the station's token: an answer, a refusal, or nothing. Knows no view.

import { newKey } from '../api/new-key.ts'
import type { Problem } from '../api/records.d.ts'

export type Reply<T> =
  | { readonly kind: 'answer'; readonly status: number; readonly body: T }
  | { readonly kind: 'refusal'; readonly status: number; readonly problem: Problem }
  /** There was none, or none of the server. */
  | { readonly kind: 'none' }

export interface Asking {
  readonly authorization: string
  readonly language: string
}

/** Longer than a station waits for another system that is asked before a run. */
const answerMs = 5000
const againMs = 500
/** How long a scan is tried (ms). */
const patienceMs = 10_000

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string'

const replyIn = <T>(status: number, body: unknown): Reply<T> => {
  if (status >= 200 && status < 300) return { kind: 'answer', status, body: body as T }
  return isProblem(body) ? { kind: 'refusal', status, problem: body } : { kind: 'none' }
}

export const ask = async <T>(
  { authorization, language }: Asking,
  path: string,
  sent?: { readonly body: object; readonly key: string },
): Promise<Reply<T>> => {
  const headers: Record<string, string> = { authorization, accept: 'application/json', 'accept-language': language }
  const given: RequestInit = sent === undefined ? {} : { method: 'POST', body: JSON.stringify(sent.body) }
  if (sent !== undefined) Object.assign(headers, { 'content-type': 'application/json', 'idempotency-key': sent.key })
  try {
    const response = await fetch(`/api/v1${path}`, { ...given, headers, cache: 'no-store', signal: AbortSignal.timeout(answerMs) })
    return replyIn(response.status, await response.json())
  } catch {
    return { kind: 'none' }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Sent again with the same key while no answer comes, so that it is done once; `none`: nobody knows. */
export const askPatiently = async <T>(asking: () => Asking, path: string, body: object): Promise<Reply<T>> => {
  const key = newKey()
  const end = performance.now() + patienceMs
  while (true) {
    const reply = await ask<T>(asking(), path, { body, key })
    const isAnswered = reply.kind === 'answer' || (reply.kind === 'refusal' && reply.status < 500)
    if (isAnswered || performance.now() + againMs > end) return reply
    await pause(againMs)
  }
}
