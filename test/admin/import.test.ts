// A long list of devices, imported while other requests and reports go on.

import { expect, test } from 'vitest'
import { createAdminFixture } from '../support/admin-fixture.ts'

test('other work runs all the while a long list is imported, and what it changes meanwhile stays', { timeout: 30_000 }, async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', '/api/v1/devices/pk/d14999', { tags: ['before'] })
  const list = `product,name,secret\n${Array.from({ length: 15_000 }, (_, at) => `pk,d${at},s`).join('\n')}`
  const from = performance.now()
  let [last, longest, isDone, meanwhile] = [from, 0, false, 0]
  const turn = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  const imported = fixture.call('POST', '/api/v1/devices/import', list, { 'content-type': 'text/csv' }).finally(() => {
    isDone = true
  })
  while (!isDone) {
    meanwhile += 1
    await fixture.call('PATCH', '/api/v1/devices/pk/d14999', { tags: [`t${meanwhile}`] })
  }
  expect((await imported).body).toEqual({ created: 14_999, updated: 1, unchanged: 0 })
  expect(longest, 'the longest that anything had to wait').toBeLessThan((performance.now() - from) / 4)
  expect((await fixture.call('GET', '/api/v1/devices/pk/d14999')).body).toMatchObject({ tags: [`t${meanwhile}`], credential: 'secret' })
})

test('a list of a million devices with secrets is not too large: it is read, and named by its faults', { timeout: 30_000 }, async () => {
  const fixture = await createAdminFixture()
  const list = `product,name,sekret\n${'\n'.repeat(40 << 20)}`
  const { status, body } = await fixture.call('POST', '/api/v1/devices/import', list, { 'content-type': 'text/csv' })
  expect([status, body]).toEqual([400, expect.objectContaining({ code: 'OTA_IMPORT_INVALID' })])
})

test('an import that takes longer than a client may stall is answered', { timeout: 30_000 }, async () => {
  const fixture = await createAdminFixture({ stallMs: 50 })
  const list = `product,name\n${Array.from({ length: 15_000 }, (_, at) => `pk,d${at}`).join('\n')}`
  const from = performance.now()
  expect((await fixture.call('POST', '/api/v1/devices/import', list, { 'content-type': 'text/csv' })).body).toMatchObject({
    created: 15_000,
  })
  expect(performance.now() - from).toBeGreaterThan(50)
})
