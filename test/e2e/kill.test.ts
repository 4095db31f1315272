// kill -9 at random times (KILLS says how often) under a stream of QoS 1 reports, on one data directory: what was acknowledged remains.

import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { type DeviceClient, enter, type Name, uplink, upTopic } from '../support/device-client.ts'
import type { Json } from '../support/json.ts'
import { addImage, createServerFixture, listOf, makePlace, type ServerFixture, textOf } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'
import { publishPacket } from '../support/wire-client.ts'

const rounds = Math.min(20, Number(process.env['KILLS'] ?? 2))
const longestMs = 200
const upgradeSeconds = 3
const names: readonly Name[] = Array.from({ length: 6 }, (_, at) => ({ product: 'kill', name: `k${at}` }))
/** Each round updates another module, so that all its tasks may be open at once. */
const settings = { ota: { modulesAtOnce: 100, settleSeconds: 0 } }
const image = Buffer.alloc(2000, 'image')

/** A device in one round. Its numbers count up over all rounds: report n is version n of module `count` and step n - first. */
interface Flow {
  readonly who: Name
  readonly device: DeviceClient
  readonly task: string
  readonly module: string
  readonly first: number
  sent: number
  acknowledged: number
}

const keyOf = ({ product, name }: Name): string => `${product}/${name}`
const stepOf = ({ first }: Flow, number: number): number => Math.min(100, number - first)
const perWindow = 10

const windowOf = (flow: Flow, from: number) =>
  Array.from({ length: perWindow }, (_, at) => {
    const number = from + at
    const id = (number - flow.first) * 2 + 1
    const step = uplink('upgrade.post', { step: stepOf(flow, number), module: flow.module, task_id: flow.task })
    const version = uplink('version.post', { version: String(number), module: 'count' })
    return [publishPacket(upTopic(flow.who), step, { messageId: id }), publishPacket(upTopic(flow.who), version, { messageId: id + 1 })]
  }).flat()

/** Reports until the connection ends: a window of steps and versions at a time, the next once all are acknowledged. */
const run = async (flow: Flow): Promise<void> => {
  const { wire } = flow.device
  for (let from = flow.first; ; from += perWindow) {
    const packets = windowOf(flow, from)
    flow.sent = from + perWindow - 1
    wire.write(...packets)
    for (const _ of packets) {
      const puback = await wire.next('puback').catch(() => undefined)
      if (puback === undefined) return
      // The version is the second of the two, and a device's reports are recorded in their order.
      const id = puback.messageId ?? 0
      if (id % 2 === 0) flow.acknowledged = flow.first + id / 2 - 1
    }
  }
}

const tasksOf = async ({ call }: ServerFixture): Promise<readonly Json[]> =>
  listOf((await call('GET', '/tasks?attempts=all&limit=1000'))['items'])

/** What never changes of a task. */
const lasting = (tasks: readonly Json[]): readonly string[] =>
  tasks.map(({ id, campaign, device, module, firmware, to }) => [id, campaign, device, module, firmware, to].map(textOf).join(' ')).sort()

const taskOf = (tasks: readonly Json[], id: string): Json => tasks.find((task) => textOf(task['id']) === id) ?? {}

const countOf = async ({ call }: ServerFixture, who: Name): Promise<number> =>
  Number(textOf((await call('GET', `/devices/${keyOf(who)}`))['modules']?.['count']?.['version']))

/** All devices of a round, connected, listening, with the module's old version reported. */
const arrive = (server: ServerFixture, module: string): Promise<readonly DeviceClient[]> =>
  Promise.all(
    names.map(async (who) => {
      const device = await enter(server, who)
      await device.report('version.post', { version: '0', module: 'boot' })
      await device.report('version.post', { version: '1', module })
      await device.listen()
      return device
    }),
  )

