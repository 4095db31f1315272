// The well-behaved device beside the fuzz: it reports, is updated again and again, downloads each image whole and in part, and each PUBACK,
// offer, byte and success must come. And the operator's checks of the server: it is ready all the time.

import { createHash, randomBytes } from 'node:crypto'
import { sleep } from '../children.mjs'
import { openClient, patience } from './fuzz-client.mjs'

export const calm = 'calm'
const secret = '0123456789abcdef0123456789abcdef'
const versions = ['1.0.0', '2.0.0']
const topic = (name, end) => `fogcloud/${calm}/${name}/thing/${end}`
const written = (method, params) => JSON.stringify({ id: 1, version: '1.0', method, params })

/** Adds the images and devices of the product; gives the bytes and ids by version. */
const provide = async (admin) => {
  const images = new Map()
  for (const [at, version] of versions.entries()) {
    const bytes = randomBytes(700_000 + at * 900_001)
    const { id } = await admin('PUT', `/firmware?product=${calm}&version=${version}`, bytes)
    images.set(version, { id, bytes })
  }
  for (const name of ['steady', 'target']) await admin('PUT', `/devices/${calm}/${name}`, { secret })
  return images
}

const createOffers = () => {
  let [waiting, last] = [undefined, undefined]
  return {
    take: (_topic, payload) => {
      const { method, params } = JSON.parse(payload.toString())
      if (method !== 'firmware.post') return
      last = params
      waiting?.(params)
    },
    next: () =>
      new Promise((resolve) => {
        waiting = resolve
      }),
    last: () => last,
  }
}

const within = (promise, text) => {
  let timer
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${text} within ${patience / 1000} s`)), patience)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

const fetched = async (url, range) => {
  const response = await within(fetch(url, range === undefined ? {} : { headers: { range } }), 'no answer to a download')
  const bytes = Buffer.from(await within(response.arrayBuffer(), 'no end of a download'))
  return { status: response.status, bytes }
}

const checkDownload = async (url, image) => {
  const whole = await fetched(url)
  if (whole.status !== 200 || !whole.bytes.equals(image))
    throw new Error(
      `a download has status ${whole.status} and ${whole.bytes.length} bytes, SHA-256 ${createHash('sha256').update(whole.bytes).digest('hex')}`,
    )
  const part = await fetched(url, 'bytes=1000-300999')
  if (part.status !== 206 || !part.bytes.equals(image.subarray(1000, 301_000)))
    throw new Error(`a part of a download has status ${part.status} and ${part.bytes.length} bytes`)
}

const connectDevice = async (port, name, onMessage) => {
  const client = await openClient({ port, clientId: name, username: `${name}&${calm}`, password: secret, onMessage })
  if (client.code !== 0) throw new Error(`the device ${name} was refused: ${client.code}`)
  await client.subscribe([topic(name, 'down/ota'), 1])
  return client
}

const reported = async (client, name, method, params) => {
  const answer = await client.publish(topic(name, 'up/ota'), written(method, params))
  if (answer !== 'ok') throw new Error(`${method} of ${name} has no PUBACK: ${answer}`)
}

/** One update from the campaign to `succeeded`. */
const updateOnce = async ({ admin, client, offers, images, version }) => {
  const offer = offers.next()
  await admin('POST', '/campaigns', { firmware: images.get(version).id, target: { devices: [`${calm}/steady`] }, start: true })
  const { url, task_id } = await within(offer, 'no offer')
  await checkDownload(url, images.get(version).bytes)
  await reported(client, 'steady', 'upgrade.post', { step: 100, task_id })
  await reported(client, 'steady', 'version.post', { version })
  const { state } = await admin('GET', `/tasks/${task_id}`)
  if (state !== 'succeeded') throw new Error(`the task is ${state}`)
}

/** The link of a device that never ends its update: the fuzz takes it apart. */
const openLink = async (port, admin, images) => {
  const offers = createOffers()
  const client = await connectDevice(port, 'target', offers.take)
  await reported(client, 'target', 'version.post', { version: versions[0] })
  const offer = offers.next()
  await admin('POST', '/campaigns', { firmware: images.get(versions[1]).id, target: { devices: [`${calm}/target`] }, start: true })
  const { url } = await within(offer, 'no offer')
  return new URL(url).pathname
}

/** Repeats `work` every `ms` until the signal aborts; what it throws is a fault. */
const repeated = async (ms, signal, findings, what, work) => {
  for (let turn = 0; !signal.aborted; turn += 1) {
    await work(turn).then(
      () => findings.count(what),
      (error) => findings.fault('well-behaved', `${what}: ${error.stack}`),
    )
    await sleep(ms)
  }
}

/** Connects the device; `link()` is a valid link for the fuzz, `run(signal)` lives until the signal aborts. */
export const startSteady = async ({ port, adminUrl, admin, findings }) => {
  const images = await provide(admin)
  const link = await openLink(port, admin, images)
  const offers = createOffers()
  const client = await connectDevice(port, 'steady', offers.take)
  let version = versions[0]
  await reported(client, 'steady', 'version.post', { version })
  const update = async (turn) => {
    const next = versions[(turn + 1) % 2]
    await updateOnce({ admin, client, offers, images, version: next })
    version = next
  }
  const ready = async () => {
    const { status } = await within(fetch(`${adminUrl}/readyz`), 'no answer of /readyz')
    if (status !== 200) throw new Error(`/readyz has status ${status}`)
  }
  /** A new connection of a device that only connects: whether the server keeps up. */
  const probe = async () => {
    const began = performance.now()
    const client = await openClient({ port, clientId: 'probe', username: `target&${calm}`, password: secret })
    client.close()
    await client.gone
    findings.most('slowest CONNACK, ms', performance.now() - began)
    if (client.code !== 0) findings.fault('well-behaved', `a probe was not accepted: ${client.code}`)
  }
  const jobs = (signal) => [
    repeated(1000, signal, findings, 'steady reports', () => reported(client, 'steady', 'version.post', { version })),
    repeated(15_000, signal, findings, 'steady updates', update),
    repeated(1000, signal, findings, 'steady readyz', ready),
  ]
  return { link: () => link, probe, run: (signal) => Promise.all(jobs(signal)), close: () => client.close() }
}
