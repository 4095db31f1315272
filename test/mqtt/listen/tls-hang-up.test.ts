// Clients that hang up around a TLS handshake: before it is over they keep nothing, and behind it what they have sent counts.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { generate } from 'mqtt-packet'
import { afterEach, expect, test } from 'vitest'
import { closeMqttFixtures, createMqttFixture } from '../../support/mqtt-fixture.ts'
import { connectPacket, patient, publishPacket } from '../../support/wire-client.ts'

afterEach(closeMqttFixtures)

const pem = (name: string): string => readFileSync(join(import.meta.dirname, '../../fixtures/tls', name), 'utf8')
const certificate = { cert: pem('server.cert.pem'), key: pem('server.key.pem') }

test.each(['mqtts', 'wss'])('a client that hangs up in a TLS handshake is gone, over %s', async (scheme) => {
  const { broker, port } = await createMqttFixture({ settings: { listeners: [{ url: `${scheme}://127.0.0.1:0`, ...certificate }] } })
  for (const beginning of ['', '\u0016', '\u0016\u0003\u0001\u0002\u0000\u0001']) {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.end(beginning)
    await once(socket.resume(), 'close')
  }
  await expect.poll(() => broker.connections(), patient).toBe(0)
})

test('what a client sends at once with the end of its TLS connection is handled', async () => {
  const { core, port } = await createMqttFixture({ settings: { listeners: [{ url: 'mqtts://127.0.0.1:0', ...certificate }] } })
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  socket.on('error', () => undefined)
  const packets = [connectPacket({ username: 'dn&pk' }), publishPacket('fogcloud/pk/dn/thing/up/ota', 'x', { qos: 0 })]
  socket.end(Buffer.concat(packets.map((packet) => generate(packet))))
  await core.gotUplinks(1)
})
