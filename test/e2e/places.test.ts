// Downloads of a real server on a bad day: devices that lose their power, more devices than places, and images that rot.

import { open, rename } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type DeviceClient, enter } from '../support/device-client.ts'
import { dial } from '../support/download-client.ts'
import { isFull } from '../support/full.ts'
import { imageOf, sha256Of } from '../support/image-samples.ts'
import { createServerFixture, makePlace, push, type ServerFixture, textOf } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

vi.setConfig({ testTimeout: 60_000 })

const start = async (settings: object): Promise<ServerFixture> => {
  const place = await makePlace()
  onTestFinished(place.clean)
  const server = await createServerFixture(join(place.path, 'data'), settings)
  onTestFinished(async () => void (await server.stop()))
  return server
}

const namesOf = (product: string, count: number) => Array.from({ length: count }, (_, at) => ({ product, name: `d${at}` }))

/** A device that runs version 1 and hears its offers. */
const boot = async (server: ServerFixture, who: { product: string; name: string }): Promise<DeviceClient> => {
  const device = await enter(server, who)
  await device.report('version.post', { version: '1' })
  await device.listen()
  return device
}

/** Asks for a range of a link, or for all of it. */
const ask = async (url: string, range: string | null) => {
  const { port, pathname } = new URL(url)
  const client = await dial(Number(port))
  client.send(`GET ${pathname} HTTP/1.1`, 'Host: x', ...(range === null ? [] : [`Range: ${range}`]))
  return client
}

it.runIf(isFull)(
  'eight devices that lose their power in the middle of a download are served within two seconds when they are back',
  async () => {
    const server = await start({ firmware: { maxDownloads: 8 } })
    const image = imageOf(24_000_000)
    const names = namesOf('power', 8)
    const devices = await Promise.all(names.map((who) => boot(server, who)))
    await push(server, { product: 'power', version: '2' }, image)
    const offers = await Promise.all(devices.map((device) => device.next()))
    // Neither FIN nor RST: the sockets stay open, and nobody reads them.
    const gone = await Promise.all(offers.map(({ url }) => ask(url, null)))
    for (const client of gone) {
      await client.atLeast(2_000)
      client.socket.pause()
    }
    const again = await Promise.all(names.map((who) => enter(server, who)))
    for (const device of again) {
      await device.listen()
      await device.report('version.post', { version: '1' })
    }
    const repeated = await Promise.all(again.map((device) => device.next()))
    expect(repeated.map(({ task }) => task)).toEqual(offers.map(({ task }) => task))
    const begun = performance.now()
    const parts = await Promise.all(repeated.map(async ({ url }) => (await ask(url, 'bytes=1000-4999')).answer()))
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(parts.every(({ status, body }) => status === 206 && body.equals(image.subarray(1_000, 5_000)))).toBe(true)
    for (const { socket } of gone) socket.destroy()
  },
)

it.runIf(isFull)('a device whose download moves no byte keeps nobody else from a place', async () => {
  const server = await start({ firmware: { maxDownloads: 1, idleSeconds: 0.5 }, ota: { serverInProgress: 0 } })
  const devices = await Promise.all(namesOf('stuck', 2).map((who) => boot(server, who)))
  await push(server, { product: 'stuck', version: '2' }, imageOf(24_000_000))
  const [first, second] = await Promise.all(devices.map((device) => device.next()))
  const stuck = await ask(first?.url ?? '', null)
  await stuck.atLeast(2_000)
  stuck.socket.pause()
  expect((await (await ask(second?.url ?? '', 'bytes=0-9')).answer()).status).toBe(206)
  stuck.socket.resume()
  expect(sha256Of((await stuck.answer()).body)).toBe(sha256Of(imageOf(24_000_000)))
})

/** Downloads at the pace of a slow device; the status, and how many bytes came. */
const fetchSlowly = async (url: string): Promise<readonly [status: number | undefined, bytes: number]> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => void get(url, { agent: false }, resolve).on('error', reject))
  let bytes = 0
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length
    if (bytes % 500_000 < 65_536) await pause(5)
  }
  return [response.statusCode, bytes]
}

/** What a board does: waits for its offer, downloads, and reports -2 for anything but all of the image. */
const update = async (device: DeviceClient, size: number): Promise<void> => {
  const { url, task } = await waitFor('an offer', async () => device.offered().length > 0 && (await device.next()), 50_000)
  const [status, bytes] = await fetchSlowly(url)
  if (status === 200 && bytes === size) await device.report('version.post', { version: '2' })
  else await device.report('upgrade.post', { step: -2, desc: `${status}`, task_id: task })
}

it.each([
  ['are notified only as places become free', {}, 5],
  ['wait for a place as long as they like, where the bound is off', { ota: { serverInProgress: 0 } }, 30],
])('30 devices for 5 places %s, and none fails', async (_name, settings, notifiedAtOnce) => {
  const server = await start({ firmware: { maxDownloads: 5 }, ...settings })
  const image = imageOf(6_000_000)
  const devices = await Promise.all(namesOf('many', 30).map((who) => boot(server, who)))
  const campaign = await push(server, { product: 'many', version: '2' }, image)
  const offered = (): number => devices.filter((device) => device.offered().length > 0).length
  await waitFor('the first offers', () => offered() >= notifiedAtOnce)
  // What else is asked of the server now comes after all that it may have offered.
  await devices[0]?.report('version.post', { version: '1', module: 'other' })
  expect(offered()).toBe(notifiedAtOnce)
  await Promise.all(devices.map((device) => update(device, image.length)))
  expect(await server.call('GET', `/campaigns/${campaign}`)).toMatchObject({ counts: { succeeded: 30, failed: 0, timed_out: 0 } })
})

it.each([
  ['missing', (path: string) => rename(path, `${path}.away`), /is missing from the data directory/],
  [
    'damaged',
    async (path: string) => {
      const file = await open(path, 'r+')
      await file.write(Buffer.from('x'), 0, 1, 70_000)
      await file.close()
    },
    /is damaged/,
  ],
])('an image that is %s on the disk is refused, and pauses its campaign with the reason', async (fault, spoil, words) => {
  const server = await start({})
  const [device] = await Promise.all(namesOf('rot', 1).map((who) => boot(server, who)))
  const image = imageOf(100_000)
  const campaign = await push(server, { product: 'rot', version: '2' }, image)
  const offer = await device?.next()
  await spoil(join(server.data, 'images', sha256Of(image)))
  expect((await (await ask(offer?.url ?? '', null)).answer()).status).toBe(500)
  const paused = await waitFor('the campaign pauses', async () => {
    const view = await server.call('GET', `/campaigns/${campaign}`)
    return textOf(view['status']) === 'paused' && view
  })
  expect(paused).toMatchObject({ reason: `image_${fault}`, text: expect.stringMatching(words), code: 'campaign_paused_why' })
  // The same file again puts it right.
  await server.call('PUT', '/firmware?product=rot&version=2', image)
  await server.call('POST', `/campaigns/${campaign}/resume`)
  expect((await (await ask(offer?.url ?? '', null)).answer()).body.equals(image)).toBe(true)
})

it('who was turned away is in the metrics', async () => {
  const server = await start({})
  const response = await fetch(`${server.description.admin}/metrics`, { headers: { authorization: `Bearer ${server.token}` } })
  const text = await response.text()
  expect(text).toMatch(/^fogbell_downloads_turned_away_total\{reason="task"\} 0$/m)
  expect(text).toMatch(/^fogbell_download_connections 0$/m)
})
