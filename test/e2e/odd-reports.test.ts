// What programs in C print into a buffer, byte by byte over MQTT: a failure counts, and a gateway's sub-devices are all known.

import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type DeviceClient, enter, upTopic } from '../support/device-client.ts'
import { createServerFixture, listOf, makePlace, push, type ServerFixture } from '../support/server-fixture.ts'
import { publishPacket } from '../support/wire-client.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let server: ServerFixture
let clean: () => Promise<void>
beforeAll(async () => {
  const place = await makePlace()
  clean = place.clean
  server = await createServerFixture(join(place.path, 'data'), { ota: { settleSeconds: 0 } })
})
afterAll(async () => {
  await server.stop()
  await clean()
})

/** Sends the bytes and waits for their PUBACK. */
const send = async ({ wire }: DeviceClient, who: { product: string; name: string }, payload: string): Promise<void> => {
  wire.write(publishPacket(upTopic(who), payload, { messageId: 9 }))
  await wire.next('puback')
}

it('a failure with a line feed and a lone backslash in its text ends the task, with that text', async () => {
  const who = { product: 'lamp', name: 'c1' }
  const device = await enter(server, who)
  await device.listen()
  await send(device, who, '{"id":1,"method":"version.post","params":{"version":"1.0.0\n","module":"mcu"}}\0 what was in the buffer')
  await push(server, { product: 'lamp', version: '1.1.0', module: 'mcu' }, Buffer.from('image'))
  const { task } = await device.next()
  const failure = `{"id":2,"method":"upgrade.post","params":{"task_id":"${task}","step":-4,"desc":"C:\\fw\\x.bin:\n\tbad \u001b[31mCRC"}}`
  await send(device, who, failure)
  const ended = await server.call('GET', `/tasks/${task}`)
  expect(ended).toMatchObject({ state: 'failed', reason: 'burn_error', from: '1.0.0', desc: 'C:\\fw\\x.bin:\n\tbad \u001b[31mCRC' })
  expect(server.output.stdout + server.output.stderr).not.toContain('\u001b[31m')
})

it('a gateway says 2,010 sub-devices in one message: 2,000 are known, and it is said that there were more', async () => {
  const who = { product: 'hub', name: 'gw' }
  const gateway = await enter(server, who)
  const params = Array.from({ length: 2010 }, (_, i) => ({
    identity: { product_key: 'hub', device_name: `sub-device-${i}` },
    version: '1.0.0',
    module: 'sensor',
  }))
  const message = JSON.stringify({ id: 1, version: '1.0', method: 'sub.version.post', params })
  expect(message.length).toBeGreaterThan(200_000)
  await send(gateway, who, message)
  const last = await server.ask('GET', '/devices/hub/sub-device-1999')
  expect(last).toMatchObject({ status: 200, body: { gateway: 'hub/gw' } })
  expect((await server.ask('GET', '/devices/hub/sub-device-2000')).status).toBe(404)
  const { items } = await server.call('GET', '/devices/hub/gw/why')
  expect(listOf(items)).toContainEqual(expect.objectContaining({ rule: 'unread', ok: false, code: 'elements_not_read' }))
  expect(server.output.stdout + server.output.stderr).toContain('did not read all that a device sent')
})
