// What is recorded together is reported to observers in the order in which it was recorded.

import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createOtaFixture } from '../support/ota-fixture.ts'

test('changes of one write are reported in their order, with rows of the timeline and without', async () => {
  let opened: Promise<void> = Promise.resolve()
  const fixture = await createOtaFixture({ memory: { gate: () => opened } })
  const first = await fixture.known('a')
  const second = await fixture.known('b')
  await fixture.start({ rate: { maxInProgress: 2 } })
  fixture.events.length = 0
  const report = async (connection: typeof first, step: number): Promise<void> => {
    const message = { id: 1, version: '1.0', method: 'upgrade.post', params: { step, module: 'mcu' } }
    void fixture.core.receive(connection, 'ota', [Buffer.from(JSON.stringify(message))])
    await setImmediate()
  }
  let open = (): void => undefined
  opened = new Promise((resolve) => {
    open = resolve
  })
  // While the first is being written, the next two gather in one write. Only the first of them has a row of the timeline with it.
  await report(second, 10)
  fixture.core.noteConnection('pk/a', 'disconnected', 'closed', '10.0.0.1')
  await report(first, -2)
  await report(second, 20)
  open()
  await fixture.settle()
  const tasks = fixture.events.flatMap((event) => (event.type === 'task' ? [`${event.task.device} ${event.task.state}`] : []))
  expect(tasks).toEqual(['pk/b in_progress', 'pk/a failed', 'pk/b in_progress'])
})
