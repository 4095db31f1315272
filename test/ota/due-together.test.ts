// Thousands of devices that connected together are due together.

import { expect, test } from 'vitest'
import { createOtaFixture } from '../support/ota-fixture.ts'

test('between those that are due the event loop has room for others, and a clock that is set back keeps no tick from its end', async () => {
  const fixture = await createOtaFixture()
  for (let at = 0; at < 600; at += 1) {
    await fixture.core.enrol('pk', `d${at}`, null)
    await fixture.subscribe(fixture.connect(`pk/d${at}`))
  }
  await fixture.pass(6)
  fixture.elapse(62)
  let turns = 0
  let isRunning = true
  const count = (): void => {
    turns += 1
    if (isRunning && turns < 1000) setImmediate(count)
  }
  setImmediate(count)
  const ticking = fixture.core.tick().then(() => {
    isRunning = false
  })
  // What is silent sets its next time by this clock.
  fixture.elapse(-3600)
  await ticking
  expect(turns).toBeGreaterThan(3)
  expect(turns).toBeLessThan(50)
})
