// The state of one webhook's delivery: what blocks it, when the next attempt is due, and the counters of dropped and delivered events.
// Knows no event.

import type { Log } from '../log.ts'
import type { WebhookTrouble } from '../ota/ports/webhooks.ts'
import type { Sentence } from '../sentences/sentence.ts'

interface CourseDeps {
  /** Of the webhook. */
  readonly name: string
  readonly log: Log
  readonly now: () => number
}

const firstPauseMs = 1000
const longestPauseMs = 300_000
const dropLogMs = 60_000

export interface Course {
  trouble(): WebhookTrouble | null
  mayTry(): boolean
  /** An event was taken. */
  clear(): void
  /** The next attempt begins anew: with another event, or another address. */
  forget(): void
  failed(status: number | null, said: Sentence): void
}

export const createCourse = ({ name, log, now }: CourseDeps): Course => {
  let trouble: WebhookTrouble | null = null
  return {
    trouble: () => trouble,
    mayTry: () => trouble === null || now() >= trouble.nextAt,
    clear() {
      if (trouble !== null) log.info({ webhook: name, attempts: trouble.attempts }, `the webhook ${name} takes events again`)
      trouble = null
    },
    forget() {
      trouble = null
    },
    failed(status, said) {
      const attempts = (trouble?.attempts ?? 0) + 1
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1))
      if (trouble === null) log.warn({ webhook: name, status, code: said.code }, `the webhook ${name} does not take events`)
      trouble = { since: trouble?.since ?? now(), attempts, nextAt: now() + pause, status, said }
    },
  }
}

export interface Drops {
  count(): number
  add(why: 'full' | 'old'): void
}

const reasons = { full: 'too many wait', old: 'they were not delivered within 30 days' } as const

export const createDrops = ({ name, log, now }: CourseDeps): Drops => {
  let count = 0
  let loggedAt = Number.NEGATIVE_INFINITY
  return {
    count: () => count,
    add(why) {
      count += 1
      if (now() - loggedAt < dropLogMs) return
      loggedAt = now()
      log.warn({ webhook: name, dropped: count }, `events of the webhook ${name} are dropped: ${reasons[why]}`)
    },
  }
}
