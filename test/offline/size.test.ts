// A large broker: memory that does not grow with it, and a kill in the middle that leaves nothing that looks whole.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { stay } from '../support/conformance-client.ts'
import { full, isFull } from '../support/full.ts'
import { fillOld, migrate } from '../support/migrate-fixture.ts'
import { createServerFixture, makePlace, runFogbell } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const door = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const queued = full(20_000, 2000)
const retained = full(50_000, 3000)

let place: Awaited<ReturnType<typeof makePlace>>
let from: string

beforeAll(async () => {
  place = await makePlace()
  from = join(place.path, 'aedes')
  await fillOld(from, { clients: ['one', 'two'], queued, retained })
})
afterAll(() => place.clean())

/**
 * The command in a process that says how much memory it took at most, in MiB: of the program itself, since what `resourceUsage` calls the most
 * includes that of the process that started it.
 */
const measured = async (...args: readonly string[]): Promise<{ readonly peak: number; readonly seconds: number }> => {
  const script = `
    import { readFileSync } from 'node:fs'
    import { run } from ${JSON.stringify(door)}
    import { processIo } from ${JSON.stringify(door.replace('main.js', 'io.js'))}
    const status = await run(${JSON.stringify(args)}, processIo())
    process.stderr.write(String(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1] / 1024))
    process.exit(status)`
  const from = performance.now()
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [status] = (await once(child, 'close')) as [number]
  expect([status, said]).toEqual([0, expect.stringMatching(/^[\d.]+$/)])
  return { peak: Number(said), seconds: (performance.now() - from) / 1000 }
}

it.runIf(isFull)('many messages are taken over in bounded memory and time, and queues beyond a setting are delivered whole', async () => {
  const data = join(place.path, 'data')
  const { peak, seconds } = await measured('migrate', 'aedes', from, '--data', data, '--anonymous', '--json')
  expect(peak).toBeLessThan(300)
  expect(seconds).toBeLessThan(60)
  const server = await createServerFixture(data, {
    mqtt: { listeners: [{ url: 'mqtt://127.0.0.1:0' }], anonymous: { publish: ['#'], subscribe: ['#'] } },
  })
  const client = await stay(server, 'two')
  expect(client.present).toBe(true)
  const texts = (await client.texts(queued)).map((text) => Number(text))
  expect(texts).toEqual(Array.from({ length: queued }, (_, at) => at + 1))
  await client.expectNothing()
  await client.subscribe(['plant/retained/#', 0])
  for (let at = 0; at < retained; at++) await client.unacked({ qos: 0, retain: true })
  await client.leave()
  await server.stop()
})

it.runIf(isFull)('killed in the middle it leaves no store, and the next one begins from the start', async () => {
  const data = join(place.path, 'killed')
  for (const moment of ['source', 'store']) {
    const running = runFogbell(['migrate', 'aedes', from, '--data', data, '--anonymous', '--json'])
    const temporary = join(data, 'migration.tmp')
    await waitFor('it has begun', async () => (await readdir(temporary).catch((): string[] => [])).includes(moment))
    running.child.kill('SIGKILL')
    await running.ended
    expect(await readdir(data)).toEqual(['migration.tmp'])
  }
  const { status } = await migrate(from, '--data', data, '--anonymous', '--json')
  expect(status).toBe(0)
  expect(await readdir(data)).toEqual(['instance.json', 'store'])
})
