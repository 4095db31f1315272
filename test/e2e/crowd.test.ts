// Many downloads while devices report: correctness, not speed.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { enter } from '../support/device-client.ts'
import { createServerFixture, makePlace, push, textOf } from '../support/server-fixture.ts'

vi.setConfig({ testTimeout: 30_000 })

const connections = 20
const questions = 30
const image = Buffer.alloc(2_000_000, 'an image of some size ')
const sha256 = createHash('sha256').update(image).digest('hex')
const agent = new Agent({ keepAlive: true })

/** One download: its bytes, or its SHA-256, which takes longer than the download. */
const load = async (url: string, digest: boolean): Promise<string | number> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => void get(url, { agent }, resolve).on('error', reject))
  const hash = createHash('sha256')
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (digest) hash.update(chunk)
  })
  await once(response, 'end')
  return digest ? hash.digest('hex') : bytes
}

it('20 connections download without a pause; reports and requests are answered meanwhile', async () => {
  const place = await makePlace()
  onTestFinished(place.clean)
  const server = await createServerFixture(join(place.path, 'data'), { firmware: { maxDownloads: connections }, ota: { getBurst: 1000 } })
  onTestFinished(async () => void (await server.stop()))
  const names = Array.from({ length: connections }, (_, at) => ({ product: 'crowd', name: `c${at}` }))
  const devices = await Promise.all(names.map((who) => enter(server, who)))
  for (const device of devices) {
    await device.report('version.post', { version: '1' })
    await device.listen()
  }
  await push(server, { product: 'crowd', version: '2' }, image, { rate: { maxInProgress: connections } })
  const offers = await Promise.all(devices.map((device) => device.next()))

  const asking = await enter(server, { product: 'crowd', name: 'asks' })
  await asking.listen()
  let over = false
  const loaded: (string | number)[] = []
  const loads = offers.map(async ({ url }) => {
    loaded.push(await load(url, true))
    while (!over) loaded.push(await load(url, false))
  })
  const waits: number[] = []
  for (let question = 0; question < questions; question += 1) {
    const from = performance.now()
    await asking.report('version.post', { version: '1', module: 'other' })
    await asking.report('firmware.get', { module: 'none' })
    waits.push(performance.now() - from)
  }
  over = true
  await Promise.all(loads)
  agent.destroy()

  expect(loaded.length).toBeGreaterThanOrEqual(connections)
  expect(new Set(loaded)).toEqual(loaded.length > connections ? new Set([sha256, image.length]) : new Set([sha256]))
  expect(Math.max(...waits)).toBeLessThan(5000)
  for (const [at, device] of devices.entries()) {
    await device.report('version.post', { version: '2' })
    const task = await server.call('GET', `/tasks/${offers[at]?.task}`)
    expect(task).toMatchObject({ state: 'succeeded', bytes: image.length })
    expect(textOf(task['device'])).toBe(`crowd/c${at}`)
  }
})
