// The load generator of sessions.mjs, a process of its own: publishers at QoS 1, and one subscriber with a persistent session that
// acknowledges, over bare sockets. Does what its parent says: `open`, `run`, `offline`. Knows no contestant.

import { once } from 'node:events'
import { connect } from 'node:net'
import { connectPacket, eachFrame, publishTemplate, subscribePacket, writeDigits } from './wire.mjs'

const [CONNACK, PUBLISH, PUBACK, SUBACK] = [0x20, 0x30, 0x40, 0x90]
/** A message is 110 bytes: the publisher's number, its own, and readings of a sensor. */
const payload = `PP NNNNNNNN ${'{"temperature":21.5,"humidity":40.25,"battery":97,"rssi":-61,"uptime":123456,"at":"2026-01-01T00:00:00Z"}'.slice(0, 98)}`
const topic = 'bench/through'
const ring = 65_536
const patience = 30_000
const quietMs = 1500

const sites = new Map()
const now = () => performance.now()
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const openConnection = (port) => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const connection = { socket, rest: null, receive: () => undefined, heard: () => undefined, failed: null }
  const use = (head, bytes, start, end) => connection.receive(head, bytes, start, end)
  socket.on('data', (chunk) => {
    const left = eachFrame(connection.rest === null ? chunk : Buffer.concat([connection.rest, chunk]), use)
    connection.rest = left.length === 0 ? null : left
    connection.heard()
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    connection.failed = new Error('the server closed a connection')
  })
  return connection
}

/** Sends a packet and waits for one of that kind; earlier ones are handled as usual. */
const ask = (connection, packet, kind) =>
  new Promise((resolve, reject) => {
    const receive = connection.receive
    const late = setTimeout(reject, patience, new Error(`no answer of kind ${kind}`))
    connection.receive = (head, bytes, start, end) => {
      if ((head & 0xf0) !== kind) return receive(head, bytes, start, end)
      connection.receive = receive
      clearTimeout(late)
      if (bytes[end - 1] > 1) reject(new Error(`refused with code ${bytes[end - 1]}`))
      else resolve()
    }
    connection.socket.write(packet)
  })

const enter = async (connection, clientId, clean) => {
  await once(connection.socket, 'connect')
  await ask(connection, connectPacket(clientId, null, clean), CONNACK)
}

/** `acked` and `received`: all messages before that number were acknowledged, or received by the subscriber. */
const createPublisher = (connection, number) => {
  const template = publishTemplate(topic, payload, ['PP', 'NNNNNNNN'])
  writeDigits(template.bytes, template.marks[0], 2, number)
  return { connection, template, sent: 0, acked: 0, received: 0, sentAt: new Float64Array(ring), until: 0 }
}

const send = (publisher, many) => {
  const { bytes, at, marks } = publisher.template
  const out = Buffer.allocUnsafe(many * bytes.length)
  const time = now()
  for (let each = 0; each < many; each += 1) {
    const start = each * bytes.length
    const id = 1 + (publisher.sent % 60_000)
    bytes.copy(out, start)
    out[start + at] = id >> 8
    out[start + at + 1] = id & 255
    writeDigits(out, start + marks[1], 8, publisher.sent)
    publisher.sentAt[publisher.sent % ring] = time
    publisher.sent += 1
  }
  publisher.connection.socket.write(out)
}

/** Keeps the window full of messages that were not received by the subscriber, or not acknowledged; while it is offline only the latter count. */
const refill = (site, publisher) => {
  const { window, sending, offline } = site.manner
  if (!sending) return
  const done = offline ? publisher.acked : Math.min(publisher.acked, publisher.received)
  const room = Math.min(window - (publisher.sent - done), publisher.until - publisher.sent)
  // A few at a time, as programs with several messages to send do.
  if (room >= window / 4 || (room > 0 && done === publisher.sent) || room === publisher.until - publisher.sent)
    if (room > 0) send(publisher, room)
}

const digits = (bytes, at, width) => {
  let value = 0
  for (let place = at; place < at + width; place += 1) value = value * 10 + bytes[place] - 48
  return value
}

/** The subscriber receives a message, acknowledges it and notes how long it took; skipped messages are lost, repeated ones are counted. */
const take = (site, head, bytes, start) => {
  const topicEnd = start + 2 + ((bytes[start] << 8) | bytes[start + 1])
  const body = (head & 6) === 0 ? topicEnd : topicEnd + 2
  if ((head & 6) !== 0) site.acks.push(0x40, 2, bytes[topicEnd], bytes[topicEnd + 1])
  const publisher = site.publishers[digits(bytes, body, 2)]
  const number = digits(bytes, body + 3, 8)
  const { count } = site
  if (number < publisher.received) {
    count.again += 1
    return
  }
  count.lost += number - publisher.received
  publisher.received = number + 1
  count.all += 1
  const time = now()
  if (time < count.from || time >= count.until) return
  count.counted += 1
  count.times.push(time - publisher.sentAt[number % ring])
}

