// The people and the ends of updates in page-load.mjs, a process of its own: streams of pages that are read as fast as they come, and devices
// that report the new version, so that the campaign changes all the time. Does what its parent says.

import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { openClient } from './fuzz-client.mjs'

const readers = []
const finishers = []

const devicesOf = (pages) => pages.map(({ product, name }) => `among=${encodeURIComponent(`${product}/${name}`)}`).join('&')

/** Opens a stream for each list of devices. */
const look = async ({ data, pages }) => {
  const token = (await readFile(join(data, 'admin.token'), 'utf8')).trim()
  const { admin } = JSON.parse(await readFile(join(data, 'fogbell.json'), 'utf8'))
  const headers = { authorization: `Bearer ${token}` }
  const open = (devices) =>
    new Promise((resolve, reject) => {
      const url = `${admin}/api/v1/events?only=page&${devicesOf(devices)}`
      get(url, { headers, agent: false }, (response) => {
        if (response.statusCode !== 200) return reject(new Error(`a stream was answered ${response.statusCode}`))
        const reader = { response, bytes: 0, counts: {} }
        response.on('error', () => undefined)
        response.setEncoding('latin1').on('data', (text) => {
          reader.bytes += text.length
          for (const [, event] of text.matchAll(/^event: (\w+)$/gm)) reader.counts[event] = (reader.counts[event] ?? 0) + 1
        })
        readers.push(reader)
        resolve()
      }).once('error', reject)
    })
  for (const devices of pages) await open(devices)
}

/** Closes the streams; gives what they have received by event, and bytes. */
const lookAway = async () => {
  const sums = { bytes: 0 }
  for (const { response, bytes, counts } of readers.splice(0)) {
    response.destroy()
    sums.bytes += bytes
    for (const [event, count] of Object.entries(counts)) sums[event] = (sums[event] ?? 0) + count
  }
  return sums
}

const connect = async ({ port, devices }) => {
  for (const { product, name } of devices) {
    const client = await openClient({ port, clientId: name, username: `${name}&${product}`, password: 'x' })
    if (client.code !== 0) throw new Error(`a device was refused: ${client.code}`)
    finishers.push({ client, topic: `fogcloud/${product}/${name}/thing/up/ota` })
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const done = JSON.stringify({ id: 1, version: '1.0', method: 'version.post', params: { version: '2.0.0' } })

/** So many devices report the new version in that time, one after another; each does once. */
const finish = async ({ count, seconds }) => {
  const some = finishers.splice(0, count)
  if (some.length < count) throw new Error('there are no more devices that could finish')
  for (const { client, topic } of some) {
    const answer = await client.publish(topic, Buffer.from(done))
    if (answer !== 'ok') throw new Error(`a report was answered ${answer}`)
    await sleep((seconds * 1000) / count)
  }
}

const jobs = { look, lookAway, connect, finish }

const work = async ({ job, ...args }) => {
  try {
    process.send({ result: (await jobs[job](args)) ?? null })
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) })
  }
}

process.on('message', (message) => void work(message))
process.once('disconnect', () => process.exit())
