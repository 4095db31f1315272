// How long an operator at a test station waits while 200 other devices download: from the scan to "insert the board", and from the board's report
// of its version to PASS, both of which are on disk before they are shown. Then the page of yield after that many runs.
// Run after `npm run build`: node bench/station.mjs [boards]

import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { milliseconds, table } from './figures.mjs'
import { inDirectory } from './part.mjs'

const boards = Number(process.argv[2] ?? 200)
const others = 200
const program = fileURLToPath(new URL('../bin/fogbell.js', import.meta.url))
const [mqttPort, firmwarePort, adminPort] = [29_883, 29_884, 29_885]
/** Of the others' image, and how fast each fetches it (KiB/s): long enough for all that is measured. */
const [imageBytes, rate] = [64 * 2 ** 20, 200]

const percentile = (values, part) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * part) - 1)] ?? 0

const start = (keep, ...args) => {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  keep({
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  })
}

const createApi =
  (token) =>
  async (method, path, body, headers = {}) => {
    const isBytes = body instanceof Uint8Array
    const type = isBytes ? 'application/octet-stream' : 'application/json'
    const response = await fetch(`http://127.0.0.1:${adminPort}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }), ...headers },
      ...(body === undefined ? {} : { body: isBytes ? body : JSON.stringify(body) }),
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.detail}`)
    return answer
  }

// ---------------------------------------------------------------- a board: MQTT 3.1.1, as little as it needs

const text = (value) => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

const packet = (head, ...parts) => {
  const body = Buffer.concat(parts)
  const length = []
  for (let rest = body.length; ; rest >>= 7) {
    length.push((rest & 127) | (rest > 127 ? 128 : 0))
    if (rest <= 127) break
  }
  return Buffer.concat([Buffer.from([head, ...length]), body])
}

const connect = (product, name) =>
  packet(0x10, text('MQTT'), Buffer.from([4, 0xc2, 0, 60]), text(`${name}-client`), text(`${name}&${product}`), text('first-use'))

const report = (product, name, version) => {
  const message = { id: 1, version: '1.0', method: 'version.post', params: { version, module: 'default' } }
  return packet(0x32, text(`fogcloud/${product}/${name}/thing/up/ota`), Buffer.from([0, 1]), Buffer.from(JSON.stringify(message)))
}

/** Resolves when its CONNACK is there. */
const openBoard = async (product, name) => {
  const socket = createConnection(mqttPort, '127.0.0.1')
  socket.setNoDelay(true)
  await new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('data', (bytes) => (bytes[0] === 0x20 && bytes[3] === 0 ? resolve() : reject(new Error(`${name} was refused`))))
    socket.once('connect', () => socket.write(connect(product, name)))
  })
  return socket
}

// ---------------------------------------------------------------- the line

const prepare = async (api) => {
  const large = await api('PUT', '/firmware?product=other&module=default&version=2.0.0', randomBytes(imageBytes))
  const own = await api('PUT', '/firmware?product=lamp&module=default&version=2.0.0', randomBytes(100_000))
  await api('PUT', '/procedures/fct', { product: 'lamp', process: 'FCT', firmware: [{ module: 'default', firmware: own.id }] })
  await api('POST', '/procedures/fct/release')
  await api('PUT', '/stations/s1', { procedure: 'fct', slots: 1 })
  const campaign = await api(
    'POST',
    '/campaigns',
    { firmware: large.id, rate: { maxInProgress: others } },
    { 'idempotency-key': randomUUID() },
  )
  await api('POST', `/campaigns/${campaign.id}/start`)
  return campaign
}

const allDownload = async (api, campaign) => {
  for (let tries = 0; tries < 120; tries += 1) {
    const { counts } = await api('GET', `/campaigns/${campaign.id}`)
    if (counts.in_progress >= others) return
    await pause(500)
  }
  throw new Error('the other devices did not begin to download')
}

const playBoard = async (api, name, times) => {
  const before = performance.now()
  const run = await api('POST', '/stations/s1/scan', { text: name }, { 'idempotency-key': randomUUID() })
  times.scan.push(performance.now() - before)
  const socket = await openBoard('lamp', name)
  const ended = api('GET', `/runs/${run.id}?wait=30&after=identifying`)
  await pause(20)
  const reported = performance.now()
  socket.write(report('lamp', name, '2.0.0'))
  let last = await ended
  while (last.state !== 'ended') last = await api('GET', `/runs/${run.id}?wait=30&after=${last.state}`)
  times.pass.push(performance.now() - reported)
  if (last.outcome !== 'passed') throw new Error(`${name}: ${last.outcome} ${last.code}`)
  socket.end()
}

await inDirectory(async (directory, keep) => {
  const data = join(directory, 'data')
  start(keep, 'serve', '--data', data, '--mqtt-port', mqttPort, '--firmware-port', firmwarePort, '--admin-port', adminPort)
  let token = ''
  for (let tries = 0; tries < 100 && token === ''; tries += 1) {
    await pause(100)
    token = await readFile(join(data, 'admin.token'), 'utf8').then(
      (read) => read.trim(),
      () => '',
    )
    if (token !== '')
      token = await fetch(`http://127.0.0.1:${adminPort}/readyz`).then(
        (answer) => (answer.ok ? token : ''),
        () => '',
      )
  }
  const api = createApi(token)
  start(keep, 'simulate', '--data', data, '--devices', others, '--product', 'other', '--rate', rate)
  await pause(3000)
  await allDownload(api, await prepare(api))
  const times = { scan: [], pass: [] }
  for (let at = 0; at < boards; at += 1) await playBoard(api, `board-${at}`, times)
  const asked = performance.now()
  const { items } = await api('GET', '/yield?group=station,process,version')
  const took = performance.now() - asked
  if (items[0]?.units !== boards) throw new Error(`the figures have ${items[0]?.units} units`)
  const line = (what, values, wanted) => [what, milliseconds(percentile(values, 0.5)), milliseconds(percentile(values, 0.95)), wanted]
  console.log(`${boards} boards at a station, while ${others} devices download ${rate} KiB/s each\n`)
  console.log(
    table(
      ['', 'p50', 'p95', 'wanted of p95'],
      [line('scan to "insert the board"', times.scan, '150 ms'), line('report of the version to PASS', times.pass, '250 ms')],
    ),
  )
  console.log(`\nyield of all of them: ${milliseconds(took)}`)
})
