// What is done with a code that was scanned: sent once, one after another, and said what came of it. Knows no view.

import type { Run, Scanned } from '../api/records.d.ts'
import { type Notice, noticeOf } from './notice.ts'
import { type Asking, askPatiently, type Reply } from './station-requests.ts'

export interface ScansListener {
  /** Whether the server is there. */
  isOn(): boolean
  notice(notice: Notice): void
  /** What was said before is no longer about the last scan, unless that was the same: a scanner's double is answered by nothing. */
  clear(text: string): void
  /** It is no longer on its way. */
  settled(): void
  began(run: Run): void
  acknowledged(id: string): void
  refused(status: number): void
}

export interface Scans {
  scan(text: string): void
  acknowledge(run: Run): void
}

/** An answer that takes longer is waited for visibly (ms). */
const soonMs = 250
/** Behind a scan that takes longer no other is sent: by then somebody may have done something else (ms). */
const turnMs = 1000

/** The status of a refusal that is not about the scan; null: it is about it. */
const ofToken = (reply: Reply<unknown>): number | null =>
  reply.kind === 'refusal' && (reply.status === 401 || reply.status === 403) ? reply.status : null

const failed = (reply: Exclude<Reply<unknown>, { readonly kind: 'answer' }>, scanned: string): Notice => {
  if (reply.kind === 'none') return noticeOf('untaken', scanned)
  const { problem, status } = reply
  return noticeOf(status >= 500 ? 'untaken' : 'refused', scanned, { text: problem.detail, code: problem.reason ?? problem.code })
}

export const createScans = (station: string, asking: () => Asking, listener: ScansListener): Scans => {
  let last: Promise<void> = Promise.resolve()
  /** A scan for which no answer comes: nothing is sent behind it. */
  let isStuck = false

  const sent = async <T>(path: string, body: object, scanned: string): Promise<Reply<T>> => {
    const timer = setTimeout(() => {
      isStuck = true
      listener.notice(noticeOf('sending', scanned))
    }, soonMs)
    const reply = await askPatiently<T>(asking, path, body)
    clearTimeout(timer)
    isStuck = false
    return reply
  }
  const settle = (reply: Reply<Run | Scanned>, scanned: string): void => {
    const status = ofToken(reply)
    if (status !== null) listener.refused(status)
    else if (reply.kind !== 'answer') listener.notice(failed(reply, scanned))
    else if (!('kind' in reply.body)) {
      listener.began(reply.body)
    } else if (reply.body.kind === 'ignored') listener.settled()
    else listener.notice(noticeOf('done', scanned, { text: reply.body.text, code: reply.body.code }))
  }
  return {
    scan(text) {
      if (!listener.isOn() || isStuck) return listener.notice(noticeOf('untaken', text))
      listener.clear(text)
      const since = performance.now()
      last = last.then(async () => {
        if (!listener.isOn() || performance.now() - since > turnMs) return listener.notice(noticeOf('untaken', text))
        settle(await sent<Run | Scanned>(`/stations/${encodeURIComponent(station)}/scan`, { text }, text), text)
      })
    },
    acknowledge({ id, serial }) {
      if (!listener.isOn()) return
      listener.clear('')
      last = last.then(async () => {
        const reply = await sent<Run>(`/runs/${id}/acknowledge`, {}, serial)
        if (reply.kind === 'answer') listener.acknowledged(id)
        else listener.notice(failed(reply, serial))
      })
    },
  }
}
