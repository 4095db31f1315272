// kill -9 in the middle of two pipelines of 3,000 messages each, at QoS 1 and QoS 2, on one data directory: what was acknowledged reaches the
// persistent sessions, in order; at QoS 2 once. KILLS says how often.

import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createPublisher, createSubscriber, type Publisher, type Received, type Subscriber } from '../support/load-client.ts'
import { createServerFixture, makePlace, type ServerFixture } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'
import { enterAs, publishPacket, type WireClient } from '../support/wire-client.ts'

const kills = Number(process.env['KILLS'] ?? 1)
const length = 3000
/** The time that a delivery may take on a busy machine, ms. */
const patience = 30_000
const settings = { mqtt: { anonymous: { publish: ['#'], subscribe: ['#'] } } }

/** One pipeline and its subscribers. */
interface Lane {
  readonly qos: 1 | 2
  /** Connected while messages flow. */
  readonly here: Subscriber
  /** Connects after they have been sent. */
  readonly late: Subscriber
}

const openLane = async (qos: 1 | 2, port: number): Promise<Lane> => {
  const lane = { qos, here: createSubscriber(`here${qos}`), late: createSubscriber(`away${qos}`) }
  for (const each of [lane.here, lane.late]) {
    expect(await each.open(port)).toBe(false)
    await each.subscribe(`pipeline/${qos}`, qos)
    await each.close()
  }
  return lane
}

const textsOf = (received: readonly Received[]): readonly string[] => received.map(({ text }) => text)

/**
 * How many of the messages that the subscriber received were settled when its connection ended: when PINGRESP comes, the server has read the
 * acknowledgements that went before PINGREQ; when a retained message that is published after it is acknowledged, what they changed is
 * written too. Repeated; `settledNow` is called with each result.
 */
const settle = async (marker: WireClient, here: Subscriber, settledNow: (settled: number) => void): Promise<number> => {
  for (let settled = here.received.length; ; ) {
    const acknowledged = here.received.length
    const done = here.fence().then(async () => {
      marker.write(publishPacket('marker', 'here', { retain: true }))
      await marker.next('puback')
    })
    if (!(await done.then(() => true).catch(() => false))) return settled
    settled = acknowledged
    settledNow(settled)
  }
}

/**
 * Sends all of both pipelines at once, and kills the server at that number of answers, but not before that many messages to the connected subscriber
 * are settled; resolves when every connection has ended.
 */
const killAmid = async (server: ServerFixture, lanes: readonly Lane[], texts: readonly string[], answer: number, mustSettle: number) => {
  const start = lanes[0]?.here.received.length ?? 0
  let answers = 0
  let settledSoFar = 0
  let killed: Promise<unknown> | undefined
  const killWhenDue = (): void => {
    if (answers >= answer && settledSoFar >= mustSettle) killed ??= server.kill()
  }
  const answered = (): void => {
    answers += 1
    killWhenDue()
  }
  const settledNow = (settled: number): void => {
    settledSoFar = settled - start
    killWhenDue()
  }
  const open = async ({ qos, here }: Lane): Promise<Publisher> => {
    await here.open(server.port)
    const publisher = createPublisher(`publisher${qos}`, answered)
    await publisher.open(server.port)
    return publisher
  }
  const publishers = await Promise.all(lanes.map(open))
  const marker = await enterAs(server.port, undefined, { clientId: 'marker' })
  const settling = lanes[0] && settle(marker, lanes[0].here, settledNow)
  for (const [at, publisher] of publishers.entries()) publisher.send(`pipeline/${at + 1}`, at === 0 ? 1 : 2, texts)
  await Promise.all([...publishers, ...lanes.map(({ here }) => here)].map(({ closed }) => closed))
  await killed
  return { publishers, settled: (await settling) ?? 0 }
}

/** Both of the lane's subscribers reconnect to their sessions and receive everything that waits for them, up to a last message. */
const comeBack = async ({ port }: Pick<ServerFixture, 'port'>, { qos, here, late }: Lane, last: string): Promise<void> => {
  const closing = createPublisher(`closing${qos}`)
  await closing.open(port)
  for (const each of [here, late]) expect(await each.open(port), 'the session is present').toBe(true)
  closing.send(`pipeline/${qos}`, qos, [last])
  for (const each of [here, late]) {
    await waitFor(`the last message, ${last}`, () => each.received.at(-1)?.text === last, patience)
    // Its acknowledgements are read: none of this may be delivered again.
    await each.fence()
  }
  await Promise.all([closing.close(), late.close(), here.close()])
}

