// The load of admin-load.mjs, in a thread of its own: devices that report versions and wait for each PUBACK, and an operator who asks one thing after
// another.

import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { openClient } from './fuzz-client.mjs'

const { port, admin, directory, names } = workerData
const token = (await readFile(join(directory, 'admin.token'), 'utf8')).trim()
const headers = { authorization: `Bearer ${token}` }
const clients = []

const connect = async () => {
  for (const name of names)
    clients.push({ name, mqtt: await openClient({ port, clientId: name, username: `${name}&product-a`, password: 'x' }) })
}

/** Reports of one device after another until the time is over; how long each waited for its PUBACK. */
const report = async (until) => {
  const times = []
  await Promise.all(
    clients.map(async ({ name, mqtt }, at) => {
      for (let n = 0; performance.now() < until; n += 1) {
        const text = JSON.stringify({ id: n, version: '1.0', method: 'version.post', params: { version: `2.${(n + at) % 7}` } })
        const from = performance.now()
        const answer = await mqtt.publish(`fogcloud/product-a/${name}/thing/up/ota`, Buffer.from(text))
        if (answer !== 'ok') throw new Error(`a report was answered ${answer}`)
        times.push(performance.now() - from)
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }),
  )
  return times
}

const ask = async (path, until) => {
  const times = []
  while (path !== null && performance.now() < until) {
    const from = performance.now()
    const answer = await fetch(`${admin}/api/v1${path}`, { headers })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    times.push(performance.now() - from)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return times
}

const load = async ({ path, seconds }) => {
  const until = performance.now() + seconds * 1000
  const [reports, answers] = await Promise.all([report(until), ask(path, until)])
  return { reports, answers }
}

const streams = async ({ count }) => {
  for (let n = 0; n < count; n += 1)
    await new Promise((resolve, reject) => {
      get(`${admin}/api/v1/events?only=overview`, { headers, agent: false }, (response) => {
        response.resume()
        resolve()
      }).once('error', reject)
    })
}

const acts = { connect, load, streams }
const answer = async (message) => parentPort.postMessage(await acts[message.act](message))
parentPort.on('message', (message) => void answer(message))
