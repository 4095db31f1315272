import { expect, test } from 'vitest'
import { mostAwaited } from '../../src/ota/campaigns/lifecycle.ts'
import { createAdminFixture } from '../support/admin-fixture.ts'

test('the answer to the start of a large campaign says that its tasks are being created; afterwards there is nothing to say', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  const rows = Array.from({ length: mostAwaited + 1 }, (_, at) => `pk,d${at}`)
  await fixture.call('POST', '/api/v1/devices/import', `product,name\n${rows.join('\n')}`, { 'content-type': 'text/csv' })
  const started = await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true })
  expect(started.status).toBe(201)
  expect(started.body).toMatchObject({ status: 'running', code: 'tasks_being_made', text: 'its tasks are being created' })
  await fixture.settle()
  expect((await fixture.call('GET', '/api/v1/campaigns/1')).body).toMatchObject({
    status: 'running',
    text: null,
    counts: { queued: mostAwaited + 1 },
  })
})