const listen = (site) => {
  const { subscriber } = site
  subscriber.receive = (head, bytes, start) => {
    if ((head & 0xf0) === PUBLISH) take(site, head, bytes, start)
  }
  subscriber.heard = () => {
    if (site.acks.length > 0) subscriber.socket.write(Buffer.from(site.acks))
    site.acks.length = 0
    for (const publisher of site.publishers) refill(site, publisher)
  }
}

const createCount = () => ({ from: 0, until: Number.POSITIVE_INFINITY, all: 0, counted: 0, again: 0, lost: 0, times: [] })

const open = async ({ site: name, port, publishers: many }) => {
  const site = {
    port,
    publishers: [],
    subscriber: openConnection(port),
    acks: [],
    count: createCount(),
    manner: { sending: false, window: 1 },
  }
  sites.set(name, site)
  listen(site)
  await enter(site.subscriber, 'subscriber', false)
  await ask(site.subscriber, subscribePacket(topic), SUBACK)
  for (let number = 0; number < many; number += 1) {
    const connection = openConnection(port)
    const publisher = createPublisher(connection, number)
    await enter(connection, `publisher-${number}`, true)
    connection.receive = (head) => {
      if (head === PUBACK) publisher.acked += 1
    }
    connection.heard = () => refill(site, publisher)
    site.publishers.push(publisher)
  }
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]

const until = async (site, what, isTrue) => {
  const end = now() + patience
  while (!isTrue()) {
    const failed = [site.subscriber, ...site.publishers.map(({ connection }) => connection)].find((each) => each.failed !== null)
    if (failed !== undefined) throw failed.failed
    if (now() > end) throw new Error(`timed out waiting: ${what}`)
    await sleep(2)
  }
}

/** Resolves when all messages were received, or none for a while (lost ones never are). Gives the time of the last one. */
const untilQuiet = async (site) => {
  let [last, before] = [now(), -1]
  while (site.publishers.some(({ sent, received }) => received < sent) && now() - last < quietMs) {
    if (before !== site.count.all) last = now()
    before = site.count.all
    await sleep(2)
  }
  return last
}

const begin = (site, manner, each) => {
  site.count = createCount()
  site.manner = { ...manner, sending: true }
  for (const publisher of site.publishers) {
    publisher.until = publisher.sent + each
    refill(site, publisher)
  }
}

/** Messages to the subscriber, for some seconds. */
const run = async ({ site: name, seconds, warm, window }) => {
  const site = sites.get(name)
  const [start, cpu] = [now(), process.cpuUsage()]
  begin(site, { window, offline: false }, Number.POSITIVE_INFINITY)
  const { count } = site
  count.from = start + warm * 1000
  count.until = count.from + seconds * 1000
  await sleep((warm + seconds) * 1000)
  site.manner.sending = false
  await until(site, 'all messages acknowledged', () => site.publishers.every(({ acked, sent }) => acked === sent))
  await untilQuiet(site)
  for (const publisher of site.publishers) {
    count.lost += publisher.sent - publisher.received
    publisher.received = publisher.sent
  }
  const { user, system } = process.cpuUsage(cpu)
  const times = Float64Array.from(count.times).sort()
  return {
    rate: count.counted / seconds,
    all: count.all,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    busy: (user + system) / 1e3 / (now() - start),
    lost: count.lost,
    again: count.again,
  }
}

/** That many messages of each publisher to a subscriber that is offline; then it reconnects and receives them. */
const offline = async ({ site: name, window, each }) => {
  const site = sites.get(name)
  Object.assign(site.subscriber, { receive: () => undefined, heard: () => undefined })
  site.subscriber.socket.end(Buffer.from([0xe0, 0]))
  await once(site.subscriber.socket, 'close')
  site.subscriber.failed = null
  const start = now()
  begin(site, { window, offline: true }, each)
  await until(site, 'all is stored', () => site.publishers.every(({ acked, until }) => acked === until))
  const stored = now()
  site.manner.sending = false
  site.subscriber = openConnection(site.port)
  listen(site)
  await enter(site.subscriber, 'subscriber', false)
  const back = now()
  const last = await untilQuiet(site)
  const all = each * site.publishers.length
  for (const publisher of site.publishers) publisher.received = publisher.sent
  return {
    stored: all / ((stored - start) / 1000),
    delivered: site.count.all / Math.max(0.001, (last - back) / 1000),
    missing: all - site.count.all,
  }
}

const jobs = { open, run, offline }

const work = async ({ job, ...args }) => {
  try {
    process.send({ result: (await jobs[job](args)) ?? null })
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) })
  }
}

process.on('message', (message) => void work(message))
process.on('uncaughtException', (error) => process.send({ error: String(error.stack) }))
process.once('disconnect', () => process.exit())
