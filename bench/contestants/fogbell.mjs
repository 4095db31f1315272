// Fogbell as users run it: `fogbell serve` over dist/, in its own process with a directory of its own, filled through its admin API.

import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sleep, startChild, stopChild, untilReady } from '../children.mjs'

export const ownProgram = fileURLToPath(new URL('../../bin/fogbell.js', import.meta.url))
const product = 'bench'
export const imageBytes = 1_048_576

const readJson = (path) =>
  readFile(path, 'utf8').then(
    (text) => JSON.parse(text),
    () => null,
  )

const createAdmin = (url, token) => async (method, path, body) => {
  const type = typeof body === 'string' ? 'text/csv' : Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json'
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body: type === 'application/json' ? JSON.stringify(body) : body }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

const allTasks = async (admin) => {
  const items = []
  for (let after = ''; ; ) {
    const page = await admin('GET', `/tasks?limit=1000${after}`)
    items.push(...page.items)
    if (page.next === null) return items
    after = `&after=${encodeURIComponent(page.next)}`
  }
}

const addDevices = async (admin, count) => {
  if (count === 0) return
  const rows = Array.from({ length: count }, (_, at) => `${product},device-${String(at).padStart(5, '0')},,,\n`)
  await admin('POST', '/devices/import', `product,name,secret,gateway,tags\n${rows.join('')}`)
}

/** Adds an image of 1 MiB and a campaign without push: each device gets one open task. Gives them as the load needs them. */
const addTasks = async (admin, count) => {
  const firmware = await admin('PUT', `/firmware?product=${product}&version=2.0.0`, randomBytes(imageBytes))
  await admin('POST', '/campaigns', {
    firmware: firmware.id,
    start: true,
    push: false,
    rate: { maxInProgress: count, perMinute: 1_000_000 },
  })
  for (let tries = 0; ; tries += 1) {
    const tasks = await allTasks(admin)
    if (tasks.length === count)
      return tasks.map(({ device, id }) => ({ product, name: device.slice(product.length + 1), task: Number(id) }))
    if (tries === 100) throw new Error(`the campaign has ${tasks.length} tasks instead of ${count}`)
    await sleep(100)
  }
}

/** What the server has counted under `name`, by label. */
const countsOf = (text, name) => {
  const counts = {}
  for (const [, label, value] of text.matchAll(new RegExp(`^${name}\\{\\w+="(\\w+)"\\} (\\d+)`, 'gm'))) counts[label] = Number(value)
  return counts
}

/** As in `npm start`. */
export const asNpmStart = ['--max-semi-space-size=16']

/**
 * Starts a Fogbell in `directory` with `count` devices. `ota` and `mqtt` are laid over the default settings; `node` are options for its Node;
 * without `campaign` the devices have no tasks; `program` is the command of another build. `counts(name)` reads a counter of its metrics by label.
 */
export const startFogbell = async (
  directory,
  count,
  { ota = {}, mqtt = {}, node = asNpmStart, campaign = true, program = ownProgram } = {},
) => {
  await mkdir(directory)
  const [config, data] = [join(directory, 'fogbell.json'), join(directory, 'data')]
  await writeFile(config, JSON.stringify({ devices: { enrolment: 'open' }, ota, mqtt, log: { level: 'warn' } }))
  const ports = ['mqtt', 'firmware', 'admin'].flatMap((name) => [`--${name}-port`, '0'])
  const started = startChild(process.execPath, [
    ...node,
    program,
    'serve',
    '--config',
    config,
    '--data',
    data,
    '--host',
    '127.0.0.1',
    ...ports,
  ])
  const { child } = started
  const stop = () => stopChild(child)
  try {
    let description = null
    await untilReady('fogbell', started, async () => {
      description = await readJson(join(data, 'fogbell.json'))
      return description !== null
    })
    const token = (await readFile(join(data, 'admin.token'), 'utf8')).trim()
    const admin = createAdmin(description.admin, token)
    const counts = async (name) => {
      const response = await fetch(`${description.admin}/metrics`, { headers: { authorization: `Bearer ${token}` } })
      return countsOf(await response.text(), name)
    }
    const port = Number(new URL(description.mqtt[0]).port)
    await addDevices(admin, count)
    return { name: 'fogbell', port, pids: [child.pid], devices: campaign ? await addTasks(admin, count) : [], admin, counts, data, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
