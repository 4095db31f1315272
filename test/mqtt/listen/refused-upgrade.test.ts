// A refused WebSocket connection ends, whatever its client does.

import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { closeMqttFixtures, createMqttFixture } from '../../support/mqtt-fixture.ts'
import { until } from '../../support/until.ts'

afterEach(closeMqttFixtures)

const request = (path: string, protocol: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: x',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Protocol: ${protocol}`,
    '\r\n',
  ].join('\r\n')

test.each([
  ['a wrong path', '/other', 'mqtt', 404],
  ['another subprotocol', '/mqtt', 'chat', 400],
])('%s: also if the client has sent more, and does not close', async (_what, path, protocol, status) => {
  const { port, broker } = await createMqttFixture({ settings: { listeners: [{ url: 'ws://127.0.0.1:0' }] } })
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void client.destroy())
  let answer = ''
  client.setEncoding('utf8').on('data', (text) => {
    answer += text
  })
  client.write(`${request(path, protocol)}${'x'.repeat(100_000)}`)
  await once(client, 'end')
  expect(answer).toContain(`HTTP/1.1 ${status} `)
  await until(() => broker.connections() === 0)
})
