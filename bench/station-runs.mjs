// What many ended runs of test stations cost: yield, lists by each filter, birth certificates, exports (and the server's memory meanwhile), and its start
// beside that with none. Run after `npm run build`: node bench/station-runs.mjs [runs]. Works in a temporary directory, which it removes.

import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { machine, median, milliseconds, table } from './figures.mjs'
import { inDirectory } from './part.mjs'
import { dayMs, fill, serialOf, stations } from './station-fill.mjs'

const count = Number(process.argv[2] ?? 100_000)
const program = fileURLToPath(new URL('../bin/fogbell.js', import.meta.url))
const [rounds, starts] = [15, 7]

// ---------------------------------------------------------------- the server

/** Resolves when it says `ready`. */
const startServer = async (data, keep) => {
  const before = performance.now()
  const args = [
    'serve',
    '--data',
    data,
    '--mqtt-port',
    0,
    '--firmware-port',
    0,
    '--admin-port',
    0,
    '--host',
    '127.0.0.1',
    '--log-format',
    'json',
  ]
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const server = keep({
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  })
  const description = await new Promise((resolve, reject) => {
    let text = ''
    void exited.then(() => reject(new Error('the server ended')))
    child.stdout.setEncoding('utf8').on('data', (more) => {
      text += more
      const ready = text.split('\n').find((line) => line.endsWith('"ready"}'))
      if (ready !== undefined) resolve(JSON.parse(ready))
    })
  })
  const took = performance.now() - before
  const token = (await readFile(join(data, 'admin.token'), 'utf8')).trim()
  const send = async (method, path, body) => {
    const isBytes = body instanceof Uint8Array
    const response = await fetch(`${description.admin}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }),
      },
      ...(body !== undefined && { body: isBytes ? body : JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response
  }
  return { ...server, took, pid: child.pid, send, json: async (...asked) => (await send(...asked)).json() }
}

/** MiB; NaN where there is no /proc. */
const rssOf = async (pid) => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024
}

/** Milliseconds that its main thread has had a processor: other programs do not change it. */
const busyOf = async (pid) => Number((await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => 'NaN')).split(' ')[0]) / 1e6

const setUp = async ({ json }) => {
  const image = await json('PUT', '/firmware?product=lamp&module=default&version=2.0.0', Buffer.alloc(10_000, 'image'))
  await json('PUT', '/procedures/fct', { product: 'lamp', process: 'FCT', firmware: [{ module: 'default', firmware: image.id }] })
  await json('POST', '/procedures/fct/release')
  for (const id of stations) await json('PUT', `/stations/${id}`, { procedure: 'fct', slots: 16 })
}

// ---------------------------------------------------------------- what is measured

const shown = (values) => {
  const sorted = values.toSorted((a, b) => a - b)
  return [milliseconds(median(values)), milliseconds(sorted.at(-1))]
}

const timed = async (work) => {
  const before = performance.now()
  await work()
  return performance.now() - before
}

const queriesOf = (now) => {
  const iso = (at) => encodeURIComponent(new Date(at).toISOString())
  const [from, to] = [iso(now - 15 * dayMs), iso(now - 14 * dayMs)]
  const middle = serialOf(Math.floor(count / 2))
  return [
    ['yield, all', '/yield'],
    ...['station', 'process', 'version', 'shift', 'station,process,version,shift'].map((group) => [
      `yield by ${group}`,
      `/yield?group=${group}`,
    ]),
    ['screen of a station', '/stations/s1'],
    ['runs, newest', '/runs'],
    ['runs of a serial number', `/runs?serial=${middle}`],
    ['runs of a station', '/runs?station=s2'],
    ['runs of a process', '/runs?process=EOL'],
    ['runs that failed', '/runs?outcome=failed'],
    ['runs with an outcome that none has', '/runs?outcome=error'],
    ['runs of a day', `/runs?from=${from}&to=${to}`],
    ['failed runs of a day at a station', `/runs?outcome=failed&station=s4&from=${from}&to=${to}`],
    ['1,000 runs of a day', `/runs?limit=1000&from=${from}&to=${to}`],
    ['birth certificate', `/units/lamp/${middle}`],
    ['birth certificate, as a page', `/units/lamp/${middle}?format=html`],
  ]
}

const measureQueries = async ({ send, pid }) => {
  const lines = []
  for (const [what, path] of queriesOf(Date.now())) {
    const first = await timed(async () => (await send('GET', path)).arrayBuffer())
    const again = []
    const busy = await busyOf(pid)
    for (let round = 0; round < rounds; round += 1) again.push(await timed(async () => (await send('GET', path)).arrayBuffer()))
    lines.push([what, milliseconds(first), ...shown(again), milliseconds(((await busyOf(pid)) - busy) / rounds)])
  }
  return table(['', 'first', 'median', 'longest', 'its processor time'], lines)
}

/** The file is read as it comes, and the server asked for other things meanwhile. */
const measureExport = async (server, format) => {
  const before = await rssOf(server.pid)
  let [isOver, highest, bytes] = [false, before, 0]
  const others = []
  const watch = async () => {
    while (!isOver) {
      others.push(await timed(() => server.json('GET', '/runs?limit=1')))
      highest = Math.max(highest, await rssOf(server.pid))
      await pause(20)
    }
  }
  const watching = watch()
  const took = await timed(async () => {
    for await (const part of (await server.send('GET', `/runs/export?format=${format}`)).body) bytes += part.length
  })
  isOver = true
  await watching
  const mib = (value) => `${Math.round(value)} MiB`
  return [format, `${(took / 1000).toFixed(1)} s`, mib(bytes / 2 ** 20), mib(before), mib(highest), ...shown(others)]
}

const measureStarts = async (directories, keep) => {
  const times = directories.map(() => [])
  for (let round = 0; round < starts; round += 1)
    for (const [at, directory] of directories.entries()) {
      const server = await startServer(directory, keep)
      times[at].push(server.took)
      await server.stop()
    }
  return times
}

await inDirectory(async (directory, keep) => {
  const [empty, full] = [join(directory, 'empty'), join(directory, 'full')]
  for (const data of [empty, full]) {
    const server = await startServer(data, keep)
    await setUp(server)
    await server.stop()
  }
  const rows = await fill(join(full, 'store'), count)
  console.log(`${count.toLocaleString('en')} ended runs in 30 days, ${rows} rows of figures; ${await machine()}\n`)
  const times = await measureStarts([empty, full], keep)
  console.log(
    table(
      ['start', 'median', 'longest'],
      ['no runs', 'all of them'].map((what, at) => [what, ...shown(times[at])]),
    ),
  )
  const server = await startServer(full, keep)
  console.log(`\n${await measureQueries(server)}\n`)
  const exports = []
  for (const format of ['csv', 'jsonl', 'openhtf', 'csv']) exports.push(await measureExport(server, format))
  console.log(table(['export', 'took', 'bytes', 'RSS before', 'highest', 'another request meanwhile, median', 'longest'], exports))
  console.log(
    `\nload of the machine at the end: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  )
  await server.stop()
})
