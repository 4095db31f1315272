// A proper MQTT client for the fuzz: connects, subscribes, publishes at QoS 1 and waits for each PUBACK, acknowledges what it receives.

import { once } from 'node:events'
import { connect } from 'node:net'
import { connectOf, idOf, publishOf, subscribeOf } from './fuzz-packets.mjs'
import { eachFrame } from './wire.mjs'

/** How long an answer may take: the machine is shared, and the fuzz is the first to wait. */
export const patience = 30_000

const topicOf = (bytes, start) => bytes.toString('utf8', start + 2, start + 2 + bytes.readUInt16BE(start))

/** A QoS 1 or 0 PUBLISH as topic and payload; acknowledged. */
const received = (socket, head, bytes, start, end, use) => {
  const qos = (head >> 1) & 3
  const at = start + 2 + bytes.readUInt16BE(start)
  if (qos === 1) socket.write(idOf(0x40, bytes.readUInt16BE(at)))
  use(topicOf(bytes, start), Buffer.from(bytes.subarray(at + (qos === 0 ? 0 : 2), end)))
}

const waiting = () => {
  const all = new Map()
  return {
    for: (key) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          all.delete(key)
          resolve('late')
        }, patience)
        all.set(key, (value) => {
          clearTimeout(timer)
          all.delete(key)
          resolve(value)
        })
      }),
    give: (key, value) => all.get(key)?.(value),
    end: () => {
      for (const give of all.values()) give('closed')
    },
  }
}

/**
 * Connects; `code` is the CONNACK's, `closed` or `late`. Each call resolves with `ok`, `closed` (the connection ended first) or `late`.
 * `onMessage(topic, payload)` gets what the server sends.
 */
export const openClient = async ({ port, onMessage = () => undefined, ...identity }) => {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  const answers = waiting()
  let rest = Buffer.alloc(0)
  let lastId = 0
  socket.on('error', () => undefined)
  const gone = once(socket, 'close').catch(() => undefined)
  void gone.then(answers.end)
  socket.on('data', (data) => {
    rest = eachFrame(rest.length === 0 ? data : Buffer.concat([rest, data]), (head, bytes, start, end) => {
      const type = head >> 4
      if (type === 3) received(socket, head, bytes, start, end, onMessage)
      else if (type === 2) answers.give('connack', bytes[start + 1])
      else if (type !== 13) answers.give(`${type}/${bytes.readUInt16BE(start)}`, 'ok')
    })
  })
  const nextId = () => {
    lastId = (lastId % 65_535) + 1
    return lastId
  }
  const ask = (type, id, bytes) => {
    if (!socket.writable) return Promise.resolve('closed')
    const answer = answers.for(`${type}/${id}`)
    socket.write(bytes)
    return answer
  }
  const welcome = answers.for('connack')
  socket.write(connectOf(identity))
  return {
    code: await welcome,
    subscribe: (...filters) => {
      const id = nextId()
      return ask(9, id, subscribeOf(id, filters))
    },
    publish: (topic, payload) => {
      const id = nextId()
      return ask(4, id, publishOf(topic, payload, { qos: 1, id }))
    },
    /** At QoS 0. */
    send: (topic, payload) => socket.write(publishOf(topic, payload)),
    open: () => socket.writable,
    gone,
    close: () => socket.destroy(),
  }
}
