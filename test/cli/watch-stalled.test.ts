// A watch while no update is running: devices that wait for another campaign, and unreachable ones.

import { describe, expect, test } from 'vitest'
import { campaign, device, task } from '../support/cli-samples.ts'
import { createCliWatchFixture, done, offline } from '../support/cli-watch-fixture.ts'

const { state, looks, afterLooks, watching } = createCliWatchFixture()

test('if all targets wait for another campaign, the watch says so once, and waits', async () => {
  state.campaign = campaign({ waiting: 3, waitingFor: ['1', '2'], target: { ...campaign().target, continuous: true } })
  const { terminal, status } = watching()
  await state.admin.stream(1)
  await afterLooks(terminal, 30)
  expect(terminal.out().split('\n')).toEqual([
    'campaign 3: 3 waiting for other campaigns',
    'campaign 3: no update is running now; 3 devices wait: 3 until campaign 1, 2 have finished with them; it continues by itself (Ctrl-C leaves it running)',
    '',
  ])
  state.campaign = campaign({ waiting: 1, waitingFor: ['2'] })
  state.tasks = [task({ state: 'in_progress' })]
  await terminal.until(() => terminal.out().includes('1 in progress, 1 waiting'))
  state.campaign = campaign({ status: 'completed' })
  state.tasks = [done()]
  expect(await status).toBe(0)
})

test('targets that wait for another campaign are waited for', async () => {
  state.campaign = campaign({ waiting: 1 })
  state.tasks = [done(), offline({ id: '22' })]
  const { terminal, status } = watching()
  await state.admin.stream(1)
  await afterLooks(terminal, 10)
  state.tasks = [done()]
  await afterLooks(terminal, 10)
  state.tasks = [done(), done({ id: '23' })]
  state.campaign = campaign({ status: 'completed' })
  expect(await status).toBe(0)
})

describe('devices that cannot be reached', () => {
  test('end the watch with 4 after some seconds, and are named', async () => {
    state.tasks = [done(), offline({ id: '22', device: 'pk/away' }), task({ id: '23', device: 'pk/deaf', reason: 'not_subscribed' })]
    const { terminal, status } = watching()
    expect(await status).toBe(4)
    expect(terminal.out()).toContain(
      '2 devices cannot be reached now; campaign 3 continues and updates them when they reconnect:\n  pk/away  offline\n  pk/deaf  not_subscribed\n',
    )
    expect(looks()).toBeGreaterThan(4)
  })

  test('are announced once before the end, with the hint that the campaign continues', async () => {
    state.tasks = [offline(), offline({ id: '22', device: 'pk/b' }), task({ id: '23', device: 'pk/c', reason: 'not_subscribed' })]
    const { terminal, status } = watching()
    expect(await status).toBe(4)
    const text = 'campaign 3: no update is running now; 3 devices wait: 2 offline, 1 connected but not subscribed; it continues by itself'
    expect(terminal.out().split(text)).toHaveLength(2)
  })

  test('end it also if only later phases wait for them', async () => {
    const phases = [1, 2].map(() => JSON.parse('{"percent":50,"then":"next","counts":{"queued":1},"waiting":0,"open":true}'))
    const gate = { step: 'sample', size: 1, finished: 0 } as const
    const later = task({ id: '22', device: 'pk/b', phase: 2, reason: 'phase' })
    const ofGate = (step: 'sample' | 'soak') => JSON.parse(JSON.stringify({ ...gate, step, against: [] }))
    state.campaign = campaign({ phase: 1, phases, gate: ofGate('soak') })
    state.tasks = [offline(), later]
    const { terminal, status } = watching()
    await state.admin.stream(1)
    await afterLooks(terminal, 10)
    state.campaign = campaign({ phase: 1, phases, gate: ofGate('sample') })
    expect(await status).toBe(4)
    expect(terminal.out()).toContain(
      '1 device cannot be reached now; campaign 3 continues and updates them when they reconnect:\n  pk/dev1  offline\n',
    )
    expect(terminal.out()).toContain('\n1 device of later phases waits for them\n')
  })

  test('are waited for if they reconnect in time', async () => {
    state.tasks = [offline()]
    const { terminal, status } = watching()
    await state.admin.stream(1)
    await afterLooks(terminal, 2)
    state.tasks = [task({ state: 'in_progress', step: 1 })]
    await afterLooks(terminal, 8)
    state.tasks = [done()]
    state.campaign = campaign({ status: 'completed' })
    expect(await status).toBe(0)
  })

  test.each(['slot', 'retry', 'busy', 'schedule', null])('do not end it while one waits for another reason (%s)', async (reason) => {
    state.tasks = [offline(), task({ id: '22', device: 'pk/b', reason })]
    const { terminal, status } = watching()
    await state.admin.stream(1)
    await afterLooks(terminal, 10)
    terminal.signal('SIGINT')
    expect(await status).toBe(130)
  })

  test('do not end it while one is in progress, or while the campaign is paused', async () => {
    state.tasks = [offline(), task({ id: '22', device: 'pk/b', state: 'in_progress' })]
    const { terminal, status } = watching()
    await state.admin.stream(1)
    await afterLooks(terminal, 10)
    state.tasks = [offline()]
    state.campaign = campaign({ status: 'paused', reason: 'operator' })
    await afterLooks(terminal, 10)
    expect(terminal.out()).toContain('campaign 3: paused (operator); to continue: fogbell campaign resume 3\n')
    terminal.signal('SIGINT')
    expect(await status).toBe(130)
  })

  test('include devices that were notified and then disconnected, after a minute', async () => {
    state.admin.on('GET /devices/pk/*', () => ({ json: device({ online: false }) }))
    state.tasks = [task({ state: 'notified' })]
    const { terminal, status } = watching()
    expect(await status).toBe(4)
    expect(terminal.out()).toContain('  pk/dev1  notified, then offline\n')
    expect(looks()).toBeGreaterThan(60)
  })

  test('get a minute after the server itself was unreachable', async () => {
    state.tasks = [offline()]
    const { terminal, status } = watching()
    const stream = await state.admin.stream(1)
    await afterLooks(terminal, 1)
    stream.drop()
    expect(await status).toBe(4)
    expect(looks()).toBeGreaterThan(55)
  })
})
