// Webhooks as the API shows them.

import type { ParkedEvent, WebhookAnswer, WebhookFacts, WebhookTrouble } from '../ota/ports/webhooks.ts'
import { isoOrNull, isoTime } from './iso-time.ts'
import { saidView } from './sentence-views.ts'
import type { WebhookJson, WebhookTestJson } from './webhook-schemas.ts'

const parkedView = ({ id, type, at, said }: ParkedEvent): WebhookJson['parked']['newest'][number] => ({
  id,
  type,
  at: isoTime(at),
  ...saidView(said),
})

const troubleView = ({ since, attempts, nextAt, status, said }: WebhookTrouble): WebhookJson['trouble'] => ({
  since: isoTime(since),
  attempts,
  nextAttemptAt: isoTime(nextAt),
  status,
  ...saidView(said),
})

export const webhookView = (facts: WebhookFacts): WebhookJson => ({
  name: facts.name,
  url: facts.url,
  events: [...facts.events],
  products: [...facts.products],
  ca: facts.hasCa,
  createdAt: isoTime(facts.createdAt),
  createdBy: facts.createdBy,
  backlog: facts.backlog,
  oldestAt: isoOrNull(facts.oldestAt),
  parked: { count: facts.parked.count, newest: facts.parked.newest.map(parkedView) },
  trouble: facts.trouble === null ? null : troubleView(facts.trouble),
  delivered: facts.delivered,
  failedAttempts: facts.failedAttempts,
  dropped: facts.dropped,
  deliveredAt: isoOrNull(facts.deliveredAt),
})

export const webhookTestView = ({ id, ok, status, ms, said }: WebhookAnswer): WebhookTestJson => ({
  id,
  ok,
  status,
  ms,
  ...saidView(said),
})
