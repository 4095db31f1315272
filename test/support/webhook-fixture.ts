// Webhooks over a store on a memory disk, as the server wires them, with a hand-moved clock.

import { onTestFinished } from 'vitest'
import type { Campaign, Task } from '../../src/ota/model.ts'
import type { Change, Store } from '../../src/ota/ports/store.ts'
import type { WebhookFacts, WebhookInput } from '../../src/ota/ports/webhooks.ts'
import type { Run } from '../../src/station/run-model.ts'
import type { Disk } from '../../src/store/disk.ts'
import { createMemory } from '../../src/store/memory.ts'
import { openStore } from '../../src/store/records.ts'
import type { MesWebhook } from '../../src/webhooks/mes-webhook.ts'
import { type OpenWebhooks, openWebhooks, type WebhooksDeps } from '../../src/webhooks/open-webhooks.ts'
import { createRecordingLog, type LogEntry } from './recording-log.ts'
import { sampleRun } from './station-samples.ts'
import { createValve, type Valve } from './store-fixture.ts'
import { sampleCampaign, sampleTask } from './store-samples.ts'
import { until } from './until.ts'

export const begin = Date.UTC(2026, 0, 2, 3, 4, 5)
export const secret = 'a secret of the tests'

export interface WebhookFixture {
  readonly valve: Valve
  readonly disk: Disk
  readonly clock: { now: number }
  readonly logged: readonly LogEntry[]
  webhooks: OpenWebhooks
  store: Store
  add(url: string, more?: Partial<WebhookInput>, name?: string): Promise<unknown>
  facts(name?: string): WebhookFacts
  /** Puts a task that has failed; its event's task has that id. */
  fail(id: number, more?: Partial<Task>): Promise<void>
  /** Stores a run that has ended, as a station does; rejects where it is not stored. */
  run(id: number, more?: Partial<Run>): Promise<void>
  commit(...changes: Change[]): Promise<void>
  /** Moves the clock, and does what is due. */
  pass(ms: number): void
  /** Waits until the last attempt has ended, whatever came of it: so many have failed since the start. */
  failures(n: number, name?: string): Promise<void>
  /** As after kill -9: another server on the same disk. */
  restart(mes?: MesWebhook | null): Promise<void>
  /** The rows that are on disk, without webhooks themselves. */
  rows(): Promise<readonly string[]>
  campaign(change: Partial<Campaign>): Promise<void>
}

export interface WebhookFixtureOptions extends Partial<Pick<WebhooksDeps, 'timeoutMs' | 'mostEvents'>> {
  readonly mes?: MesWebhook
  /** A disk that fails after it has kept a write. */
  readonly synced?: () => Promise<void>
}

/** Closed when the test ends. */
export const createWebhookFixture = async ({ synced, mes: firstMes, ...options }: WebhookFixtureOptions = {}): Promise<WebhookFixture> => {
  const valve = createValve()
  const disk = createMemory({ gate: valve.gate, ...(synced !== undefined && { synced }) })
  const clock = { now: begin }
  const logged: LogEntry[] = []
  const now = (): number => clock.now
  const start = async (mes: MesWebhook | null = firstMes ?? null) => {
    const webhooks = await openWebhooks({
      batches: disk,
      log: createRecordingLog(logged),
      now,
      wallClock: now,
      version: '1.2.3',
      ...options,
    })
    onTestFinished(() => webhooks.close())
    const store = await openStore(disk, webhooks.companion)
    await webhooks.useMes(mes)
    return { webhooks, store }
  }
  let campaign = sampleCampaign(1)
  const fixture = { ...(await start()) }
  await fixture.store.writes.commit([{ put: 'campaign', value: campaign }])
  const facts: WebhookFixture['facts'] = (name = 'ops') => {
    const found = fixture.webhooks.find(name)
    if (found === null) throw new Error(`no webhook ${name}`)
    return found
  }
  return Object.assign(fixture, {
    valve,
    disk,
    clock,
    logged,
    facts,
    add: (url: string, more: Partial<WebhookInput> = {}, name = 'ops') =>
      fixture.webhooks.add(name, { url, secret, events: [], products: [], ca: null, ...more }, 'ada'),
    commit: (...changes: Change[]) => fixture.store.writes.commit(changes),
    fail: (id: number, more: Partial<Task> = {}) =>
      fixture.store.writes.commit([
        { put: 'task', value: sampleTask(id, { state: 'failed', reason: 'burn_error', endedAt: clock.now, ...more }) },
      ]),
    async run(id: number, more: Partial<Run> = {}) {
      const run = sampleRun({ id, endedAt: clock.now, ...more })
      const { results } = fixture.webhooks
      const rows = results.rowsOf(run)
      const changes = [{ key: `run/${id}`, value: JSON.stringify(run) }, ...rows]
      const written = disk.commit(changes.map((row) => ({ type: 'put', ...row })))
      await written.then(
        () => results.settled(rows, true),
        (error: unknown) => {
          results.settled(rows, false)
          throw error
        },
      )
    },
    pass(ms: number) {
      clock.now += ms
      fixture.webhooks.tick()
    },
    failures: (n: number, name = 'ops') => until(() => facts(name).failedAttempts >= n),
    async restart(mes?: MesWebhook | null) {
      Object.assign(fixture, await start(mes))
      fixture.webhooks.tick()
    },
    async rows() {
      const keys: string[] = []
      for await (const [key] of disk.range('webhookA', 'webhookz')) keys.push(key)
      return keys
    },
    async campaign(change: Partial<Campaign>) {
      const value = { ...campaign, ...change }
      await fixture.store.writes.commit([{ put: 'campaign', value: { ...value, rev: fixture.store.reads.campaign(1)?.rev ?? 0 } }])
      campaign = value
    },
  })
}
