// Clients that read nothing and then send DISCONNECT: their will is removed, though they cannot be answered any more. Without a DISCONNECT
// the will is published.

import { once } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { closeMqttFixtures, createMqttFixture, type MqttFixture } from '../support/mqtt-fixture.ts'
import { connectPacket, enterAs, patient, publishPacket, subscribe, type WireClient } from '../support/wire-client.ts'

// The clock is stopped: only `cut` disconnects a client.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] }))
afterEach(async () => {
  await closeMqttFixtures()
  vi.useRealTimers()
})

const stallMs = 21_000
const chunk = 'x'.repeat(200_000)
const goodbye = { cmd: 'disconnect' } as const

interface UnreadFixture extends MqttFixture {
  /** Gets the will, if there is one. */
  readonly watcher: WireClient
  /** Has a will, and more unread bytes than the system takes. */
  readonly frozen: WireClient
}

const open = async (): Promise<UnreadFixture> => {
  const fixture = await createMqttFixture({ settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
  const watcher = await enterAs(fixture.port, undefined, { clientId: 'watcher' })
  await subscribe(watcher, ['g/#', 1])
  const will = { topic: 'g/will', payload: Buffer.from('dead'), qos: 1 as const, retain: false }
  const frozen = await enterAs(fixture.port, undefined, { clientId: 'frozen', will })
  await subscribe(frozen, ['fat', 0])
  frozen.stream.pause()
  const from = await enterAs(fixture.port, undefined, { clientId: 'from' })
  for (let left = 50; left > 0; left--) {
    from.write(publishPacket('fat', chunk, { qos: 0 }))
    await from.ping()
  }
  from.write(goodbye)
  await from.closed
  return { ...fixture, watcher, frozen }
}

/** The server finds that the client has read nothing for too long. */
const cut = (): void => {
  vi.setSystemTime(Date.now() + stallMs)
  vi.advanceTimersByTime(1000)
}

/** Why the frozen client's connection ended, which is the second one that ended. */
const ending = ({ log }: UnreadFixture): Promise<string> =>
  vi.waitFor(() => {
    const ends = log.flatMap(({ message, fields }) => (message === 'disconnected' && 'reason' in fields ? [String(fields.reason)] : []))
    expect(ends.length).toBe(2)
    return ends[1] ?? ''
  }, patient)

/** What the watcher receives up to a message of its own, after everything that is pending. */
const heard = async ({ watcher }: UnreadFixture): Promise<readonly string[]> => {
  watcher.write(publishPacket('g/end', 'end'))
  const texts: string[] = []
  while (texts.at(-1) !== 'end') texts.push((await watcher.next('publish')).payload.toString())
  return texts.slice(0, -1)
}

const small = [publishPacket('far', 'x', { qos: 0 })]
/** More than is read from a client that waits: the DISCONNECT after it stays in the system's buffer. */
const large = Array.from({ length: 4 }, () => publishPacket('far', 'x'.repeat(40_000), { qos: 0 }))

it('a DISCONNECT that is the next packet is handled at once [MQTT-3.14.4-3]', async () => {
  const fixture = await open()
  fixture.frozen.write(goodbye)
  expect(await ending(fixture)).toBe('disconnect')
  expect(await heard(fixture)).toEqual([])
})

it('a DISCONNECT is handled even if the client is gone right after it', async () => {
  const fixture = await open()
  fixture.frozen.write(goodbye)
  await once(fixture.frozen.stream.end(), 'finish')
  // Its unread bytes make this a reset.
  fixture.frozen.stream.destroy()
  expect(await ending(fixture)).toBe('disconnect')
  expect(await heard(fixture)).toEqual([])
})

it.each([
  ['a PINGREQ', [{ cmd: 'pingreq' } as const]],
  ['a message', small],
  ['more than is read of it', large],
])('a DISCONNECT after %s that cannot be handled removes the will of a client that is disconnected', async (_what, before) => {
  const fixture = await open()
  fixture.frozen.write(...before, goodbye)
  cut()
  expect(await ending(fixture)).toBe('slow_consumer')
  expect(await heard(fixture)).toEqual([])
})

it.each([
  ['nothing', []],
  ['a message', small],
  ['very much', large],
])('the will of a client that is disconnected without a DISCONNECT is published, also if it sent %s', async (_what, said) => {
  const fixture = await open()
  if (said.length > 0) fixture.frozen.write(...said)
  cut()
  expect(await ending(fixture)).toBe('slow_consumer')
  expect(await heard(fixture)).toEqual(['dead'])
})

it('a DISCONNECT after a violation of the protocol does not count', async () => {
  const fixture = await open()
  fixture.frozen.write(...small, connectPacket(), goodbye)
  cut()
  await ending(fixture)
  expect(await heard(fixture)).toEqual(['dead'])
})

it.each([
  [true, []],
  [false, ['dead']],
])('the same applies if the client closes the connection after that (DISCONNECT: %s)', async (says, published) => {
  const fixture = await open()
  fixture.frozen.write(...small, ...(says ? [goodbye] : []))
  await once(fixture.frozen.stream.end(), 'finish')
  cut()
  await ending(fixture)
  expect(await heard(fixture)).toEqual(published)
})

it.each([
  [true, []],
  [false, ['dead']],
])('and if another connection takes it over (DISCONNECT: %s)', async (says, published) => {
  const fixture = await open()
  fixture.frozen.write(...small, ...(says ? [goodbye] : []))
  await vi.waitUntil(() => fixture.frozen.stream.writableLength === 0, patient)
  // Its packets are read before the newer CONNECT is.
  await enterAs(fixture.port, undefined, { clientId: 'frozen' })
  expect(await ending(fixture)).toBe('taken_over')
  expect(await heard(fixture)).toEqual(published)
})
