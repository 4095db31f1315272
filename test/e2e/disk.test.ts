// A full disk that later has space again, by a limit on the sizes of the server's files: what is acknowledged meanwhile, what continues, and
// what is stored after a kill -9.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { isFull } from '../support/full.ts'
import { createSubscriber, type Received } from '../support/load-client.ts'
import { createServerFixture, makePlace, type ServerFixture } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'
import { connectAs, enterAs, publishPacket, subscribe } from '../support/wire-client.ts'

const settings = { mqtt: { anonymous: { publish: ['#'], subscribe: ['#'] } } }

/** Node ignores the signal for a write beyond the limit: the write fails, as on a full disk. */
const limitFiles = ({ child }: ServerFixture, bytes: number | 'unlimited'): void =>
  void execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`])

const textsOf = (received: readonly Received[]): readonly string[] => received.map(({ text }) => text)

/** Publishes one message on a new connection: whether it was acknowledged, or the connection was closed instead. */
const publish = async (port: number, text: string, qos: 1 | 2, retain = false): Promise<'acknowledged' | 'closed'> => {
  const wire = await enterAs(port, undefined, { clientId: 'teller' })
  wire.write(publishPacket('disk/a', text, { qos, retain, messageId: 1 }))
  const answer = await wire.next(qos === 1 ? 'puback' : 'pubrec').then(
    () => 'acknowledged' as const,
    () => 'closed' as const,
  )
  if (answer === 'acknowledged' && qos === 2) {
    wire.write({ cmd: 'pubrel', messageId: 1 })
    await wire.next('pubcomp')
  }
  await wire.end()
  return answer
}

it.runIf(isFull)(
  'with a full disk publishers get no PUBACK and are disconnected, others are unaffected; with space again everything continues and nothing is lost',
  {
    timeout: 60_000,
  },
  async () => {
    const place = await makePlace()
    onTestFinished(place.clean)
    const data = join(place.path, 'data')
    let server = await createServerFixture(data, settings)
    onTestFinished(async () => void (await server.kill()))
    const { port } = server
    const [here, away] = [createSubscriber('here'), createSubscriber('away')]
    for (const each of [here, away]) {
      await each.open(port)
      await each.subscribe('disk/#', 2)
    }
    await away.close()
    const [live, speaker] = [await enterAs(port, undefined, { clientId: 'live' }), await enterAs(port, undefined, { clientId: 'speaker' })]
    await subscribe(live, ['live/#', 1])
    const kept: string[] = []
    const keep = async (text: string, qos: 1 | 2 = 1): Promise<void> => {
      expect(await publish(port, text, qos)).toBe('acknowledged')
      kept.push(text)
    }
    for (let n = 0; n < 50; n += 1) await keep(`before ${n}`, n % 2 === 0 ? 1 : 2)
    await waitFor('it is received', () => here.received.length === kept.length)

    limitFiles(server, 1)
    for (const qos of [1, 2, 1, 2] as const) expect(await publish(port, 'lost', qos), `QoS ${qos}`).toBe('closed')
    expect(await publish(port, 'lost', 1, true), 'retained').toBe('closed')
    // What is never on disk continues: QoS 0, to subscribers with persistent sessions or without.
    speaker.write(publishPacket('live/a', 'passes', { qos: 0 }), publishPacket('disk/a', 'passes', { qos: 0 }))
    expect((await live.next('publish')).payload.toString()).toBe('passes')
    await waitFor('QoS 0 is received', () => here.received.length === kept.length + 1)
    expect((await connectAs(port, undefined, { clientId: 'newcomer' })).code, 'a client without a session on disk').toBe(0)
    expect(textsOf(here.received), 'what was not acknowledged is delivered to no one').toEqual([...kept, 'passes'])
    expect(server.output.stdout).toContain('a message could not be stored: closing the connection without acknowledging it')

    limitFiles(server, 'unlimited')
    await waitFor('a message is acknowledged again', async () => (await publish(port, 'again', 1)) === 'acknowledged')
    kept.push('again')
    for (let n = 0; n < 50; n += 1) await keep(`after ${n}`, n % 2 === 0 ? 1 : 2)
    await waitFor('it is received', () => here.received.length === kept.length + 1)
    expect(textsOf(here.received).filter((text) => text !== 'passes')).toEqual(kept)
    for (const each of [live, speaker]) await each.ping()
    // What it has acknowledged is read, and with the next message that is kept it is on disk.
    await here.fence()
    await keep('last')

    await server.kill()
    server = await createServerFixture(data, settings)
    const before = here.received.length
    expect([await here.open(server.port), await away.open(server.port)]).toEqual([true, true])
    expect(await publish(server.port, 'end', 1)).toBe('acknowledged')
    for (const each of [here, away]) await waitFor('the end is received', () => each.received.at(-1)?.text === 'end')
    expect(textsOf(away.received), 'everything acknowledged is delivered to the offline subscriber').toEqual([...kept, 'end'])
    expect(['last', 'end'], 'and nothing old to the connected one').toEqual(
      expect.arrayContaining([...textsOf(here.received.slice(before))]),
    )
  },
)

const readinessOf = async ({ description }: ServerFixture): Promise<string> => {
  const response = await fetch(`${description.admin}/readyz`)
  const { status, code } = (await response.json()) as { readonly status: string; readonly code?: string }
  return `${response.status} ${code ?? status}`
}

it('/readyz is 503 while nothing can be stored, though nobody writes meanwhile; the log says it once, and once that it works again', {
  timeout: 60_000,
}, async () => {
  const place = await makePlace()
  onTestFinished(place.clean)
  const server = await createServerFixture(join(place.path, 'data'), settings, '--log-level', 'info')
  onTestFinished(async () => void (await server.kill()))
  const gauge = async (): Promise<string | undefined> => {
    const headers = { authorization: `Bearer ${server.token}` }
    const text = await (await fetch(`${server.description.admin}/metrics`, { headers })).text()
    return /^fogbell_store_failed (\d)/m.exec(text)?.[1]
  }
  expect([await readinessOf(server), await gauge()]).toEqual(['200 ready', '0'])
  limitFiles(server, 1)
  for (let n = 0; n < 30; n += 1) expect(await publish(server.port, 'lost', 1, true)).toBe('closed')
  expect([await readinessOf(server), await gauge()]).toEqual(['503 OTA_STORE_FAILED', '1'])
  limitFiles(server, 'unlimited')
  await waitFor('it is ready again, without a write', async () => (await readinessOf(server)) === '200 ready')
  expect(await gauge()).toBe('0')
  await server.stop()
  const said = (pattern: RegExp): number => server.output.stdout.split('\n').filter((line) => pattern.test(line)).length
  expect(said(/"warn".*the store cannot be written/)).toBe(1)
  expect(said(/"info".*the store can be written again/)).toBe(1)
  expect(said(/a message could not be stored/), 'a flood is folded').toBeLessThan(30)
  expect(server.output.stdout, 'a full disk needs no stack').not.toMatch(/"stack"/)
})
