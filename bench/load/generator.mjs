// The load generator, a process of its own: many MQTT connections over bare sockets, the same for every contestant. Does what
// its parent says: `open` connections to a port, `run` a load on them, `end`. Knows no contestant.

import { once } from 'node:events'
import { connect } from 'node:net'
import { connectPacket, eachFrame, publishTemplate, subscribePacket, writeDigits } from './wire.mjs'

const CONNACK = 0x20
const PUBACK = 0x40
const SUBACK = 0x90
const PUBLISH = 0x30

const sites = new Map()

const now = () => performance.now()

/** Progress goes round 10 to 99, so that every report changes the task; ids of requests go round 1000 to 9999. */
const report = (device) => ({
  topic: `fogcloud/${device.product}/${device.name}/thing/up/ota`,
  payload: `{"id":123,"version":"1.0","method":"upgrade.post","params":{"step":77,"desc":"downloading","module":"default","task_id":"${device.task}"}}`,
  mark: '77,',
  width: 2,
  value: (n) => 10 + (n % 90),
})

const request = (device) => ({
  topic: `fogcloud/${device.product}/${device.name}/thing/up/ota`,
  payload: '{"id":7777,"version":"1.0","method":"firmware.get","params":{"module":"default"}}',
  mark: '7777',
  width: 4,
  value: (n) => 1000 + (n % 9000),
})

/** A version that is another one each time. */
const version = (device) => ({
  topic: `fogcloud/${device.product}/${device.name}/thing/up/ota`,
  payload: '{"id":123,"version":"1.0","method":"version.post","params":{"module":"default","version":"1.0.77"}}',
  mark: '77',
  width: 2,
  value: (n) => 10 + (n % 90),
})

/** An ordinary message, of the size of a report. */
const message = (device) => ({ ...report(device), topic: `fogcloud/${device.product}/${device.name}/user/alive` })

const kinds = { reports: report, versions: version, gets: request, messages: message }

const openConnection = (port, device) => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const connection = {
    socket,
    device,
    rest: null,
    receive: () => undefined,
    failed: null,
    sent: 0,
    inFlight: 0,
    sentAt: new Float64Array(10_000),
  }
  const use = (head, bytes, start, end) => connection.receive(head, bytes, start, end)
  socket.on('data', (chunk) => {
    const left = eachFrame(connection.rest === null ? chunk : Buffer.concat([connection.rest, chunk]), use)
    connection.rest = left.length === 0 ? null : left
    connection.heard?.()
  })
  socket.on('error', (error) => {
    connection.failed = error
  })
  socket.on('close', () => {
    connection.failed ??= new Error('the server closed the connection')
    connection.fail?.(connection.failed)
  })
  return connection
}

const packetOf = (connection, kind) =>
  new Promise((resolve, reject) => {
    connection.fail = reject
    connection.receive = (head, bytes, _start, end) => {
      if ((head & 0xf0) !== kind) return
      // The return code is the last byte; a SUBACK gives the QoS there, or 128.
      const code = bytes[end - 1]
      if (code > (kind === SUBACK ? 2 : 0)) reject(new Error(`refused with code ${code}`))
      else resolve()
    }
  })

const enter = async (connection, subscribe) => {
  const { socket, device } = connection
  await once(socket, 'connect')
  const connected = packetOf(connection, CONNACK)
  socket.write(connectPacket(device.name, `${device.name}&${device.product}`))
  await connected
  if (!subscribe) return
  const subscribed = packetOf(connection, SUBACK)
  socket.write(subscribePacket(`fogcloud/${device.product}/${device.name}/thing/down/ota`))
  await subscribed
}

/** Opens a few at a time: a backlog of connections is not to be measured. */
const open = async ({ site, port, devices, subscribe }) => {
  const connections = []
  for (let at = 0; at < devices.length; at += 20) {
    const some = devices.slice(at, at + 20).map((device) => openConnection(port, device))
    await Promise.all(some.map((each) => enter(each, subscribe)))
    connections.push(...some)
  }
  sites.set(site, connections)
}

/** What one run has counted; `from` and `until` bound the time that counts. */
const createCount = () => ({ from: 0, until: Number.POSITIVE_INFINITY, sending: true, all: 0, counted: 0, times: [], urls: [] })

const noteDone = (count, time, sentAt) => {
  count.all += 1
  if (time < count.from || time >= count.until) return
  count.counted += 1
  count.times.push(time - sentAt)
}

/** Sends that many messages in one write. */
const createSender = (connection, template, { width, value }) => {
  const { bytes, at, marks } = template
  return (many) => {
    const out = Buffer.allocUnsafe(many * bytes.length)
    const time = now()
    for (let each = 0; each < many; each += 1) {
      const start = each * bytes.length
      const id = 1 + (connection.sent % 9000)
      const mark = value(connection.sent)
      bytes.copy(out, start)
      out[start + at] = id >> 8
      out[start + at + 1] = id & 255
      writeDigits(out, start + marks[0], width, mark)
      connection.sentAt[width === 2 ? id : mark] = time
      connection.sent += 1
    }
    connection.inFlight += many
    connection.socket.write(out)
  }
}

