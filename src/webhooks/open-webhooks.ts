// Opens the room: webhooks and their events as they are on disk, what makes new events, and what the API asks. An event of a record is in
// the commit of that record; others are sent from memory, and stored meanwhile.

import type { Log } from '../log.ts'
import type { Event } from '../ota/ports/observers.ts'
import type { Batches, Companion } from '../ota/ports/store.ts'
import type { Webhooks } from '../ota/ports/webhooks.ts'
import type { Sentence } from '../sentences/sentence.ts'
import type { ResultRows } from '../station/ports.ts'
import { addHook, editHook, factsOf, type Hooks, mustFindHook, postOf, readHooks, removeHook } from './hooks.ts'
import { type MesWebhook, useMesWebhook } from './mes-webhook.ts'
import { createLookup } from './name-lookup.ts'
import { type Alert, alertOf, contendedAlert, storeAlert, testAlert } from './record-alerts.ts'
import { createResults, none, rowsFor, settle, wants } from './result-rows.ts'
import { createRowJournal } from './row-journal.ts'
import { checkWebhook, readWebhooks } from './webhook-records.ts'

export interface WebhooksDeps {
  readonly batches: Pick<Batches, 'commit' | 'get' | 'range'>
  readonly log: Log
  /** A clock that does not jump: milliseconds since the epoch. */
  readonly now: () => number
  /** The wall clock, which signatures have. */
  readonly wallClock: () => number
  readonly version: string
  /** One attempt; 10 s by default. */
  readonly timeoutMs?: number
  /** Events that are kept for one webhook; 100,000 by default. */
  readonly mostEvents?: number
}

export interface OpenWebhooks extends Webhooks {
  /** For the store: which rows its commits have. */
  readonly companion: Companion
  /** For test stations: the rows of ended runs. */
  readonly results: ResultRows
  /**
   * Where results of test runs go besides, as the settings say; null: nowhere. Call at a start, once the store is open. OTA_BAD_REQUEST: the
   * setting is wrong.
   */
  useMes(setting: MesWebhook | null): Promise<void>
  /** What the core reports to observers. */
  observe(event: Event): void
  /** The store has begun to fail, in these words. */
  storeFailed(why: Sentence): void
  /** Delivers what is due, drops what is too old. Call several times a second. */
  tick(): void
  close(): Promise<void>
}

const timeoutMs = 10_000
const mostEvents = 100_000

const createCompanion = (hooks: Hooks): Companion => ({
  rowsOf(table, before, after, reads) {
    if (hooks.byName.size === 0) return none
    try {
      const alert = alertOf(table, before, after, reads, hooks.deps.now())
      return alert === null ? none : rowsFor(hooks, alert)
    } catch (err) {
      hooks.deps.log.error({ err }, 'an event for webhooks could not be made')
      return none
    }
  },
  settled: (rows, areStored) => settle(hooks, rows, areStored),
})

const send = (hooks: Hooks, alert: Alert): void => {
  hooks.lastSeq += 1
  for (const hook of hooks.byName.values()) if (wants(hook, alert)) hook.delivery.send(hooks.lastSeq, alert.event)
}

const test = async (hooks: Hooks, name: string) => {
  const { record } = mustFindHook(hooks, name)
  const { event } = testAlert(record.name, hooks.deps.now())
  const post = postOf(hooks, record)
  const { outcome, status, ms, said } = await post.send(event)
  post.close()
  return { id: event.id, ok: outcome === 'delivered', status, ms, said }
}

const operationsOf = (hooks: Hooks): Webhooks => ({
  list: () => [...hooks.byName].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, hook]) => factsOf(hook)),
  find(name) {
    const hook = hooks.byName.get(name.normalize('NFC').toLowerCase())
    return hook === undefined ? null : factsOf(hook)
  },
  async add(name, input, by) {
    checkWebhook(input)
    return addHook(hooks, name, input, by)
  },
  async edit(name, changes) {
    mustFindHook(hooks, name)
    checkWebhook(changes)
    return editHook(hooks, name, changes)
  },
  remove: (name) => removeHook(hooks, name),
  test: (name) => test(hooks, name),
  async retry(name) {
    const count = mustFindHook(hooks, name).delivery.retry()
    await hooks.journal.settled()
    return count
  },
})

/** OTA_STORE_UNREADABLE where a webhook cannot be read. What waits is delivered from the first `tick` on. */
export const openWebhooks = async ({ timeoutMs: limit = timeoutMs, mostEvents: most = mostEvents, ...given }: WebhooksDeps) => {
  const deps = { ...given, timeoutMs: limit, mostEvents: most, lookup: createLookup() }
  const journal = createRowJournal(deps.batches, deps.now)
  const hooks: Hooks = { deps, journal, byName: new Map(), byId: new Map(), lastSeq: 0, turn: Promise.resolve() }
  await readHooks(hooks, await readWebhooks(deps.batches))
  const webhooks: OpenWebhooks = {
    ...operationsOf(hooks),
    companion: createCompanion(hooks),
    results: createResults(hooks),
    useMes: (setting) => useMesWebhook(hooks, setting),
    observe(event) {
      if (event.type !== 'device' || event.what !== 'contended') return
      send(hooks, contendedAlert(event.device, event.detail ?? '', deps.now()))
    },
    storeFailed: (why) => send(hooks, storeAlert(why, deps.now())),
    tick() {
      journal.tick()
      for (const { delivery } of hooks.byName.values()) delivery.tick()
    },
    async close() {
      await Promise.all([...hooks.byName.values()].map(({ delivery }) => delivery.close()))
      await journal.settled()
    },
  }
  return webhooks
}
