// What a fleet takes: memory of the server, disk and its next start, by the number of connected devices. Each is a real MQTT connection that
// subscribes and reports a version. No peer: these figures are for docs/operations.md.
// Usage: node bench/sizing.mjs [DEVICES…]   (default: 1000 5000 15000)

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate, parser } from 'mqtt-packet'
import { sleep, startChild, stopChild, untilReady } from './children.mjs'
import { asNpmStart } from './contestants/fogbell.mjs'
import { inDirectory } from './part.mjs'

const steps = process.argv.slice(2).map(Number)
const fleets = steps.length > 0 ? steps : [1000, 5000, 15_000]
const atOnce = 200
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`

const residentOf = async (pid) => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]) * 1024

const sizeOf = (path) =>
  statSync(path).isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : statSync(path).size

/** A connected device that has subscribed and reported version 1.0.0; resolves with its socket when the report is acknowledged. */
const device = (port, index) =>
  new Promise((resolve, reject) => {
    const name = `board-${index}`
    const topic = `fogcloud/pk/${name}/thing`
    const socket = connect(port, '127.0.0.1')
    const packets = parser({ protocolVersion: 4 })
    const send = (packet) => socket.write(generate(packet))
    const params = { module: 'default', version: '1.0.0' }
    const report = JSON.stringify({ id: 1, version: '1.0', method: 'version.post', params })
    packets.on('packet', ({ cmd }) => {
      if (cmd === 'connack') send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `${topic}/down/ota`, qos: 1 }] })
      if (cmd === 'suback') send({ cmd: 'publish', messageId: 2, qos: 1, topic: `${topic}/up/ota`, payload: report })
      if (cmd === 'puback') resolve(socket)
    })
    socket.on('data', (bytes) => packets.parse(bytes))
    socket.on('error', reject)
    const username = `${name}&pk`
    send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: false,
      clientId: name,
      keepalive: 0,
      username,
      password: Buffer.from(name),
    })
  })

const connectAll = async (port, count) => {
  const sockets = []
  let next = 0
  const work = async () => {
    while (next < count) sockets.push(await device(port, next++))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return sockets
}

const program = fileURLToPath(new URL('../bin/fogbell.js', import.meta.url))

const start = async (data) => {
  const ports = ['mqtt', 'firmware', 'admin'].flatMap((name) => [`--${name}-port`, '0'])
  const started = startChild(process.execPath, [
    ...asNpmStart,
    program,
    'serve',
    '--data',
    data,
    '--host',
    '127.0.0.1',
    '--log-level',
    'warn',
    ...ports,
  ])
  let port = 0
  await untilReady('fogbell', started, async () => {
    try {
      const description = JSON.parse(readFileSync(join(data, 'fogbell.json'), 'utf8'))
      port = Number(new URL(description.mqtt[0]).port)
      return description.pid === started.child.pid
    } catch {
      return false
    }
  })
  return { port, pid: started.child.pid, stop: () => stopChild(started.child) }
}

const measure = (count) =>
  inDirectory(async (directory, keep) => {
    const data = join(directory, 'data')
    const first = keep(await start(data))
    const empty = await residentOf(first.pid)
    const began = performance.now()
    const sockets = await connectAll(first.port, count)
    const seconds = (performance.now() - began) / 1000
    await sleep(10_000)
    const resident = await residentOf(first.pid)
    for (const socket of sockets) socket.destroy()
    await first.stop()
    const disk = sizeOf(join(data, 'store'))
    const again = performance.now()
    const second = keep(await start(data))
    const restart = performance.now() - again
    await second.stop()
    console.log(
      `${count} devices: ${mib(resident)} resident (empty ${mib(empty)}; ${((resident - empty) / count / 1024).toFixed(1)} KiB each), store ${mib(disk)}, connected in ${seconds.toFixed(1)} s, next start ${restart.toFixed(0)} ms`,
    )
  })

for (const count of fleets) await measure(count)
