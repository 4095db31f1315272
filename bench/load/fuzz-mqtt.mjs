// The part of the fuzz that breaks MQTT itself: random bytes, changed packets, wrong order, wrong acknowledgements, other levels, giant and
// zero lengths, slow writers, readers that stand still; over TCP and WebSocket. The server may close these connections, and nothing else.

import { once } from 'node:events'
import { connect } from 'node:net'
import { createWebSocketStream, WebSocket } from 'ws'
import { sleep } from '../children.mjs'
import { createChance, mutate } from './chance.mjs'
import { connectOf, disconnect, idOf, oddTopic, ping, publishOf, subscribeOf, unsubscribeOf, wrongLength } from './fuzz-packets.mjs'

const product = 'noise'
const maxPacket = 1_048_576

/** Names come from a pool: each new one is a record that the server keeps, by design. */
const identityOf = (chance, { names, user, protectedName }) => {
  const kind = chance.below(20)
  const at = chance.below(names)
  if (kind === 0) return { clientId: `a${chance.below(50)}` }
  if (kind === 1 && chance.happens(0.2)) return { clientId: `u${chance.below(50)}`, ...user }
  if (kind === 2 && chance.happens(0.1)) return { clientId: 'thief', username: protectedName, password: 'wrong' }
  if (kind === 3) return { clientId: `d${at}`, username: `n${at}&${product}`, password: chance.one(['', 'wrong', 'x'.repeat(5000)]) }
  return { clientId: `d${chance.below(4)}`, username: `n${at}&${product}`, password: `of n${at}` }
}

const ownTopic = ({ username }, chance) => {
  const [name, key] = (username ?? 'n0&noise').split('&')
  return chance.one([`fogcloud/${key}/${name}/thing/up/ota`, `noise/${chance.below(100)}`, `fogcloud/${key}/${name}/thing/up/topo`])
}

const payloadOf = (chance) =>
  chance.one([
    () => Buffer.alloc(0),
    () => chance.bytes(chance.below(200)),
    () => '{"id":1,"version":"1.0","method":"version.post","params":{"version":"1.0.0"}}',
    () => Buffer.alloc(chance.one([1000, 70_000, 600_000]), 0x61),
  ])()

const someQos = (chance) => chance.one([0, 1, 1, 2])

const willOf = (chance, identity) =>
  chance.happens(0.2)
    ? {
        topic: chance.happens(0.5) ? ownTopic(identity, chance) : oddTopic(chance),
        payload: 'gone',
        qos: chance.below(4),
        retain: chance.happens(0.3),
      }
    : undefined

const publishes = (chance, identity) =>
  Array.from({ length: chance.between(1, 8) }, () =>
    publishOf(chance.happens(0.6) ? ownTopic(identity, chance) : oddTopic(chance), payloadOf(chance), {
      qos: someQos(chance),
      id: chance.one([0, 1, 2, 3, 65_535]),
      retain: chance.happens(0.2),
      again: chance.happens(0.1),
    }),
  )

const acks = (chance) =>
  Array.from({ length: chance.between(1, 10) }, () => idOf(chance.one([0x40, 0x50, 0x60, 0x62, 0x70, 0x90, 0xb0]), chance.below(70_000)))

const filters = (chance) =>
  Array.from({ length: chance.between(1, 4) }, () => [chance.happens(0.5) ? oddTopic(chance) : 'noise/#', chance.one([0, 1, 2, 2, 3, 255])])

/** A connection's whole life as a client would send it. */
const wholeLife = (chance, pools) => {
  const identity = identityOf(chance, pools)
  return [
    connectOf({
      ...identity,
      clean: chance.happens(0.6),
      keepAlive: chance.one([0, 1, 60, 65_535]),
      will: willOf(chance, identity),
      ...(chance.happens(0.2) && { protocol: 'MQIsdp', level: 3 }),
    }),
    subscribeOf(chance.between(1, 5), [['noise/#', someQos(chance)], ...(chance.happens(0.3) ? filters(chance) : [])]),
    ...publishes(chance, identity),
    ...(chance.happens(0.5) ? acks(chance) : []),
    unsubscribeOf(9, ['noise/#', oddTopic(chance)]),
    ping,
    ...(chance.happens(0.5) ? [disconnect] : []),
  ]
}

