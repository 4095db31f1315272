// Devices that boot (connect, subscribe, then report), flash and boot again; some report no progress, some roll back. They use MQTT.js and
// fetch.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { downTopic, type Name, uplink, upTopic } from '../support/device-client.ts'
import { type InsideServer, startInside } from '../support/inside-server.ts'
import type { Json } from '../support/json.ts'
import { makePlace, push, textOf } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const graceSeconds = 3
const image = Buffer.alloc(300_000, 'a new image ')
const md5 = createHash('md5').update(image).digest('hex')

let server: InsideServer
const ends: (() => Promise<unknown>)[] = []
const serve = async (ota: object): Promise<void> => {
  const place = await makePlace()
  ends.push(place.clean)
  server = await startInside(join(place.path, 'data'), { ota: { settleSeconds: 0, ...ota } })
  ends.push(server.stop)
}
beforeAll(() => serve({ rollbackGraceSeconds: graceSeconds }))
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

/** A board: its version and the messages that it received survive its boots. */
interface Board {
  readonly who: Name
  version: string
  client: MqttClient | undefined
  /** Every message that it received. */
  readonly received: Json[]
}

const newBoard = (name: string): Board => ({ who: { product: 'boot', name }, version: '1.0.0', client: undefined, received: [] })

const say = async ({ who, client }: Board, method: string, params: object): Promise<void> => {
  await client?.publishAsync(upTopic(who), uplink(method, params), { qos: 1 })
}

const halt = async (board: Board): Promise<void> => {
  await board.client?.endAsync(true)
  board.client = undefined
}

/** Connects and subscribes; `report` reports its version as the last step of the boot. */
const boot = async (board: Board): Promise<void> => {
  await halt(board)
  const { product, name } = board.who
  const client = await mqtt.connectAsync(server.description.mqtt[0] ?? '', {
    clientId: name,
    username: `${name}&${product}`,
    password: 'of the board',
    reconnectPeriod: 0,
    clean: true,
  })
  board.client = client
  client.on('message', (_topic, payload) => void board.received.push(JSON.parse(payload.toString())))
  await client.subscribeAsync(downTopic(board.who), { qos: 1 })
}
const report = (board: Board): Promise<void> => say(board, 'version.post', { version: board.version })

const offers = ({ received }: Board): number => received.filter(({ method }) => textOf(method) === 'firmware.post').length
const offered = (board: Board, times: number): Promise<Json> =>
  waitFor(`${board.who.name} is offered it ${times} times`, () => offers(board) >= times && board.received.at(-1)?.['params'])

const fetchPart = async ({ url }: Json, from: number, to: number): Promise<Buffer> => {
  const response = await fetch(textOf(url), { headers: { range: `bytes=${from}-${to - 1}` } })
  expect(response.status).toBe(206)
  return Buffer.from(await response.arrayBuffer())
}

const taskOf = ({ task_id }: Json): Promise<Json> => server.call('GET', `/tasks/${textOf(task_id)}`)
const becomes = (offer: Json, wanted: string): Promise<Json> =>
  waitFor(`task ${textOf(offer['task_id'])} is ${wanted}`, async () => {
    const task = await taskOf(offer)
    const end = [task['state'], task['reason']].filter((word) => typeof word === 'string').join(' ')
    return end === wanted && task
  })

/** The package's campaign is for this board alone. */
const update = async (board: Board, more: object = {}): Promise<Json> => {
  await boot(board)
  await report(board)
  const { product, name } = board.who
  await push(server, { product, version: '2.0.0' }, image, { target: { devices: [`${product}/${name}`] }, ...more })
  return offered(board, 1)
}

const install = async (board: Board, offer: Json): Promise<void> => {
  const bytes = Buffer.concat([await fetchPart(offer, 0, 100_000), await fetchPart(offer, 100_000, image.length)])
  expect(createHash('md5').update(bytes).digest('hex')).toBe(textOf(offer['sign']))
  expect(textOf(offer['sign'])).toBe(md5)
  board.version = textOf(offer['version'])
}