interface Deliveries {
  readonly before: readonly Received[]
  readonly after: readonly Received[]
  readonly late: readonly string[]
}

/** The deliveries at QoS 1, without the last message: `before` and `after` the kill to the connected subscriber. */
const expectKept = (
  about: string,
  texts: readonly string[],
  done: readonly string[],
  settled: number,
  { before, after, late }: Deliveries,
): void => {
  expect(done, `${about}: PUBACKs come in order`).toEqual(texts.slice(0, done.length))
  expect(late.length, `${about}: of ${done.length} that were acknowledged`).toBeGreaterThanOrEqual(done.length)
  expect(late, `${about}: all, in order, to the late subscriber`).toEqual(texts.slice(0, late.length))
  expect(textsOf(before), `${about}: in order before`).toEqual(texts.slice(0, before.length))
  const again = late.length - after.length
  expect(textsOf(after), `${about}: and in order after`).toEqual(texts.slice(again, late.length))
  expect(again, `${about}: no gap between`).toBeLessThanOrEqual(before.length)
  expect(again, `${about}: none of the settled ones again`).toBeGreaterThanOrEqual(settled)
  const ids = before.slice(again).map(({ id }) => id)
  expect(ids, `${about}: what comes again has its packet id`).toEqual(after.slice(0, ids.length).map(({ id }) => id))
}

it(`${kills} times kill -9 amid 3,000 at QoS 1 and 3,000 at QoS 2: everything acknowledged is delivered, in order, and not again`, {
  timeout: 60_000 + kills * 20_000,
}, async () => {
  const place = await makePlace()
  onTestFinished(place.clean)
  const data = join(place.path, 'data')
  let server = await createServerFixture(data, settings)
  onTestFinished(async () => void (await server.kill()))
  const lanes = [await openLane(1, server.port), await openLane(2, server.port)]
  const [first, second] = lanes as [Lane, Lane]
  let settledInAll = 0

  for (let round = 0; round < kills; round += 1) {
    const texts = Array.from({ length }, (_, at) => String(round * length + at))
    const answer = randomInt(1, 3 * length)
    const [about, last] = [`round ${round}, killed at the answer ${answer}`, `last ${round}`]
    const starts = lanes.map(({ here, late }) => [here.received.length, late.received.length] as const)
    const [[hereStart, awayStart], [hereStart2, awayStart2]] = starts as [[number, number], [number, number]]
    // Any time will do, except in the last round, which must not be killed before there is something that must not be delivered again.
    const mustSettle = round === kills - 1 ? kills + 1 : 0
    const { publishers, settled } = await killAmid(server, lanes, texts, answer, mustSettle)
    const killedAt = first.here.received.length

    server = await createServerFixture(data, settings)
    // At QoS 2 the publisher continues: half answered messages to the end, unanswered ones from the start.
    await publishers[1]?.open(server.port)
    await waitFor('all of QoS 2 is answered', () => publishers[1]?.done.length === length, patience)
    await Promise.all(lanes.map((lane) => comeBack(server, lane, last)))
    await publishers[1]?.close()

    expectKept(about, texts, publishers[0]?.done ?? [], settled - hereStart, {
      before: first.here.received.slice(hereStart, killedAt),
      after: first.here.received.slice(killedAt, -1),
      late: textsOf(first.late.received.slice(awayStart, -1)),
    })
    expect(textsOf(second.here.received.slice(hereStart2)), `${about}: once each at QoS 2`).toEqual([...texts, last])
    expect(textsOf(second.late.received.slice(awayStart2)), `${about}: once each to the late subscriber`).toEqual([...texts, last])
    settledInAll += settled - hereStart
  }
  expect(settledInAll, 'messages that were settled before a kill').toBeGreaterThan(kills)
  expect((await server.stop()).status).toBe(0)
})