const strangeConnect = (chance, pools) =>
  connectOf({
    ...identityOf(chance, pools),
    protocol: chance.one(['MQTT', 'MQIsdp', '', 'mqtt', 'MQTT\u0000', 'HTTP']),
    level: chance.one([0, 3, 4, 5, 6, 0x83, 0x84, 255]),
    clientId: chance.one(['', 'x'.repeat(65_000), chance.bytes(20), 'd1']),
    flags: chance.below(256),
  })

/** What one connection sends, in order. */
const scripts = {
  noise: (chance) => [chance.bytes(chance.between(1, 4096))],
  life: (chance, pools) => wholeLife(chance, pools),
  changed: (chance, pools) => {
    const life = wholeLife(chance, pools)
    const at = chance.below(life.length)
    return life.with(at, mutate(chance, life[at]))
  },
  disorder: (chance, pools) => chance.shuffled([...wholeLife(chance, pools), ...wholeLife(chance, pools)]),
  acknowledged: (chance, pools) => [wholeLife(chance, pools)[0], ...acks(chance), ...acks(chance)],
  level: (chance, pools) => [strangeConnect(chance, pools), ...wholeLife(chance, pools).slice(1)],
  length: (chance, pools) => [
    ...(chance.happens(0.6) ? [wholeLife(chance, pools)[0]] : []),
    wrongLength(chance),
    chance.bytes(chance.below(500)),
  ],
  large: (chance, pools) => [
    wholeLife(chance, pools)[0],
    publishOf('noise/1', Buffer.alloc(maxPacket + chance.between(-20, 20), 1), { qos: 1 }),
  ],
}

const overTcp = async (port) => {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  return socket
}

const overWebSocket = async (port, chance) => {
  const client = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, chance.happens(0.95) ? ['mqtt'] : ['other'])
  const stream = createWebSocketStream(client)
  stream.on('error', () => undefined)
  return stream
}

/** WebSocket frames made by hand: without a mask, with text, with a wrong length. */
const overBrokenWebSocket = async (port, chance) => {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  const key = chance.happens(0.9) ? 'dGhlIHNhbXBsZSBub25jZQ==' : 'short'
  socket.write(
    `GET ${chance.one(['/mqtt', '/mqtt', '/', '/mqtt?x=1'])} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: ${chance.one([13, 13, 13, 8])}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`,
  )
  return socket
}

const writeSlowly = async (stream, bytes, chance) => {
  for (let at = 0; at < bytes.length && stream.writable; ) {
    const step = chance.between(1, Math.max(1, bytes.length >> 3))
    stream.write(bytes.subarray(at, at + step))
    at += step
    await sleep(chance.below(60))
  }
}

const endings = [
  (stream) => stream.end(),
  (stream) => stream.destroy(),
  (stream) => (stream.resetAndDestroy ?? stream.destroy).call(stream),
]

/** Sends the script over a new connection; it ends after at most about 5 s. */
const play = async (open, script, chance) => {
  const stream = await open()
  const closed = once(stream, 'close').catch(() => undefined)
  if (chance.happens(0.05)) stream.pause()
  else stream.resume()
  const slow = chance.happens(0.1)
  for (const bytes of script) {
    if (!stream.writable) break
    if (slow) await writeSlowly(stream, bytes, chance)
    else stream.write(bytes)
    if (chance.happens(0.2)) await sleep(chance.below(50))
  }
  await Promise.race([closed, sleep(chance.below(1500))])
  chance.one(endings)(stream)
  await Promise.race([closed, sleep(2000)])
  stream.destroy()
}

/** `ports`: `{ mqtt, ws }`; `pools`: `{ names, user, protectedName }`. Plays the case with this number. */
export const createMqttFuzz =
  ({ seed, ports, pools, findings }) =>
  async (number) => {
    const chance = createChance(`${seed}/mqtt/${number}`)
    const kind = chance.one(Object.keys(scripts))
    const script = scripts[kind](chance, pools)
    const way = chance.below(10)
    const open = () => (way < 7 ? overTcp(ports.mqtt) : way < 9 ? overWebSocket(ports.ws, chance) : overBrokenWebSocket(ports.ws, chance))
    findings.count('mqtt connections')
    await play(open, script, chance).catch((error) => findings.fault(`mqtt ${number}`, `the fuzz itself failed: ${error.stack}`))
  }
