// A stop of a server with more connections than one commit takes rows of: the record of each device has the end of its connection.

import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { enter } from '../support/device-client.ts'
import { createServerFixture, listOf, makePlace } from '../support/server-fixture.ts'

vi.setConfig({ testTimeout: 60_000 })

it('after a stop the record of each of 200 devices ends with the end of its connection, stored once', async () => {
  const place = await makePlace()
  onTestFinished(place.clean)
  const data = join(place.path, 'data')
  const server = await createServerFixture(data)
  const names = Array.from({ length: 200 }, (_each, at) => ({ product: 'stop', name: `d${at}` }))
  await Promise.all(names.map((who) => enter(server, who)))
  await server.stop()
  const again = await createServerFixture(data)
  onTestFinished(async () => void (await again.stop()))
  for (const { name } of names) {
    const { items } = await again.call('GET', `/devices/stop/${name}/timeline`)
    expect(listOf(items).map(({ what, reason }) => [what, reason])).toEqual([
      ['connected', null],
      ['disconnected', 'server_stop'],
    ])
  }
})
