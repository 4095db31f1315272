// Data that 0.1.0 wrote (test/fixtures/data-0.1.0/README.md), one directory that was stopped and one that was killed, under the server of
// today: every record is what 0.1.0's own API answered, sessions and updates go on, and 0.1.0 refuses the directory from then on.

import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { surveyStore } from '../../src/store/files/store-survey.ts'
import { formatKey } from '../../src/store/keys.ts'
import { enter as enterRaw, stay } from '../support/conformance-client.ts'
import { enter, knock } from '../support/device-client.ts'
import { type InsideServer, startInside } from '../support/inside-server.ts'
import type { Json } from '../support/json.ts'
import { listOf, makePlace, textOf } from '../support/server-fixture.ts'

const fixtures = fileURLToPath(new URL('../fixtures/data-0.1.0', import.meta.url))
/** Nothing of it is too old, whenever this runs. */
const settings = {
  ota: { keepTaskDays: 0, keepTasks: 0, settleSeconds: 0, repushSeconds: 1 },
  mqtt: { anonymous: { publish: ['plant/#'], subscribe: ['plant/#'] }, sessions: { messageSeconds: 0, sessionSeconds: 0 } },
}

describe.each([
  { end: 'stopped', format: '2' },
  { end: 'killed', format: '2' },
  { end: 'format1', format: '1' },
])('data of 0.1.0 ($end)', ({ end, format }) => {
  let place: Awaited<ReturnType<typeof makePlace>>
  let data: string
  let server: InsideServer
  let answers: Readonly<Record<string, Json>>
  const formatRow = async (): Promise<string | undefined> => (await surveyStore(join(data, 'store'), formatKey)).row(formatKey)

  beforeAll(async () => {
    place = await makePlace()
    execFileSync('tar', ['-xzf', join(fixtures, `${end}.tar.gz`), '-C', place.path])
    data = join(place.path, end)
    // What a text says may be worded in another way; until when a retry waits is said only while it waits.
    const lasting = (key: string, value: unknown): unknown => (key === 'text' || key === 'notBefore' ? undefined : value)
    answers = JSON.parse(await readFile(join(place.path, 'answers.json'), 'utf8'), lasting)
    expect(await formatRow()).toBe(format)
    server = await startInside(data, settings)
  })
  afterAll(async () => {
    await server.stop()
    await place.clean()
  })

  it('every record is as 0.1.0 answered it, but for the wording of what it says', async () => {
    for (const [path, answer] of Object.entries(answers)) {
      const { history, ...today } = await server.call('GET', path)
      // The start releases the slots of devices that are not there, which it adds to the history of their tasks.
      const past = listOf(history).slice(0, listOf(answer['history']).length)
      expect({ ...today, ...(history !== undefined && { history: past }) }, path).toMatchObject(answer)
    }
    const states = new Set(Object.values(answers['/tasks?limit=1000']?.['items'] ?? {}).map(({ state }) => textOf(state)))
    expect([...states].sort()).toEqual(['canceled', 'failed', 'in_progress', 'notified', 'queued', 'rejected', 'succeeded', 'timed_out'])
  })

  it.runIf(format === '2')(
    'the session of a client that was away gets what was queued for it, in order, and topics have their retained messages',
    async () => {
      const logger = await stay(server, 'logger')
      expect(logger.present).toBe(true)
      const queued = [
        ...Array.from({ length: 12 }, (_, at) => `line ${at + 1}`),
        ...Array.from({ length: 5 }, (_, at) => `exact ${at + 1}`),
      ]
      expect(await logger.texts(queued.length)).toEqual(queued)
      await logger.expectNothing()
      await logger.leave()
      const newcomer = await enterRaw(server)
      await newcomer.subscribe(['plant/state/#', 2])
      const retained = [await newcomer.message(), await newcomer.message(), await newcomer.message()]
      const kept = retained.map(({ topic, text, qos, retain }) => `${topic} ${text} ${qos} ${retain}`)
      expect(kept.sort()).toEqual(['plant/state/door open 1 true', 'plant/state/gate closed 0 true', 'plant/state/ünïcode ja 2 true'])
      await newcomer.leave()
    },
  )

  it.runIf(format === '1')('sessions and retained messages of format 1, which Aedes kept in its own way, are not taken over', async () => {
    const logger = await stay(server, 'logger')
    expect(logger.present).toBe(false)
    await logger.subscribe(['plant/#', 2])
    await logger.expectNothing()
    await logger.leave()
  })

  it('secrets and first passwords are still those of 0.1.0', async () => {
    const code = async (name: string, password: string): Promise<number> => {
      const { wire, code: found } = await knock(server, { product: 'lamp', name }, { password: Buffer.from(password) })
      await wire.end()
      return found
    }
    expect(await code('secret', 'a secret of sixteen')).toBe(0)
    expect(await code('secret', 'password of secret')).not.toBe(0)
    expect(await code('l8', 'password of l8')).toBe(0)
    expect(await code('l8', 'another password')).not.toBe(0)
  })

  it('an update that was in progress goes on to its end, and one that was offered is offered again', async () => {
    const { items } = await server.call('GET', '/tasks?device=lamp/l1&state=in_progress')
    const task_id = textOf(listOf(items)[0]?.['id'])
    const half = await enter(server, { product: 'lamp', name: 'l1' }, { password: Buffer.from('password of l1') })
    await half.report('upgrade.post', { module: 'default', step: 100, desc: '', task_id })
    await half.report('version.post', { module: 'default', version: '1.2.0' })
    expect(await server.call('GET', `/tasks/${task_id}`)).toMatchObject({
      device: 'lamp/l1',
      state: 'succeeded',
      from: '1.1.0',
      to: '1.2.0',
    })
    const offered = await enter(server, { product: 'lamp', name: 'l3' }, { password: Buffer.from('password of l3') })
    await offered.listen()
    await offered.report('version.post', { module: 'default', version: '1.0.0' })
    const { task, url } = await offered.next()
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(5000)
    await offered.report('version.post', { module: 'default', version: '1.2.0' })
    expect(await server.call('GET', `/tasks/${task}`)).toMatchObject({ device: 'lamp/l3', state: 'succeeded' })
    await half.wire.end()
    await offered.wire.end()
  })

  it('the directory is marked, and its format is one that 0.1.0 refuses', async () => {
    const marker: Json = JSON.parse(await readFile(join(data, 'instance.json'), 'utf8'))
    expect(marker).toEqual({ id: expect.any(String), format: 3 })
    // What 0.1.0 does at its start with this row (src/store/load.ts): `if (found > format) throw OTA_STORE_NEWER`, with `format = 2`.
    const found: unknown = JSON.parse(textOf(await formatRow()))
    expect(Number.isSafeInteger(found) && Number(found) > 2).toBe(true)
  })
})