const idAt = (bytes, at) => (bytes[at] << 8) | bytes[at + 1]

/** An answer is checked whole once for each connection and run: it must be for the device's own task. */
const checkAnswer = (device, bytes, start, end) => {
  const { method, params } = JSON.parse(bytes.toString('utf8', start, end))
  if (method !== 'firmware.post' || params.task_id !== String(device.task) || !params.url.startsWith('http')) {
    throw new Error(`a wrong answer: ${bytes.toString('utf8', start, end)}`)
  }
  return params.url
}

const acknowledged = (connection, count, time, bytes, start) => {
  connection.inFlight -= 1
  noteDone(count, time, connection.sentAt[idAt(bytes, start)])
}

/** The request's id is in the answer after `{"id":`, in four digits. */
const answered = (connection, count, time, head, bytes, start, end) => {
  const topicEnd = start + 2 + idAt(bytes, start)
  const payload = (head & 6) === 0 ? topicEnd : topicEnd + 2
  if ((head & 6) !== 0) connection.acks.push(0x40, 2, bytes[topicEnd], bytes[topicEnd + 1])
  if (!connection.checked) {
    count.urls.push(checkAnswer(connection.device, bytes, payload, end))
    connection.checked = true
  }
  connection.inFlight -= 1
  noteDone(count, time, connection.sentAt[Number(bytes.latin1Slice(payload + 6, payload + 10))])
}

const receiver = (connection, kind, count) => {
  connection.acks = []
  connection.checked = false
  return (head, bytes, start, end) => {
    if (kind !== 'gets' && head === PUBACK) acknowledged(connection, count, now(), bytes, start)
    if (kind === 'gets' && (head & 0xf0) === PUBLISH) answered(connection, count, now(), head, bytes, start, end)
  }
}

const flushAcks = (connection) => {
  if (connection.acks.length === 0) return
  connection.socket.write(Buffer.from(connection.acks))
  connection.acks.length = 0
}

/** Keeps `window` messages in flight, or with `pause` one at a time with that many milliseconds between. */
const start = (connection, kind, { window, pause }, count) => {
  const load = kinds[kind](connection.device)
  const send = createSender(connection, publishTemplate(load.topic, load.payload, [load.mark]), load)
  connection.receive = receiver(connection, kind, count)
  connection.heard = () => {
    flushAcks(connection)
    if (count.sending && pause === undefined && connection.inFlight < window) send(window - connection.inFlight)
  }
  if (pause === undefined) send(window)
  else connection.timer = setInterval(() => connection.inFlight === 0 && send(1), pause)
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const drain = async (connections) => {
  for (let tries = 0; connections.some((each) => each.inFlight > 0); tries += 1) {
    if (tries === 1000) throw new Error('the server did not answer everything within 10 s')
    await sleep(10)
  }
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]

const run = async ({ site, kind, seconds, warm, connections: many, ...manner }) => {
  const connections = sites.get(site).slice(0, many)
  const count = createCount()
  const dead = connections.find((connection) => connection.failed !== null)
  if (dead !== undefined) throw dead.failed
  const failed = new Promise((_resolve, reject) => {
    for (const connection of connections) connection.fail = reject
  })
  const begin = now()
  count.from = begin + warm * 1000
  count.until = count.from + seconds * 1000
  const cpu = process.cpuUsage()
  for (const [at, connection] of connections.entries()) {
    // Loads with a pause start spread over it, not all at once.
    if (manner.pause === undefined) start(connection, kind, manner, count)
    else setTimeout(() => start(connection, kind, manner, count), (manner.pause * at) / connections.length)
  }
  await Promise.race([sleep((warm + seconds) * 1000), failed])
  count.sending = false
  for (const connection of connections) clearInterval(connection.timer)
  await Promise.race([drain(connections), failed])
  const { user, system } = process.cpuUsage(cpu)
  const took = (now() - begin) / 1000
  const times = Float64Array.from(count.times).sort()
  return {
    rate: count.counted / seconds,
    all: count.all,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    max: times.at(-1),
    // How much of one processor the generator itself used.
    busy: (user + system) / 1e6 / took,
    // The download links of the answers.
    urls: count.urls,
  }
}

const jobs = { open, run }

const work = async ({ job, ...args }) => {
  try {
    process.send({ result: await jobs[job](args) })
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) })
  }
}

process.on('message', (message) => void work(message))
process.on('uncaughtException', (error) => process.send({ error: String(error.stack) }))
process.once('disconnect', () => process.exit())
