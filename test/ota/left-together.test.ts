// Devices that disconnect together: when they were last seen goes to disk in one commit.

import { expect, test, vi } from 'vitest'
import { createOtaFixture } from '../support/ota-fixture.ts'

test('of all devices that disconnect in one turn it is stored in one commit when and from where they were connected', async () => {
  const fixture = await createOtaFixture()
  const names = Array.from({ length: 40 }, (_, at) => `d${at}`)
  const connections = []
  for (const name of names) {
    await fixture.core.enrol('pk', name, null)
    connections.push(fixture.connect(`pk/${name}`, '192.0.2.7'))
  }
  await fixture.settle()
  fixture.elapse(60)
  const commit = vi.spyOn(fixture.store.writes, 'commit')
  for (const connection of connections) fixture.core.disconnected(connection)
  await fixture.settle()
  expect(commit).toHaveBeenCalledTimes(1)
  const again = await fixture.restart()
  for (const name of names) expect(again.store.reads.device(`pk/${name}`)).toMatchObject({ lastSeen: fixture.now(), address: '192.0.2.7' })
})
