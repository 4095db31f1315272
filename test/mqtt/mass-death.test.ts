// Many connections that die at once: other clients get their turns, and each will is published once.

import { afterEach, expect, it, vi } from 'vitest'
import { closeMqttFixtures, createMqttFixture } from '../support/mqtt-fixture.ts'
import { enterAs, patient, subscribe } from '../support/wire-client.ts'

afterEach(closeMqttFixtures)

const count = 100

it('ends of connections are handled a few in each turn of the event loop, and every will is published once', async () => {
  const { port, core } = await createMqttFixture({ settings: { anonymous: { publish: ['#'], subscribe: ['#'] } } })
  const watcher = await enterAs(port, undefined, { clientId: 'watcher' })
  await subscribe(watcher, ['fogcloud/#', 0])
  const topics = Array.from({ length: count }, (_, at) => `fogcloud/pk/d${at}/user/will`)
  const dying = await Promise.all(
    topics.map((topic, at) =>
      enterAs(port, `d${at}&pk`, {
        clientId: `d${at}`,
        clean: false,
        will: { topic, payload: Buffer.from('dead'), qos: 1, retain: false },
      }),
    ),
  )
  for (const wire of dying) wire.reset()
  const ended = (): number => core.calls.filter((line) => line.startsWith('disconnected')).length
  let [most, before] = [0, 0]
  await vi.waitUntil(async () => {
    for (let turns = 0; turns < 50 && before < count; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      most = Math.max(most, ended() - before)
      before = ended()
    }
    return before === count
  }, patient)
  expect(most).toBeLessThanOrEqual(32)
  const seen: string[] = []
  for (let at = 0; at < count; at += 1) seen.push((await watcher.next('publish')).topic)
  expect(seen.toSorted()).toEqual(topics.toSorted())
  await watcher.ping()
  expect(watcher.came.filter(({ cmd }) => cmd === 'publish')).toHaveLength(count)
})