/** Starts the round's campaign; each device is notified of its task. */
const begin = async (server: ServerFixture, devices: readonly DeviceClient[], module: string, counted: ReadonlyMap<string, number>) => {
  const firmware = await addImage(server, { product: 'kill', module, version: '2' }, image)
  await server.call('POST', '/campaigns', { firmware, start: true, timeouts: { upgradeSeconds } })
  return Promise.all(
    devices.map(async (device, at): Promise<Flow> => {
      const who = names[at] ?? { product: '', name: '' }
      const first = (counted.get(keyOf(who)) ?? -1) + 1
      return { who, device, task: (await device.next()).task, module, first, sent: first - 1, acknowledged: first - 1 }
    }),
  )
}

/** Requests of an operator that race with the kill: their answers. */
const actLate = (server: ServerFixture, round: number, firmware: string) => {
  const answered: { firmware?: string; campaign?: string } = {}
  const upload = async (): Promise<void> => {
    answered.firmware = await addImage(server, { product: 'kill', module: `spare${round}`, version: '2' }, image)
  }
  const start = async (): Promise<void> => {
    const target = { devices: names.map(keyOf) }
    const { id } = await server.call('POST', '/campaigns', { firmware: firmware, start: true, push: false, target })
    answered.campaign = textOf(id)
  }
  return { answered, over: Promise.allSettled([upload(), start()]) }
}

const expectNoneLost = (about: string, tasks: readonly Json[], before: readonly string[], succeeded: ReadonlySet<string>): void => {
  expect(lasting(tasks), `${about}: tasks and their ids stay`).toEqual(expect.arrayContaining([...before]))
  expect(new Set(tasks.map(({ id }) => textOf(id))).size, `${about}: ids are unique`).toBe(tasks.length)
  const places = tasks.map(({ campaign, device }) => `${textOf(campaign)} ${textOf(device)}`)
  expect(new Set(places).size, `${about}: no task is doubled`).toBe(tasks.length)
  for (const id of succeeded) expect(textOf(taskOf(tasks, id)['state']), `${about}: task ${id}`).toBe('succeeded')
}

/** The store has at least what was acknowledged of a flow, and at most what was sent. */
const expectRecorded = async (about: string, server: ServerFixture, tasks: readonly Json[], flow: Flow): Promise<number> => {
  const { who, first, sent, acknowledged, task } = flow
  const count = await countOf(server, who).then((found) => (Number.isNaN(found) ? -1 : found))
  expect(count, `${about}: version of ${keyOf(who)}`).toBeGreaterThanOrEqual(acknowledged)
  expect(count, `${about}: version of ${keyOf(who)}`).toBeLessThanOrEqual(sent)
  const step = Number(taskOf(tasks, task)['step'] ?? -1)
  expect(step, `${about}: step of ${keyOf(who)}`).toBeGreaterThanOrEqual(acknowledged < first ? -1 : stepOf(flow, acknowledged))
  expect(step, `${about}: step of ${keyOf(who)}`).toBeLessThanOrEqual(stepOf(flow, sent))
  return count
}

/** What was answered is stored; a running campaign has all of its tasks, answered or not. */
const expectActs = async (
  about: string,
  server: ServerFixture,
  tasks: readonly Json[],
  acts: ReturnType<typeof actLate>,
): Promise<void> => {
  const { firmware, campaign } = acts.answered
  if (firmware !== undefined) expect((await server.ask('GET', `/firmware/${firmware}`)).status, `${about}: an answered upload`).toBe(200)
  const campaigns = listOf((await server.call('GET', '/campaigns?limit=1000'))['items'])
  const running = campaigns.filter(({ status }) => textOf(status) !== 'draft').map(({ id }) => textOf(id))
  if (campaign !== undefined) expect(running, `${about}: an answered campaign`).toContain(campaign)
  const counts = running.map((id) => tasks.filter((task) => textOf(task['campaign']) === id).length)
  expect(new Set(counts), `${about}: a campaign has a task for each device`).toEqual(new Set([names.length]))
}

/** When the server was up: milliseconds since the epoch. */
interface Span {
  readonly from: number
  readonly to: number
}

/** When due work must be done: at once if the server was up for long enough, otherwise after a later start. */
const latest = (spans: readonly Span[], due: number): number => {
  const span = spans.find(({ from, to }) => to - Math.max(from, due) > 1000)
  return Math.max(due, span?.from ?? due) + 2500
}

