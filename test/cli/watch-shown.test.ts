import { describe, expect, test } from 'vitest'
import { campaign, task } from '../support/cli-samples.ts'
import { createCliWatchFixture, done, failed, offline } from '../support/cli-watch-fixture.ts'

const { state, record, afterLooks, watching } = createCliWatchFixture()

describe('what is shown', () => {
  test('Ctrl-C leaves the campaign running and says how to follow it again', async () => {
    state.tasks = [task({ state: 'in_progress' })]
    const { terminal, status } = watching()
    await state.admin.stream(1)
    terminal.signal('SIGINT')
    expect(await status).toBe(130)
    expect(terminal.err()).toBe('campaign 3 is still running on the server; to follow it again: fogbell campaign watch 3\n')
  })

  test('outside a terminal: plain lines at each change, without escapes', async () => {
    state.tasks = [task({ state: 'in_progress' }), task({ id: '22', device: 'pk/b', reason: 'slot' })]
    const { terminal, status } = watching()
    await terminal.until(() => terminal.out().includes('1 queued'))
    await afterLooks(terminal, 3)
    state.tasks = [done(), done({ id: '22', device: 'pk/b' })]
    state.campaign = campaign({ status: 'completed' })
    expect(await status).toBe(0)
    expect(terminal.out().split('\n')).toEqual([
      'campaign 3: 0 of 2 done: 1 queued, 1 in progress',
      'campaign 3: 2 of 2 done: 2 succeeded',
      'campaign 3 completed: 2 of 2 done: 2 succeeded',
      '',
    ])
  })

  test('in a terminal: a bar that is redrawn in place, and lines that stay for devices that fail', async () => {
    state.tasks = [task({ state: 'in_progress', step: 50 }), task({ id: '22', device: 'pk/b', reason: 'slot' })]
    const { terminal, status } = watching({ tty: true, columns: 90 })
    await terminal.until(() => terminal.out().includes('25 %'))
    expect(terminal.out()).toContain('campaign 3  mcu 1.0.1')
    state.tasks = [failed(), task({ id: '22', device: 'pk/b', reason: 'slot' })]
    ;(await state.admin.stream(1)).send('task', failed(), 1)
    await terminal.until(() => terminal.out().includes('pk/dev1 mcu  failed'))
    state.tasks = [failed(), done({ id: '22', device: 'pk/b' })]
    state.campaign = campaign({ status: 'completed' })
    expect(await status).toBe(4)
    expect(terminal.out()).toContain('\u001b[2A\u001b[J')
    expect(terminal.out()).toContain('\u001b[31m')
  })

  test('NO_COLOR in a terminal still redraws, without colours', async () => {
    state.tasks = [failed()]
    state.campaign = campaign({ status: 'completed' })
    const { terminal, status } = watching({ tty: true, env: { NO_COLOR: '1' } })
    expect(await status).toBe(4)
    expect(terminal.out()).toContain('x pk/dev1')
    expect(terminal.out()).not.toContain('\u001b[3')
  })

  test('a draft is named as such, and watched until it is started', async () => {
    state.campaign = campaign({ status: 'draft' })
    const { terminal, status } = watching()
    await terminal.until(() => terminal.out().includes('fogbell campaign start 3'))
    state.campaign = campaign({ status: 'completed' })
    state.tasks = [done()]
    expect(await status).toBe(0)
  })

  test('with --json: every event as a line, and the end with its outcome', async () => {
    state.tasks = [task({ state: 'in_progress' }), offline({ id: '22', device: 'pk/b' })]
    const { terminal, status } = watching({}, '--json')
    const stream = await state.admin.stream(1)
    stream.send('task', failed(), 1)
    stream.send('device', { device: 'pk/dev1', what: 'connected' }, 2)
    await terminal.until(() => terminal.out() !== '')
    state.tasks = [failed(), offline({ id: '22', device: 'pk/b' })]
    expect(await status).toBe(4)
    const lines = terminal.jsonLines()
    expect(lines[0]).toEqual({ event: 'task', data: failed() })
    expect(lines.at(-1)).toEqual({
      event: 'end',
      data: { outcome: 'unreachable', campaign: record(), failed: [failed()], unreachable: [offline({ id: '22', device: 'pk/b' })] },
    })
    expect(terminal.err()).toBe('')
  })
})
