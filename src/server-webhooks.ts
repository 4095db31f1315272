// Alerts out of a running server: webhooks over its store, with what the core reports and how the store fails. A part of the composition root.

import type { Log } from './log.ts'
import type { Event, Events } from './ota/ports/observers.ts'
import type { StoreHealth } from './store-health.ts'
import { type OpenWebhooks, openWebhooks, type WebhooksDeps } from './webhooks/open-webhooks.ts'

const tickMs = 250

export interface AlertsDeps extends Pick<WebhooksDeps, 'batches' | 'now' | 'version'> {
  readonly health: StoreHealth
  readonly log: Log
  readonly closers: { add(close: () => Promise<void>): void }
}

/** Opened before the store, whose commits have rows of it. */
export const openAlerts = async ({ health, closers, ...deps }: AlertsDeps): Promise<OpenWebhooks> => {
  const webhooks = await openWebhooks({ ...deps, wallClock: Date.now })
  health.onFailure(webhooks.storeFailed)
  const timer = setInterval(webhooks.tick, tickMs)
  closers.add(() => {
    clearInterval(timer)
    return webhooks.close()
  })
  return webhooks
}

/** The events of the core, for watchers and for webhooks. */
export const withAlerts = (events: Events, webhooks: Pick<OpenWebhooks, 'observe'>): Events => ({
  emit(event: Event) {
    events.emit(event)
    webhooks.observe(event)
  },
  watches: events.watches,
})
