// A disk that takes nothing more, and then does again, by a limit on the sizes of the server's files: what is acknowledged meanwhile,
// what goes on, and what is there after a kill -9.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createSubscriber, type Heard } from '../support/load-client.ts'
import { createServerFixture, makePlace, type ServerFixture } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'
import { connectAs, enterAs, publishPacket, subscribe } from '../support/wire-client.ts'

const settings = { mqtt: { anonymous: { publish: ['#'], subscribe: ['#'] } } }

/** Node ignores the signal that a write beyond the limit sends: the write fails, as on a full disk. */
const limitFiles = ({ child }: ServerFixture, bytes: number | 'unlimited'): void =>
  void execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`])

const textsOf = (heard: readonly Heard[]): readonly string[] => heard.map(({ text }) => text)

/** One message from a connection of its own: whether it was acknowledged, or the connection was closed instead. */
const tell = async (port: number, text: string, qos: 1 | 2, retain = false): Promise<'acknowledged' | 'closed'> => {
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

it('a full disk costs publishers their connection and no PUBACK, others nothing; with space again all goes on and nothing is lost', {
  timeout: 60_000,
}, async () => {
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
    expect(await tell(port, text, qos)).toBe('acknowledged')
    kept.push(text)
  }
  for (let n = 0; n < 50; n += 1) await keep(`before ${n}`, n % 2 === 0 ? 1 : 2)
  await waitFor('it is heard', () => here.heard.length === kept.length)

  limitFiles(server, 1)
  for (const qos of [1, 2, 1, 2] as const) expect(await tell(port, 'lost', qos), `QoS ${qos}`).toBe('closed')
  expect(await tell(port, 'lost', 1, true), 'retained').toBe('closed')
  // What is never on disk goes on: QoS 0, and who hears it, be its session one that stays or not.
  speaker.write(publishPacket('live/a', 'passes', { qos: 0 }), publishPacket('disk/a', 'passes', { qos: 0 }))
  expect((await live.next('publish')).payload.toString()).toBe('passes')
  await waitFor('QoS 0 is heard', () => here.heard.length === kept.length + 1)
  expect((await connectAs(port, undefined, { clientId: 'newcomer' })).code, 'a client without a session on disk').toBe(0)
  expect(textsOf(here.heard), 'what was not acknowledged is told to nobody').toEqual([...kept, 'passes'])
  expect(server.said.stdout).toContain('a message could not be stored: closing the connection without acknowledging it')

  limitFiles(server, 'unlimited')
  await waitFor('a message is acknowledged again', async () => (await tell(port, 'again', 1)) === 'acknowledged')
  kept.push('again')
  for (let n = 0; n < 50; n += 1) await keep(`after ${n}`, n % 2 === 0 ? 1 : 2)
  await waitFor('it is heard', () => here.heard.length === kept.length + 1)
  expect(textsOf(here.heard).filter((text) => text !== 'passes')).toEqual(kept)
  for (const each of [live, speaker]) await each.ping()
  // What it has acknowledged is read, and with the next message that is kept it is on disk.
  await here.fence()
  await keep('last')

  await server.kill()
  server = await createServerFixture(data, settings)
  const before = here.heard.length
  expect([await here.open(server.port), await away.open(server.port)]).toEqual([true, true])
  expect(await tell(server.port, 'end', 1)).toBe('acknowledged')
  for (const each of [here, away]) await waitFor('the end is heard', () => each.heard.at(-1)?.text === 'end')
  expect(textsOf(away.heard), 'all that was acknowledged comes to who was away').toEqual([...kept, 'end'])
  expect(['last', 'end'], 'and nothing old to who was there').toEqual(expect.arrayContaining([...textsOf(here.heard.slice(before))]))
})
