// Results of test runs on LevelDB: after kill -9 in the middle of a delivery, each is taken once by its id, in order, and none is lost.

import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openLevel } from '../../src/store/level.ts'
import { openStore } from '../../src/store/records.ts'
import { openWebhooks } from '../../src/webhooks/open-webhooks.ts'
import { silentLog } from '../support/recording-log.ts'
import { sampleRun } from '../support/station-samples.ts'
import { createValve } from '../support/store-fixture.ts'
import { until } from '../support/until.ts'
import { createReceiver } from '../support/webhook-receiver.ts'

const mes = (url: string) => ({ url, secret: 'a secret of the tests' })

const openAt = async (directory: string, url: string) => {
  const valve = createValve()
  const { batches } = await openLevel(directory, valve)
  const now = (): number => 1_000_000
  const webhooks = await openWebhooks({ batches, log: silentLog, now, wallClock: now, version: '1.2.3' })
  await openStore(batches, webhooks.companion)
  await webhooks.useMes(mes(url))
  onTestFinished(async () => {
    await webhooks.close()
    await batches.close()
  })
  const { results } = webhooks
  return {
    valve,
    webhooks,
    /** Whether it is stored. */
    async end(id: number): Promise<boolean> {
      const run = sampleRun({ id, endedAt: id })
      const rows = results.rowsOf(run)
      const puts = [{ key: `station/run/${id}`, value: JSON.stringify(run) }, ...rows].map((row) => ({ type: 'put' as const, ...row }))
      const isStored = await batches.commit(puts).then(
        () => true,
        () => false,
      )
      results.settled(rows, isStored)
      return isStored
    },
  }
}

test('after kill -9 and a full disk the MES has every stored result, in order', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-results-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const receiver = await createReceiver()
  receiver.replies.push(204, 204, 'hold')
  const first = await openAt(join(directory, 'one'), receiver.url)
  for (let id = 1; id <= 6; id++) expect(await first.end(id)).toBe(true)
  first.valve.failing = true
  expect(await first.end(7)).toBe(false)
  first.valve.failing = false
  expect(await first.end(8)).toBe(true)
  // The third is on its way, and its answer never comes.
  await receiver.count(3)
  expect(first.webhooks.results.backlog()).toEqual({ count: 5, oldestAt: 3 })
  await cp(join(directory, 'one'), join(directory, 'two'), { recursive: true })
  const taken = receiver.received.length
  const second = await openAt(join(directory, 'two'), receiver.url)
  second.webhooks.tick()
  await until(() => second.webhooks.results.backlog()?.count === 0)
  const again = receiver.ids().slice(taken)
  expect([...new Set([...receiver.ids().slice(0, 2), ...again])]).toEqual(['run-1', 'run-2', 'run-3', 'run-4', 'run-5', 'run-6', 'run-8'])
  // What was taken just before may come once more, before the rest: rows of delivered ones are deleted later.
  expect(again.slice(-5)).toEqual(['run-3', 'run-4', 'run-5', 'run-6', 'run-8'])
})
