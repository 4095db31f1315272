// The server under the fuzz: `fogbell serve` over dist/ in its own process, below others in priority, with small bounds, so that everything
// that is kept within a bound reaches it soon. Every line of its log is looked at.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { hashPassword } from '../../dist/password.js'
import { stopChild, untilReady } from '../children.mjs'
import { asNpmStart } from '../contestants/fogbell.mjs'

const program = fileURLToPath(new URL('../../bin/fogbell.js', import.meta.url))
const tools = new URL('heap-tools.mjs', import.meta.url).href
const niceness = 10
export const user = { username: 'ops', password: 'a password of ops' }

const settings = async () => ({
  mqtt: {
    listeners: [{ url: 'mqtt://127.0.0.1:0' }, { url: 'ws://127.0.0.1:0/mqtt' }],
    maxRetainedBytes: 1_048_576,
    sessions: { maxMessages: 500, maxBytes: 262_144, maxTotalBytes: 4_194_304, sessionSeconds: 120, messageSeconds: 60 },
    users: [{ username: user.username, passwordHash: await hashPassword(user.password), publish: ['#'], subscribe: ['#'] }],
    anonymous: { publish: ['noise/#'], subscribe: ['noise/#'] },
  },
  firmware: { cacheBytes: 8_388_608, idleSeconds: 5, listen: { host: '127.0.0.1', port: 0 } },
  admin: { listen: { host: '127.0.0.1', port: 0 } },
  // The link that the fuzz takes apart belongs to a task that never ends.
  ota: { stallSeconds: 1_000_000, upgradeSeconds: 1_000_000, keepTasks: 2000 },
  log: { format: 'json' },
})

const entryOf = (line) => {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/** Lines of the levels error and fatal, and what is no line of the log, are faults; the others are counted by message. */
const watchLog = (child, findings, file) => {
  const counts = new Map()
  if (file !== '') child.stdout.pipe(createWriteStream(file))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const entry = entryOf(line)
    if (entry === null || /^(error|fatal)$/.test(entry.level)) findings.fault('log', line.slice(0, 2000))
    else counts.set(`${entry.level}: ${entry.msg}`, (counts.get(`${entry.level}: ${entry.msg}`) ?? 0) + 1)
  })
  createInterface({ input: child.stderr }).on('line', (line) => findings.fault('standard error', line.slice(0, 2000)))
  return counts
}

const readings = {
  rss: 'process_resident_memory_bytes',
  heap: 'nodejs_heap_size_used_bytes',
  external: 'nodejs_external_memory_bytes',
  devices: 'fogbell_devices_known',
  connections: 'fogbell_connections',
}

const readMetrics = (text) =>
  Object.fromEntries(Object.entries(readings).map(([key, name]) => [key, Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1])]))

const createAdmin = (url, token) => async (method, path, body) => {
  const isBytes = Buffer.isBuffer(body)
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }),
    },
    ...(body !== undefined && { body: isBytes ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  // A device that is not there any more has been removed as well.
  if (!response.ok && !(method === 'DELETE' && response.status === 404)) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

const portOf = (url) => Number(new URL(url).port)

/** Starts it in `directory`, with a copy of its log in `logFile` if that is not empty. `collected({ snapshot })` gives its memory after a full collection, and writes a snapshot of the heap. */
export const startFuzzServer = async (directory, findings, logFile) => {
  const [config, data] = [join(directory, 'fogbell.json'), join(directory, 'data')]
  await writeFile(config, JSON.stringify(await settings()))
  const args = [...asNpmStart, '--import', tools, program, 'serve', '--config', config, '--data', data]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  setPriority(child.pid, niceness)
  let isStopping = false
  child.once('exit', (code, signal) => {
    if (!isStopping) findings.fault('process', `the server has ended: ${signal ?? code}`)
  })
  const said = watchLog(child, findings, logFile)
  const stop = () => {
    isStopping = true
    return stopChild(child)
  }
  try {
    let description = null
    await untilReady('fogbell', { child, said: () => 'see the faults above' }, async () => {
      description = await readFile(join(data, 'fogbell.json'), 'utf8').then(JSON.parse, () => null)
      return description !== null
    })
    const token = (await readFile(join(data, 'admin.token'), 'utf8')).trim()
    const authorization = `Bearer ${token}`
    return {
      admin: createAdmin(description.admin, token),
      adminUrl: description.admin,
      token,
      ports: {
        mqtt: portOf(description.mqtt[0]),
        ws: portOf(description.mqtt[1]),
        firmware: portOf(description.firmware),
        admin: portOf(description.admin),
      },
      readings: async () => readMetrics(await (await fetch(`${description.admin}/metrics`, { headers: { authorization } })).text()),
      collected: async (ask = {}) => {
        const answer = once(child, 'message')
        child.send(ask)
        return (await answer)[0]
      },
      lives: () => child.exitCode === null && child.signalCode === null,
      said,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