/** A board whose download was interrupted by a boot gets the offer again (protocol.md §3). By then other boards would have got it too. */
const cutAndOfferedAgain = async (name: string): Promise<void> => {
  const board = newBoard(name)
  const offer = await update(board)
  await fetchPart(offer, 0, 1000)
  await say(board, 'upgrade.post', { step: 1, task_id: textOf(offer['task_id']) })
  await boot(board)
  await report(board)
  const again = await offered(board, 2)
  expect(textOf(again['task_id'])).toBe(textOf(offer['task_id']))
  await halt(board)
}

it('a board that boots right after flashing is not offered the update again', async () => {
  const board = newBoard('flashes')
  const offer = await update(board)
  await say(board, 'upgrade.post', { step: 0, task_id: textOf(offer['task_id']) })
  await install(board, offer)
  await say(board, 'upgrade.post', { step: 100, task_id: textOf(offer['task_id']) })
  // It subscribes first, and its report takes as long as another board's whole update.
  await boot(board)
  await cutAndOfferedAgain('cut-1')
  await report(board)
  await becomes(offer, 'succeeded')
  await boot(board)
  await report(board)
  await say(board, 'firmware.get', {})
  await cutAndOfferedAgain('cut-2')
  expect(offers(board)).toBe(1)
  await halt(board)
})

it('a board that reports no progress is in progress by its bytes', async () => {
  const board = newBoard('silent')
  const offer = await update(board)
  expect(await becomes(offer, 'notified')).toMatchObject({ bytes: 0, step: null })
  await fetchPart(offer, 0, 150_000)
  const half = await becomes(offer, 'in_progress')
  expect(half).toMatchObject({ step: null, startedAt: expect.any(String) })
  await waitFor('the half is counted', async () => Number((await taskOf(offer))['bytes']) === 150_000)
  await install(board, offer)
  await waitFor('every byte is counted once', async () => Number((await taskOf(offer))['bytes']) === image.length)
  await boot(board)
  await cutAndOfferedAgain('cut-3')
  await report(board)
  expect(await becomes(offer, 'succeeded')).toMatchObject({ bytes: image.length, step: null })
  expect(offers(board)).toBe(1)
  await halt(board)
})

it('a board that rolls back to its old version gets no offer during the grace period, and its task ends rolled_back', async () => {
  const board = newBoard('falls-back')
  const offer = await update(board, { target: { devices: ['boot/falls-back'], continuous: true } })
  await install(board, offer)
  await say(board, 'upgrade.post', { step: 100, task_id: textOf(offer['task_id']) })
  board.version = '1.0.0'
  await boot(board)
  await report(board)
  expect(textOf((await taskOf(offer))['state'])).toBe('in_progress')
  // During the grace period it boots once more and asks: it gets no offer.
  await boot(board)
  await report(board)
  await say(board, 'firmware.get', {})
  expect(textOf((await taskOf(offer))['state'])).toBe('in_progress')
  const { endedAt } = await becomes(offer, 'failed rolled_back')
  const { history } = await taskOf(offer)
  const back = Object.values(history ?? {}).find(({ note }) => textOf(note).includes('old version'))
  expect(Date.parse(textOf(endedAt)) - Date.parse(textOf(back?.['at']))).toBeGreaterThanOrEqual(graceSeconds * 1000)
  // Nor after it, though the campaign continues for others.
  await boot(board)
  await report(board)
  await say(board, 'firmware.get', {})
  await cutAndOfferedAgain('cut-4')
  expect(offers(board)).toBe(1)
  // The new image boots after all.
  board.version = '2.0.0'
  await report(board)
  await becomes(offer, 'succeeded late')
  await halt(board)
})

it('a silent board gets the offer of the same task again after a while, and once per connection', async () => {
  await serve({ repushSeconds: 1 })
  const board = newBoard('dozes')
  const offer = await update(board)
  await boot(board)
  const again = await offered(board, 2)
  expect(textOf(again['task_id'])).toBe(textOf(offer['task_id']))
  await report(board)
  await cutAndOfferedAgain('cut-5')
  expect(offers(board)).toBe(2)
  await halt(board)
})
