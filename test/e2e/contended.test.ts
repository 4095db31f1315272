// Two boards flashed with one identity, and one with a wrong password, against a real server: what the operator is shown.

import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { type InsideServer, startInside } from '../support/inside-server.ts'
import type { Json } from '../support/json.ts'
import { listOf, makePlace, textOf } from '../support/server-fixture.ts'
import { connectPacket, openWire, type WireClient } from '../support/wire-client.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let server: InsideServer
let clean: () => Promise<void>
afterEach(async () => {
  await server.stop()
  await clean()
})

const why = async (rule: string): Promise<Json | undefined> =>
  listOf((await server.call('GET', '/devices/lamp/l1/why'))['items']).find((one) => textOf(one['rule']) === rule)

const connectFrom = async (address: string, secret = 'same'): Promise<{ readonly wire: WireClient; readonly code: number | undefined }> => {
  const wire = await openWire(server.port, '127.0.0.1', address)
  wire.write(connectPacket({ username: 'l1&lamp', clientId: 'l1', password: Buffer.from(secret) }))
  return { wire, code: (await wire.next('connack')).returnCode }
}

it('a shared identity is contended, and a refused board is named with the remedy while that may help', async () => {
  const place = await makePlace()
  clean = place.clean
  server = await startInside(join(place.path, 'data'))
  for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3']) await connectFrom(address)
  expect(await server.call('GET', '/devices/lamp/l1')).toMatchObject({ contended: false, address: '127.0.0.3' })
  const { wire: last } = await connectFrom('127.0.0.2')
  expect(await server.call('GET', '/devices/lamp/l1')).toMatchObject({ contended: true, address: '127.0.0.2', online: true })
  expect(await why('contended')).toMatchObject({ ok: false, params: { takeOvers: 4, addresses: ['127.0.0.3', '127.0.0.2'] } })
  expect(server.logged.map(({ message }) => message).join('\n')).toContain('several clients use the identity of one device')

  expect((await connectFrom('127.0.0.9', 'wrong')).code).toBe(4)
  const refused = await why('refused')
  expect(refused).toMatchObject({
    ok: true,
    text: expect.stringMatching(/^refused less than a minute ago from 127\.0\.0\.9: wrong password; a client with/),
  })
  expect(textOf(refused?.['text'])).not.toContain('forget-credential')
  last.write({ cmd: 'disconnect' })
  await last.closed
  await vi.waitUntil(async () => textOf((await why('refused'))?.['text']).includes('forget-credential lamp/l1'), { timeout: 8000 })
  expect(listOf((await server.call('GET', '/connections/refused'))['items'])).toEqual([
    expect.objectContaining({ reason: 'bad_password', device: 'lamp/l1', clientId: 'l1', user: 'l1&lamp', address: '127.0.0.9' }),
  ])
})