/** How much later something that began at `since` may be due: the time that the server was down, and as long again after the last time. */
const putOff = (spans: readonly Span[], since: number): number => {
  const gaps = spans.flatMap(({ to }, at) => {
    const next = spans[at + 1]
    // That the server was up may be unrecorded for the last second before a kill.
    return next !== undefined && to > since ? [next.from - to + 1250] : []
  })
  return gaps.reduce((sum, gap) => sum + gap, Math.max(0, ...gaps))
}

const expectInTime = (task: Json, spans: readonly Span[]): void => {
  const { id, state, reason, startedAt, endedAt } = task
  const since = Date.parse(textOf(startedAt))
  const due = since + upgradeSeconds * 1000
  const at = Date.parse(textOf(endedAt))
  expect(`${textOf(state)} ${textOf(reason)}`, `task ${textOf(id)}`).toBe('timed_out upgrade')
  expect(at, `task ${textOf(id)}: the clock of its first progress`).toBeGreaterThanOrEqual(due)
  expect(at, `task ${textOf(id)}: the clock of its first progress`).toBeLessThanOrEqual(latest(spans, due + putOff(spans, since)))
}

it(`${rounds} times kill -9 under load: acknowledged reports, tasks, their ids and their clocks remain`, { timeout: 180_000 }, async () => {
  const place = await makePlace()
  onTestFinished(place.clean)
  const data = join(place.path, 'data')
  let server = await createServerFixture(data, settings)
  onTestFinished(async () => void (await server.kill()))
  const spans: Span[] = []
  let from = Date.now()
  const counted = new Map<string, number>()
  const succeeded = new Set<string>()
  let flows: readonly Flow[] = []
  let acknowledged = 0

  for (let round = 0; round < rounds; round += 1) {
    const devices = await arrive(server, `m${round}`)
    // Half of the last round's tasks end by their version; the others run into their time-out.
    const current = await tasksOf(server)
    for (const [at, { task, module }] of flows.entries()) {
      if (at % 2 === 1 || textOf(taskOf(current, task)['state']) !== 'in_progress') continue
      await devices[at]?.report('version.post', { version: '2', module })
      succeeded.add(task)
    }
    flows = await begin(server, devices, `m${round}`, counted)
    const late = await addImage(server, { product: 'kill', module: `late${round}`, version: '2' }, image)
    const before = lasting(await tasksOf(server))

    // The last one has the whole time, so that few rounds too have something to lose.
    const wait = round === rounds - 1 ? longestMs : randomInt(1, longestMs)
    const running = flows.map(run)
    const acts = actLate(server, round, late)
    await pause(wait)
    const killed = server.kill()
    spans.push({ from, to: Date.now() })
    await Promise.all([killed, acts.over, ...running])

    server = await createServerFixture(data, settings)
    from = Date.now()
    const about = `round ${round}, killed after ${wait} ms`
    const tasks = await tasksOf(server)
    expectNoneLost(about, tasks, before, succeeded)
    await expectActs(about, server, tasks, acts)
    for (const flow of flows) {
      counted.set(keyOf(flow.who), await expectRecorded(about, server, tasks, flow))
      acknowledged += 2 * (flow.acknowledged - flow.first + 1)
    }
  }

  spans.push({ from, to: Number.POSITIVE_INFINITY })
  const started = (task: Json): boolean => Number(task['step'] ?? -1) >= 0 && !succeeded.has(textOf(task['id']))
  const ended = await waitFor(
    'every started task has run into its time-out',
    async () => {
      const tasks = (await tasksOf(server)).filter(started)
      return tasks.every(({ state }) => textOf(state) !== 'in_progress') && tasks
    },
    30_000,
  )
  for (const task of ended) expectInTime(task, spans)
  expect(ended.length, 'tasks that ran into their time-out').toBeGreaterThanOrEqual(rounds)
  expect(acknowledged, 'reports that were acknowledged').toBeGreaterThan(20 * rounds)
  expect((await server.stop()).status).toBe(0)
})
