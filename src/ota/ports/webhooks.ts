// Webhooks as the API and the metrics see them: types only. Every promise resolves when the change is on disk; refusals are `OtaError`s.

import type { AlertType } from '../../alerts.ts'
import type { Sentence } from '../../sentences/sentence.ts'

export interface WebhookInput {
  /** http or https. */
  readonly url: string
  /** Signs what is sent; null: one is made. */
  readonly secret: string | null
  /** Empty: all. */
  readonly events: readonly AlertType[]
  /** Alerts of other products are not sent; empty: all are. */
  readonly products: readonly string[]
  /** PEM certificates of authorities to trust besides the usual ones. */
  readonly ca: string | null
}

/** An event that the receiver has refused too often. */
export interface ParkedEvent {
  readonly id: string
  readonly type: string
  /** When it happened. */
  readonly at: number
  /** The last refusal. */
  readonly said: Sentence
}

/** Why the oldest event is not delivered. */
export interface WebhookTrouble {
  readonly since: number
  readonly attempts: number
  readonly nextAt: number
  /** null: there was no answer. */
  readonly status: number | null
  readonly said: Sentence
}

export interface WebhookFacts {
  readonly name: string
  /** Without credentials and query. */
  readonly url: string
  readonly events: readonly AlertType[]
  readonly products: readonly string[]
  readonly hasCa: boolean
  readonly createdAt: number
  readonly createdBy: string
  /** Events that wait, and when the oldest of them happened. */
  readonly backlog: number
  readonly oldestAt: number | null
  /** How many, and the newest of them. */
  readonly parked: { readonly count: number; readonly newest: readonly ParkedEvent[] }
  readonly trouble: WebhookTrouble | null
  /** These since the start. */
  readonly delivered: number
  readonly failedAttempts: number
  readonly dropped: number
  readonly deliveredAt: number | null
}

/** What came back. */
export interface WebhookAnswer {
  readonly id: string
  readonly ok: boolean
  /** null: nothing came. */
  readonly status: number | null
  readonly ms: number
  readonly said: Sentence
}

export interface Webhooks {
  /** By name. */
  list(): readonly WebhookFacts[]
  find(name: string): WebhookFacts | null
  /** The secret is known only now. */
  add(name: string, input: WebhookInput, by: string): Promise<WebhookFacts & { readonly secret: string }>
  /** `secret: null` makes a new one, which is in the answer: null where it was not made. Other fields are replaced as a whole. */
  edit(name: string, changes: Partial<WebhookInput>): Promise<WebhookFacts & { readonly secret: string | null }>
  /** With all that waits for it. */
  remove(name: string): Promise<void>
  /** Sends an event of the type `test` at once, which is not kept. */
  test(name: string): Promise<WebhookAnswer>
  /** Parked events wait again, in their old order; how many. The next attempt is made at once. */
  retry(name: string): Promise<number>
}
