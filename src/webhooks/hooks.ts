// The webhooks of a running server, each with its delivery, and what is kept of them. A change is on disk before it counts. Knows no event's
// origin.

import { asOtaError, OtaError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Batches } from '../ota/ports/store.ts'
import type { WebhookFacts, WebhookInput } from '../ota/ports/webhooks.ts'
import { sentence } from '../sentences/sentence.ts'
import { createDelivery, type Delivery } from './hook-delivery.ts'
import { createPost, type Post, type PostOptions } from './post.ts'
import type { RowJournal } from './row-journal.ts'
import { nameOf, parkedPrefix, placeOf, rangeOf, waitingPrefix, webhookKey } from './webhook-keys.ts'
import { newId, newSecret, shownUrl, type WebhookRecord } from './webhook-records.ts'

export interface Hook {
  record: WebhookRecord
  readonly delivery: Delivery
}

export interface HooksDeps extends PostOptions {
  readonly batches: Pick<Batches, 'commit' | 'get' | 'range'>
  readonly log: Log
  readonly now: () => number
  readonly mostEvents: number
}

export interface Hooks {
  readonly deps: HooksDeps
  readonly journal: RowJournal
  /** By name in small letters. */
  readonly byName: Map<string, Hook>
  readonly byId: Map<string, Hook>
  /** The highest number of an event so far. */
  lastSeq: number
  /** Changes of webhooks, one after the other. */
  turn: Promise<unknown>
}

export const mostHooks = 20

export const postOf = ({ deps }: Hooks, record: WebhookRecord): Post => createPost(record, deps)

const open = (hooks: Hooks, record: WebhookRecord): Hook => {
  const { deps, journal } = hooks
  const { id, name } = record
  const { log, now, mostEvents: most } = deps
  const delivery = createDelivery({ id, name, read: (key) => deps.batches.get(key), journal, log, now, most }, postOf(hooks, record))
  const hook: Hook = { record, delivery }
  hooks.byName.set(nameOf(name), hook)
  hooks.byId.set(id, hook)
  return hook
}

export const factsOf = ({ record, delivery }: Hook): WebhookFacts => {
  const { name, url, events, products, ca, createdAt, createdBy } = record
  return { name, url: shownUrl(url), events, products, hasCa: ca !== null, createdAt, createdBy, ...delivery.figures() }
}

export const mustFindHook = ({ byName }: Hooks, name: string): Hook => {
  const found = byName.get(nameOf(name))
  if (found === undefined) throw new OtaError('OTA_WEBHOOK_UNKNOWN', sentence('webhook_unknown', { name }))
  return found
}

/** What a start finds on disk; rows of webhooks that were removed are deleted. */
export const readHooks = async (hooks: Hooks, records: readonly WebhookRecord[]): Promise<void> => {
  for (const record of records) open(hooks, record)
  for (const [prefix, isParked] of [[parkedPrefix, true] as const, [waitingPrefix, false] as const]) {
    for await (const [key, text] of hooks.deps.batches.range(...rangeOf(prefix))) {
      const { webhook, seq } = placeOf(key)
      const hook = hooks.byId.get(webhook)
      if (hook === undefined) hooks.journal.remove(key)
      else hook.delivery.found(seq, text, isParked)
      hooks.lastSeq = Math.max(hooks.lastSeq, seq)
    }
  }
}

const inTurn = <T>(hooks: Hooks, work: () => Promise<T>): Promise<T> => {
  const done = hooks.turn.then(work)
  hooks.turn = done.catch(() => undefined)
  return done
}

/** Writes a record, or deletes it; a failed write may be on disk all the same, so what counts is written again. */
const store = async ({ deps, journal }: Hooks, name: string, before: WebhookRecord | null, after: WebhookRecord | null): Promise<void> => {
  const key = webhookKey(name)
  try {
    await deps.batches.commit([after === null ? { type: 'del', key } : { type: 'put', key, value: JSON.stringify(after) }])
  } catch (thrown) {
    if (before === null) journal.remove(key)
    else journal.put(key, JSON.stringify(before))
    throw asOtaError(thrown)
  }
}

/** With all that waits for it. */
export const removeOpen = async (hooks: Hooks, hook: Hook): Promise<void> => {
  const { name, id } = hook.record
  await store(hooks, name, hook.record, null)
  hooks.byName.delete(nameOf(name))
  hooks.byId.delete(id)
  hook.delivery.remove()
  await hooks.journal.settled()
}

/** Makes it, or gives it another record. */
export const putHook = async (hooks: Hooks, record: WebhookRecord): Promise<Hook> => {
  const hook = hooks.byName.get(nameOf(record.name))
  await store(hooks, record.name, hook?.record ?? null, record)
  if (hook === undefined) return open(hooks, record)
  hook.record = record
  hook.delivery.use(postOf(hooks, record))
  return hook
}

const mustBeNew = ({ byName }: Hooks, name: string): void => {
  if (byName.has(nameOf(name))) throw new OtaError('OTA_WEBHOOK_EXISTS', sentence('webhook_exists', { name }))
  if (byName.size >= mostHooks) throw new OtaError('OTA_CONFLICT', sentence('webhooks_full', { most: mostHooks }))
}

export const addHook = (hooks: Hooks, name: string, input: WebhookInput, by: string) =>
  inTurn(hooks, async () => {
    mustBeNew(hooks, name)
    const secret = input.secret ?? newSecret()
    const made = { id: newId(), name: name.normalize('NFC'), createdAt: hooks.deps.now(), createdBy: by }
    const record: WebhookRecord = { ...input, ...made, secret }
    return { ...factsOf(await putHook(hooks, record)), secret }
  })

/** OTA_CONFLICT for the webhook of a setting: the next start would undo the change. */
const mustBeOfPeople = ({ record: { name, body } }: Hook): void => {
  if (body !== undefined) throw new OtaError('OTA_CONFLICT', sentence('webhook_of_setting', { name }))
}

export const editHook = (hooks: Hooks, name: string, changes: Partial<WebhookInput>) =>
  inTurn(hooks, async () => {
    const hook = mustFindHook(hooks, name)
    mustBeOfPeople(hook)
    const made = changes.secret === null ? newSecret() : null
    const secret = made ?? changes.secret ?? hook.record.secret
    const record: WebhookRecord = { ...hook.record, ...changes, secret }
    return { ...factsOf(await putHook(hooks, record)), secret: made }
  })

export const removeHook = (hooks: Hooks, name: string): Promise<void> =>
  inTurn(hooks, async () => {
    const hook = mustFindHook(hooks, name)
    mustBeOfPeople(hook)
    await removeOpen(hooks, hook)
  })
