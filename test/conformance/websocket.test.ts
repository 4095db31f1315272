// MQTT over WebSocket (MQTT 3.1.1, chapter 6). Not for a plain Aedes, which has none by itself.

import { once } from 'node:events'
import { connect } from 'node:net'
import { generate, type Packet, parser } from 'mqtt-packet'
import { expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { connectPacket, enter, fresh, publishPacket } from '../support/conformance-client.ts'
import { createConformanceFixture, ours, underTest } from '../support/conformance-fixture.ts'
import { patience } from '../support/packet-inbox.ts'

const fixture = createConformanceFixture()
const over = it.skipIf(underTest === 'aedes')

const open = async (...protocols: string[]): Promise<WebSocket> => {
  const socket = new WebSocket(fixture.ws ?? '', protocols)
  await once(socket, 'open')
  return socket
}

/** Waits for that many packets; frames may contain any part of them. */
const packets = (socket: WebSocket, count: number): Promise<readonly Packet[]> =>
  new Promise((resolve, reject) => {
    const [found, reader] = [[] as Packet[], parser()]
    reader.on('packet', (packet) => {
      found.push(packet)
      if (found.length === count) resolve(found)
    })
    socket.on('message', (data: Buffer) => reader.parse(data))
    socket.once('close', () => reject(new Error(`the connection ended after ${found.length} packets`)))
  })

over('the subprotocol is mqtt [MQTT-6.0.0-4] [MQTT-6.0.0-3]', async () => {
  const socket = await open('mqtt')
  expect(socket.protocol).toBe('mqtt')
  socket.send(generate(connectPacket()))
  expect(await packets(socket, 1)).toMatchObject([{ cmd: 'connack', returnCode: 0 }])
  socket.terminate()
})

over('mqtt is selected even if others are offered [MQTT-6.0.0-4]', async () => {
  const socket = await open('chat', 'mqtt')
  expect(socket.protocol).toBe('mqtt')
  socket.terminate()
})

over('MQTT is sent in binary frames in both directions [MQTT-6.0.0-1]', async () => {
  const socket = await open('mqtt')
  const kind = once(socket, 'message')
  socket.send(generate(connectPacket()))
  expect((await kind)[1]).toBe(true)
  socket.terminate()
})

over('a text frame ends the connection [MQTT-6.0.0-1]', async () => {
  const topic = fresh('t/')
  const watcher = await enter(fixture)
  await watcher.subscribe([topic, 1])
  const socket = await open('mqtt')
  const came = packets(socket, 1)
  socket.send(generate(connectPacket()))
  await came
  socket.send(generate(publishPacket(topic, 'as text', { qos: 1, messageId: 1 })).toString())
  await vi.waitFor(() => expect(socket.readyState).toBe(WebSocket.CLOSED), { timeout: patience })
  watcher.send(publishPacket(topic, 'end'))
  await watcher.message({ text: 'end' })
})

over('packets need not match frames: many in one, one in many [MQTT-6.0.0-2]', async () => {
  const [socket, topic] = [await open('mqtt'), fresh('t/')]
  const came = packets(socket, 5)
  const bytes = Buffer.concat([
    generate(connectPacket()),
    generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] }),
    generate(publishPacket(topic, 'joined', { qos: 1, messageId: 2 })),
  ])
  socket.send(bytes.subarray(0, 5))
  socket.send(bytes.subarray(5, 40))
  socket.send(bytes.subarray(40))
  for (const byte of generate({ cmd: 'pingreq' })) socket.send(Buffer.of(byte))
  expect((await came).map(({ cmd }) => cmd).toSorted()).toEqual(['connack', 'pingresp', 'puback', 'publish', 'suback'])
  socket.terminate()
})

ours('a client that closes the WebSocket and leaves TCP open is disconnected, and its will is published [MQTT-3.1.2-8]', async () => {
  const topic = fresh('t/')
  const watcher = await enter(fixture)
  await watcher.subscribe([topic, 1])
  const { hostname, port, pathname } = new URL(fixture.ws ?? '')
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  const key = Buffer.alloc(16).toString('base64')
  const head = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`]
  socket.write(`GET ${pathname} HTTP/1.1\r\n${head.join('\r\n')}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`)
  await once(socket, 'data')
  const packet = generate(connectPacket({ will: { topic, payload: Buffer.from('gone'), qos: 1, retain: false } }))
  // Frames of up to 125 bytes, masked with zeros (RFC 6455 §5.2).
  expect(packet.length).toBeLessThan(126)
  socket.write(Buffer.concat([Buffer.of(0x82, 0x80 | packet.length, 0, 0, 0, 0), packet]))
  await once(socket, 'data')
  socket.write(Buffer.of(0x88, 0x80, 0, 0, 0, 0))
  await watcher.message({ text: 'gone' })
  socket.destroy()
})
