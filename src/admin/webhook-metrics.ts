// The metrics of webhooks, each by the name of its webhook. Knows no delivery.

import { Counter, Gauge, type Registry } from 'prom-client'
import type { WebhookFacts } from '../ota/ports/webhooks.ts'

type Read = (facts: WebhookFacts, now: number) => number

const gauges: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['fogbell_webhook_backlog', 'Events that wait for a webhook.', ({ backlog }) => backlog],
  [
    'fogbell_webhook_oldest_seconds',
    'How long ago the oldest event that waits for a webhook happened; 0: none waits.',
    ({ oldestAt }, now) => (oldestAt === null ? 0 : Math.max(0, (now - oldestAt) / 1000)),
  ],
  ['fogbell_webhook_failing', '1 while the last attempt of a webhook has failed.', ({ trouble }) => (trouble === null ? 0 : 1)],
  ['fogbell_webhook_parked', 'Events that a webhook has refused too often, until they are sent again.', ({ parked }) => parked.count],
]

const counters: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['fogbell_webhook_delivered_total', 'Events that a webhook has taken.', ({ delivered }) => delivered],
  ['fogbell_webhook_attempts_failed_total', 'Attempts of a webhook that failed or were refused.', ({ failedAttempts }) => failedAttempts],
  ['fogbell_webhook_dropped_total', 'Events that were not delivered: too many waited, or 30 days are over.', ({ dropped }) => dropped],
]

const labelNames = ['webhook'] as const

export const addWebhookMetrics = (registry: Registry, list: () => readonly WebhookFacts[]): void => {
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        for (const facts of list()) this.set({ webhook: facts.name }, read(facts, Date.now()))
      },
    })
  }
  for (const [name, help, read] of counters) {
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        for (const facts of list()) this.inc({ webhook: facts.name }, read(facts, Date.now()))
      },
    })
  }
}
