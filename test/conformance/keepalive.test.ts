// PINGREQ and the keep-alive (MQTT 3.1.1, chapters 3.12, 3.13 and 3.1.2.10). The only file that tests real time: its tests run
// concurrently.

import { setTimeout as pause } from 'node:timers/promises'
import { describe, it } from 'vitest'
import { type ConformanceClient, enter, fresh, publishPacket } from '../support/conformance-client.ts'
import { createConformanceFixture } from '../support/conformance-fixture.ts'

const fixture = createConformanceFixture()

const chatter = async (client: ConformanceClient, say: () => void): Promise<void> => {
  for (let at = 0; at < 8; at += 1) {
    say()
    await pause(400)
  }
  await client.settle()
}

describe.concurrent('the keep-alive', () => {
  it('PINGREQ is answered with PINGRESP [MQTT-3.12.4-1]', async ({ expect }) => {
    const client = await enter(fixture)
    client.send({ cmd: 'pingreq' })
    expect(await client.first()).toMatchObject({ cmd: 'pingresp' })
    await client.expectNothing()
  })

  it('each of many PINGREQs is answered [MQTT-3.12.4-1]', async () => {
    const client = await enter(fixture)
    client.send({ cmd: 'pingreq' }, { cmd: 'pingreq' }, { cmd: 'pingreq' })
    for (let at = 0; at < 3; at += 1) await client.expect({ cmd: 'pingresp' })
    await client.expectNothing()
  })

  it('a client that sends nothing for one and a half times its keep-alive is disconnected, and its will is published [MQTT-3.1.2-24] [MQTT-3.1.2-8]', async ({
    expect,
  }) => {
    const topic = fresh('t/')
    const watcher = await enter(fixture)
    await watcher.subscribe([topic, 1])
    const since = performance.now()
    const client = await enter(fixture, { keepalive: 1, will: { topic, payload: Buffer.from('silent'), qos: 1, retain: false } })
    // The standard does not say how soon after that: some servers check every five seconds.
    expect(await client.closes(8000)).toBe(true)
    expect(performance.now() - since).toBeGreaterThan(1000)
    await watcher.message({ text: 'silent' })
  })

  it('a client that only pings stays connected [MQTT-3.1.2-24]', async () => {
    const client = await enter(fixture, { keepalive: 1 })
    await chatter(client, () => client.send({ cmd: 'pingreq' }))
  })

  it('any other packet keeps a client alive too [MQTT-3.1.2-24]', async () => {
    const client = await enter(fixture, { keepalive: 1 })
    await chatter(client, () => client.send(publishPacket(fresh('t/'), 'x')))
  })

  it('packets sent to a client do not keep it alive [MQTT-3.1.2-24]', async ({ expect }) => {
    const topic = fresh('t/')
    const [from, client] = [await enter(fixture), await enter(fixture, { keepalive: 1 })]
    await client.subscribe([topic, 0])
    let isClosed = false
    const closes = client.closes(8000).finally(() => {
      isClosed = true
    })
    // All the time: it must end while packets are being sent, not after them.
    while (!isClosed) {
      from.send(publishPacket(topic, 'x'))
      await pause(200)
    }
    expect(await closes).toBe(true)
  })

  it('a keep-alive of 0 means no time limit [MQTT-3.1.2-24]', async () => {
    const client = await enter(fixture, { keepalive: 0 })
    await pause(3000)
    await client.expectNothing()
  })
})
