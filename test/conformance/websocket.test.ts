// MQTT over WebSocket (MQTT 3.1.1, chapter 6). Not on a plain Aedes, which speaks none by itself.

import { once } from 'node:events'
import { generate, type Packet, parser } from 'mqtt-packet'
import { expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { connectPacket, enter, fresh, publishPacket } from './client.ts'
import { patience } from './inbox.ts'
import { underTest, useTarget } from './target.ts'

const target = useTarget()
const over = it.skipIf(underTest === 'aedes')

const open = async (...protocols: string[]): Promise<WebSocket> => {
  const socket = new WebSocket(target.ws ?? '', protocols)
  await once(socket, 'open')
  return socket
}

/** Waits for that many packets; frames may hold any part of them. */
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

over('mqtt is chosen also where others are offered [MQTT-6.0.0-4]', async () => {
  const socket = await open('chat', 'mqtt')
  expect(socket.protocol).toBe('mqtt')
  socket.terminate()
})

over('what comes and goes is binary [MQTT-6.0.0-1]', async () => {
  const socket = await open('mqtt')
  const kind = once(socket, 'message')
  socket.send(generate(connectPacket()))
  expect((await kind)[1]).toBe(true)
  socket.terminate()
})

over('a text frame ends the connection [MQTT-6.0.0-1]', async () => {
  const topic = fresh('t/')
  const watcher = await enter(target)
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

over('frames are no packets: many in one, one in many [MQTT-6.0.0-2]', async () => {
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
