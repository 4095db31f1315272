// No more devices are notified than may download: who holds a place, and who gets it next.

import { beforeEach, describe, expect, test } from 'vitest'
import type { Served } from '../../src/ota/ports/downloads.ts'
import { createOtaDevicesFixture, type OtaDevicesFixture } from '../support/ota-devices-fixture.ts'

let fixture: OtaDevicesFixture

const open = async (serverInProgress: number | null): Promise<void> => {
  fixture = await createOtaDevicesFixture({ settings: { serverInProgress } })
}
beforeEach(() => open(1))

const taskOf = (device: string): number => [...fixture.store.reads.openTasks()].find((task) => task.device === device)?.id ?? 0
const serve = async (device: string, bytes: number, changes: Partial<Served> = {}): Promise<void> => {
  fixture.core.served({ task: taskOf(device), bytes, complete: false, sure: false, quietMs: 0, ...changes })
  await fixture.settle()
}
const begin = async (): Promise<string> => {
  await fixture.bring(2)
  await fixture.start()
  const [first = ''] = fixture.notified()
  expect(fixture.notified()).toHaveLength(1)
  return first
}

describe('a place is held', () => {
  test('for a minute by a device that was notified and does not begin', async () => {
    await begin()
    await fixture.pass(59)
    expect(fixture.notified()).toHaveLength(1)
    await fixture.pass(1)
    expect(fixture.notified()).toHaveLength(2)
  })

  test('until all bytes are fetched: a board that flashes holds none', async () => {
    const first = await begin()
    await serve(first, 10)
    await fixture.pass(100)
    await serve(first, 500)
    await fixture.pass(100)
    expect(fixture.notified()).toHaveLength(1)
    // The last bytes are not known to have arrived, and nothing of them is recorded.
    await serve(first, 1000)
    await fixture.pass(0)
    expect(fixture.notified()).toHaveLength(2)
    expect(await fixture.task(taskOf(first))).toMatchObject({ state: 'in_progress', completeAt: null })
  })

  test('again by a device that starts its download again', async () => {
    await fixture.bring(3)
    await fixture.start()
    const [first = ''] = fixture.notified()
    await serve(first, 1000, { complete: true, sure: true })
    await fixture.pass(0)
    const [, second = ''] = fixture.notified()
    await serve(first, 20)
    await fixture.fail(second)
    await fixture.pass(0)
    expect(fixture.notified()).toHaveLength(2)
  })

  test('no longer by one that shows no sign of life for minutes', async () => {
    const first = await begin()
    await serve(first, 10)
    await fixture.pass(179)
    expect(fixture.notified()).toHaveLength(1)
    await fixture.pass(1)
    expect(fixture.notified()).toHaveLength(2)
  })

  test('not by one that has reported all of its progress, nor by one that has ended', async () => {
    const first = await begin()
    await fixture.say(fixture.connection(first), 'upgrade.post', { step: 100, module: 'mcu' })
    await fixture.pass(0)
    expect(fixture.notified()).toHaveLength(2)
    await fixture.bring(1, 7)
    await fixture.start({ target: { devices: ['pk/d7'] } })
    expect(fixture.notified()).toHaveLength(2)
    await fixture.fail(fixture.notified()[1] ?? '')
    expect(fixture.notified()).toHaveLength(3)
  })

  test('over a restart', async () => {
    const first = await begin()
    await serve(first, 10)
    fixture = await fixture.restart(1)
    for (const device of fixture.connections.keys()) await fixture.subscribe(fixture.connect(device))
    await fixture.pass(30)
    expect(fixture.notified()).toEqual([])
  })
})

test('who waits for a place is told so by `why`', async () => {
  const first = await begin()
  const second = first === 'pk/d0' ? 'pk/d1' : 'pk/d0'
  const verdicts = await fixture.why(second, 'mcu')
  expect(verdicts.map(({ text }) => text).join('\n')).toMatch(/1 of the server's 1 places for downloads are taken/)
})

test('200 devices of several campaigns are never notified beyond the places, and all of them in the end', async () => {
  await open(8)
  await fixture.bring(60)
  const all = [...fixture.connections.keys()]
  for (const devices of [all.slice(0, 30), all.slice(30)]) await fixture.start({ target: { devices } })
  const done = new Set<string>()
  while (done.size < 60) {
    const loading = fixture.notified().filter((device) => !done.has(device))
    expect(loading.length).toBeGreaterThan(0)
    expect(loading.length).toBeLessThanOrEqual(8)
    for (const device of loading) await serve(device, 1000)
    await fixture.pass(0)
    for (const device of loading) done.add(device)
  }
})

test.each([0, null])('%s is no bound', async (bound) => {
  await open(bound)
  await fixture.bring(20)
  await fixture.start()
  expect(fixture.notified()).toHaveLength(20)
})

test('a device that connects again while it downloads is a sign for the downloads, and so is its gateway', async () => {
  await open(0)
  await fixture.bring(2)
  await fixture.start()
  await serve('pk/d0', 10)
  fixture.connect('pk/d0')
  fixture.connect('pk/d1')
  expect(fixture.returned).toEqual([taskOf('pk/d0')])
})

describe('an image that cannot be read', () => {
  test.each(['missing', 'damaged', 'unreadable'] as const)('pauses what offers it: %s', async (fault) => {
    await open(2)
    await fixture.bring(4)
    const campaign = await fixture.start()
    fixture.core.faulty?.({ task: taskOf(fixture.notified()[0] ?? ''), fault })
    await fixture.settle()
    expect(fixture.store.reads.campaign(campaign)).toMatchObject({ status: 'paused', reason: `image_${fault}`, faultyFirmware: 1 })
    await fixture.succeedAll()
    expect(fixture.notified()).toHaveLength(2)
    await fixture.core.operators.campaigns.resume(campaign)
    await fixture.settle()
    expect(fixture.notified()).toHaveLength(4)
  })

  test('leaves campaigns of other images alone, and those that an operator has paused', async () => {
    await open(0)
    await fixture.bring(2)
    const first = await fixture.start({ target: { devices: ['pk/d0'] } })
    await fixture.core.operators.campaigns.pause(first)
    fixture.core.faulty?.({ task: taskOf('pk/d0'), fault: 'damaged' })
    fixture.core.faulty?.({ task: 999, fault: 'damaged' })
    await fixture.settle()
    expect(fixture.store.reads.campaign(first)).toMatchObject({ status: 'paused', reason: 'operator' })
  })
})
