// Lists as CSV as much as the client reads, beside all other work.

import { once } from 'node:events'
import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createAdmin } from '../../src/admin/server.ts'
import { createPauses } from '../../src/admin/turns.ts'
import { OtaError } from '../../src/errors.ts'
import type { Task } from '../../src/ota/model.ts'
import { createAdminFixture, token } from '../support/admin-fixture.ts'
import { sampleTask } from '../support/store-samples.ts'
import { until } from '../support/until.ts'

/** A server with other tasks. */
const serverWith = async (allTasks: () => AsyncGenerator<readonly Task[]>) => {
  const { deps } = await createAdminFixture()
  const { operators } = deps
  const others = { ...deps, operators: { ...operators, queries: { ...operators.queries, allTasks } } }
  const admin = await createAdmin({ ...others, listen: { host: '127.0.0.1', port: 0 }, tls: null })
  onTestFinished(() => admin.close())
  return admin
}

/** A server with tasks without end, and how many were asked for. */
const endless = async () => {
  const seen = { pieces: 0, isOver: false }
  const piece = Array.from({ length: 250 }, (_, at) => sampleTask(at + 1))
  async function* allTasks() {
    try {
      for (;;) {
        seen.pieces += 1
        yield piece
      }
    } finally {
      seen.isOver = true
    }
  }
  const admin = await serverWith(allTasks)
  const sent = request(`${admin.url}/api/v1/tasks?format=csv`, { headers: { authorization: `Bearer ${token}` } })
  sent.on('error', () => undefined)
  sent.end()
  const [answer] = await once(sent, 'response')
  return { seen, answer, admin, sent }
}

test('where reading fails in the middle, the connection is closed before the end, so that nobody takes a part for all', async () => {
  async function* allTasks() {
    // More than waits in memory before the answer begins.
    yield Array.from({ length: 1000 }, (_, at) => sampleTask(at + 1))
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    throw new OtaError('OTA_STORE_FAILED')
  }
  const { url } = await serverWith(allTasks)
  const read = async () => (await fetch(`${url}/api/v1/tasks?format=csv`, { headers: { authorization: `Bearer ${token}` } })).text()
  await expect(read()).rejects.toThrow()
})

test('a client that does not read costs no more than what the socket holds, and one that goes away ends the work', async () => {
  const { seen, answer, admin, sent } = await endless()
  answer.pause()
  let before = -1
  await until(async () => {
    const isStill = before === seen.pieces
    before = seen.pieces
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    return isStill && before === seen.pieces
  })
  // Others are served meanwhile. A piece is 30 kB of text.
  expect((await fetch(`${admin.url}/healthz`)).status).toBe(200)
  expect(seen).toMatchObject({ isOver: false })
  expect(seen.pieces).toBeLessThan(1000)
  sent.destroy()
  await until(() => seen.isOver)
})

test('of several long works, one gets each turn of the event loop', async () => {
  const pause = createPauses()
  let [turn, isDone] = [0, false]
  const count = (): void => {
    turn += 1
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  const turns: number[] = []
  const work = async (): Promise<void> => {
    for (let piece = 0; piece < 10; piece++) {
      await pause()
      turns.push(turn)
    }
  }
  await Promise.all([work(), work(), work()])
  isDone = true
  expect(turns).toHaveLength(30)
  expect(new Set(turns).size).toBe(30)
})

test('other requests are answered in the middle of a long list', async () => {
  const fixture = await createAdminFixture()
  const rows = Array.from({ length: 4000 }, (_, at) => `pk,d${at}`)
  await fixture.call('POST', '/api/v1/devices/import', `product,name\n${rows.join('\n')}`, { 'content-type': 'text/csv' })
  let [isDone, answered] = [false, 0]
  const list = fixture.call('GET', '/api/v1/devices?format=csv&sort=-name').finally(() => {
    isDone = true
  })
  while (!isDone) {
    await fixture.call('GET', '/healthz')
    answered += 1
  }
  expect((await list).text.split('\r\n')).toHaveLength(rows.length + 2)
  expect(answered).toBeGreaterThan(2)
})
