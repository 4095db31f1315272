// The test link of `fogbell doctor`: answered by the thread of downloads alone, without a task and without a transfer.

import { expect, test } from 'vitest'
import { createDownloadFixture } from '../support/download-fixture.ts'

test('a test link is answered without asking the core, and one that was altered is refused', async () => {
  const fixture = await createDownloadFixture(Buffer.alloc(10))
  const probe = fixture.downloads.probe()
  const answer = await fixture.get(probe)
  expect([answer.status, answer.body.toString()]).toEqual([200, `fogbell probe ${probe.split('/')[3]}\n`])
  const altered = probe.replace(/[0-9a-f]$/, (digit) => (digit === '0' ? '1' : '0'))
  expect((await fixture.get(altered)).status).toBe(403)
  expect(fixture.asked).toEqual([])
  expect(fixture.reports).toEqual([])
  await fixture.close()
})
