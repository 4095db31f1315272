// kill -9 in the middle of two pipelines of 3,000 messages each, at QoS 1 and QoS 2, on one data directory: what was acknowledged reaches
// the sessions that stay, in its order; at QoS 2 once. KILLS says how often.

import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createPublisher, createSubscriber, type Heard, type Publisher, type Subscriber } from '../support/load-client.ts'
import { createServerFixture, makePlace, type ServerFixture } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'
import { enterAs, publishPacket, type WireClient } from '../support/wire-client.ts'

const kills = Number(process.env['KILLS'] ?? 2)
const length = 3000
/** How long what must come may take on a busy machine, ms. */
const patience = 30_000
const settings = { mqtt: { anonymous: { publish: ['#'], subscribe: ['#'] } } }

/** One pipeline and who hears it. */
interface Lane {
  readonly qos: 1 | 2
  /** Connected while messages flow. */
  readonly here: Subscriber
  /** Comes when they have. */
  readonly away: Subscriber
}

const openLane = async (qos: 1 | 2, port: number): Promise<Lane> => {
  const lane = { qos, here: createSubscriber(`here${qos}`), away: createSubscriber(`away${qos}`) }
  for (const each of [lane.here, lane.away]) {
    expect(await each.open(port)).toBe(false)
    await each.subscribe(`pipeline/${qos}`, qos)
    await each.close()
  }
  return lane
}

const textsOf = (heard: readonly Heard[]): readonly string[] => heard.map(({ text }) => text)

/**
 * How many of all that the subscriber heard were settled when its connection ended: when PINGRESP comes, the server has read the
 * acknowledgements that went before PINGREQ; when a retained message that is published after it is acknowledged, what they changed is
 * written too. Asked again and again; `settledNow` is told of each.
 */
const settle = async (marker: WireClient, here: Subscriber, settledNow: (settled: number) => void): Promise<number> => {
  for (let settled = here.heard.length; ; ) {
    const acknowledged = here.heard.length
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
 * Sends all of both pipelines at once, and kills the server at the answer of that number, but not before so many messages to who is there
 * are settled; resolves when every connection has ended.
 */
const killAmid = async (server: ServerFixture, lanes: readonly Lane[], texts: readonly string[], answer: number, mustSettle: number) => {
  const start = lanes[0]?.here.heard.length ?? 0
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

/** Both of the lane's subscribers come back to their sessions and hear all that waits for them, up to a last message. */
const comeBack = async ({ port }: Pick<ServerFixture, 'port'>, { qos, here, away }: Lane, last: string): Promise<void> => {
  const closing = createPublisher(`closing${qos}`)
  await closing.open(port)
  for (const each of [here, away]) expect(await each.open(port), 'the session is present').toBe(true)
  closing.send(`pipeline/${qos}`, qos, [last])
  for (const each of [here, away]) {
    await waitFor(`the last message, ${last}`, () => each.heard.at(-1)?.text === last, patience)
    // Its acknowledgements are read: nothing of this may come again.
    await each.fence()
  }
  await Promise.all([closing.close(), away.close(), here.close()])
}

interface Told {
  readonly before: readonly Heard[]
  readonly after: readonly Heard[]
  readonly away: readonly string[]
}

/** What was told at QoS 1, without the last message: `before` and `after` the kill to who was there. */
const expectKept = (
  about: string,
  texts: readonly string[],
  done: readonly string[],
  settled: number,
  { before, after, away }: Told,
): void => {
  expect(done, `${about}: PUBACKs come in order`).toEqual(texts.slice(0, done.length))
  expect(away.length, `${about}: of ${done.length} that were acknowledged`).toBeGreaterThanOrEqual(done.length)
  expect(away, `${about}: all, in order, to who was away`).toEqual(texts.slice(0, away.length))
  expect(textsOf(before), `${about}: in order before`).toEqual(texts.slice(0, before.length))
  const again = away.length - after.length
  expect(textsOf(after), `${about}: and in order after`).toEqual(texts.slice(again, away.length))
  expect(again, `${about}: no gap between`).toBeLessThanOrEqual(before.length)
  expect(again, `${about}: none of the settled ones again`).toBeGreaterThanOrEqual(settled)
  const ids = before.slice(again).map(({ id }) => id)
  expect(ids, `${about}: what comes again has its packet id`).toEqual(after.slice(0, ids.length).map(({ id }) => id))
}

it(`${kills} times kill -9 amid 3,000 at QoS 1 and 3,000 at QoS 2: all that is acknowledged comes, in order, and not again`, {
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
    const starts = lanes.map(({ here, away }) => [here.heard.length, away.heard.length] as const)
    const [[hereStart, awayStart], [hereStart2, awayStart2]] = starts as [[number, number], [number, number]]
    // Any instant will do but for the last round's, which must not come before there is something that may not come again.
    const mustSettle = round === kills - 1 ? kills + 1 : 0
    const { publishers, settled } = await killAmid(server, lanes, texts, answer, mustSettle)
    const killedAt = first.here.heard.length

    server = await createServerFixture(data, settings)
    // At QoS 2 the publisher goes on: with what was answered half to the end, with what was not anew.
    await publishers[1]?.open(server.port)
    await waitFor('all of QoS 2 is answered', () => publishers[1]?.done.length === length, patience)
    await Promise.all(lanes.map((lane) => comeBack(server, lane, last)))
    await publishers[1]?.close()

    expectKept(about, texts, publishers[0]?.done ?? [], settled - hereStart, {
      before: first.here.heard.slice(hereStart, killedAt),
      after: first.here.heard.slice(killedAt, -1),
      away: textsOf(first.away.heard.slice(awayStart, -1)),
    })
    expect(textsOf(second.here.heard.slice(hereStart2)), `${about}: once each at QoS 2`).toEqual([...texts, last])
    expect(textsOf(second.away.heard.slice(awayStart2)), `${about}: once each to who was away`).toEqual([...texts, last])
    settledInAll += settled - hereStart
  }
  expect(settledInAll, 'messages that were settled before a kill').toBeGreaterThan(kills)
  expect((await server.stop()).status).toBe(0)
})
