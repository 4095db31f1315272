import { beforeEach, describe, expect, test } from 'vitest'
import { problem } from '../support/cli-admin-fixture.ts'
import { campaign, task } from '../support/cli-samples.ts'
import { createCliWatchFixture, done, failed, offline } from '../support/cli-watch-fixture.ts'

const { state, record, afterLooks, watching } = createCliWatchFixture()

describe('the end of a watch', () => {
  test('is 0 when all have succeeded', async () => {
    state.campaign = campaign({ status: 'completed' })
    state.tasks = [done()]
    state.skipped = 2
    const { terminal, status } = watching()
    expect(await status).toBe(0)
    expect(terminal.out()).toContain('campaign 3 completed: 1 of 1 done: 1 succeeded, 2 up to date already\n')
  })

  test('is 4 when some have not, each with a line of its own', async () => {
    state.campaign = campaign({ status: 'completed' })
    state.tasks = [done(), failed({ id: '22', device: 'pk/设备' }), task({ id: '23', device: 'pk/c', state: 'timed_out', reason: 'stall' })]
    const { terminal, status } = watching()
    expect(await status).toBe(4)
    expect(terminal.out()).toContain('x pk/设备 mcu  failed: verify_error, step -3, "md5"\n')
    expect(terminal.out()).toContain('x pk/c mcu  timed out: stall\n')
  })

  test('is 4 when the campaign was canceled, also with nothing lost', async () => {
    state.campaign = campaign({ status: 'canceled' })
    expect(await watching().status).toBe(4)
  })

  test.each([
    ['operator', null, ''],
    ['aborted', '2 of 5 finished failed', 'why: 2 of 5 finished failed\n'],
    ['expired', 'its end, 2026-03-01T11:00:00.000Z, has come', 'why: its end, 2026-03-01 11:00:00 +00:00, has come\n'],
  ])('says why it was canceled: %s', async (reason, text, why) => {
    state.campaign = campaign({ status: 'canceled', reason, text })
    state.tasks = [done()]
    const { terminal, status } = watching()
    expect(await status).toBe(4)
    expect(terminal.out()).toContain(`campaign 3 canceled (${reason}): 1 of 1 done: 1 succeeded\n${why}`)
  })

  test('comes when the campaign completes, by an event', async () => {
    state.tasks = [task({ state: 'in_progress', step: 10 })]
    const { status } = watching()
    const stream = await state.admin.stream(1)
    expect(stream.query.get('campaign')).toBe('3')
    state.tasks = [done()]
    state.campaign = campaign({ status: 'completed' })
    stream.send('task', done(), 1)
    stream.send('campaign', record(), 2)
    expect(await status).toBe(0)
  })

  test('comes also without an event', async () => {
    state.tasks = [task({ state: 'in_progress', step: 10 })]
    const { terminal, status } = watching()
    await state.admin.stream(1)
    await afterLooks(terminal, 2)
    state.tasks = [done()]
    state.campaign = campaign({ status: 'completed' })
    expect(await status).toBe(0)
  })

  test('does not come between a failure and its retry', async () => {
    state.campaign = campaign({ target: { ...campaign().target, continuous: true } })
    state.tasks = [failed()]
    const { terminal, status } = watching({}, '--until-idle')
    await state.admin.stream(1)
    await terminal.until(() => terminal.out().includes('failed'))
    const since = terminal.io.now()
    await terminal.until(() => terminal.io.now() > since)
    await afterLooks(terminal, 1)
    state.tasks = [task({ id: '30', state: 'queued', reason: 'retry', attempt: 2 })]
    await afterLooks(terminal, 3)
    state.tasks = [done({ id: '30', attempt: 2 })]
    expect(await status).toBe(0)
  })

  test('does not come while the tasks of a large campaign are being created', async () => {
    state.campaign = campaign({ code: 'tasks_being_made' })
    state.skipped = 2
    const { terminal, status } = watching()
    await state.admin.stream(1)
    await afterLooks(terminal, 10)
    expect(terminal.out()).toContain('campaign 3: its tasks are being created\n')
    state.campaign = campaign({ status: 'completed' })
    state.tasks = [done()]
    expect(await status).toBe(0)
    expect(terminal.out()).toContain('campaign 3 completed: 1 of 1 done: 1 succeeded, 2 up to date already\n')
  })

  test('is not concluded from an event older than the known record', async () => {
    state.tasks = [failed()]
    const { terminal, status } = watching()
    const stream = await state.admin.stream(1)
    await terminal.until(() => terminal.out().includes('x pk/dev1'))
    stream.send('task', task({ state: 'in_progress', step: 90 }), 1)
    stream.send('task', failed(), 2)
    await afterLooks(terminal, 2)
    state.campaign = campaign({ status: 'completed' })
    expect(await status).toBe(4)
    expect(terminal.out().split('x pk/dev1')).toHaveLength(2)
  })
})

describe('a campaign that a rule has paused', () => {
  const text = '2 of 5 finished failed; paused by the rule: 20 % of at least 5 devices; `fogbell campaign resume 3` continues it'
  const paused = { status: 'paused', reason: 'aborted', text } as const

  test('ends the watch with 4 once nothing is in progress any more, and says what to do', async () => {
    state.tasks = [failed(), task({ id: '22', device: 'pk/b', state: 'in_progress' }), task({ id: '23', device: 'pk/c', reason: 'paused' })]
    const { terminal, status } = watching()
    await state.admin.stream(1)
    state.campaign = campaign(paused)
    await afterLooks(terminal, 10)
    expect(terminal.out()).toContain(`campaign 3: paused (aborted): ${text}; to end it: fogbell campaign cancel 3\n`)
    state.tasks = [failed(), done({ id: '22', device: 'pk/b' }), task({ id: '23', device: 'pk/c', reason: 'paused' })]
    expect(await status).toBe(4)
    expect(terminal.out()).toContain('campaign 3 paused: 2 of 3 done: 1 succeeded, 1 failed, 1 queued\n')
    expect(terminal.out()).toContain('1 device waits for an operator; to continue: fogbell campaign resume 3\n')
  })

  test('is followed further if an operator resumes it soon', async () => {
    state.campaign = campaign(paused)
    state.tasks = [failed(), task({ id: '23', device: 'pk/c', reason: 'paused' })]
    const { terminal, status } = watching()
    await afterLooks(terminal, 3)
    state.campaign = campaign()
    state.tasks = [failed(), task({ id: '23', device: 'pk/c', state: 'in_progress' })]
    await afterLooks(terminal, 10)
    state.tasks = [failed(), done({ id: '23', device: 'pk/c' })]
    state.campaign = campaign({ status: 'completed' })
    expect(await status).toBe(4)
    expect(terminal.out()).toContain('campaign 3 completed: 2 of 2 done')
  })

  test('is in the JSON output', async () => {
    state.campaign = campaign(paused)
    state.tasks = [task({ reason: 'paused' })]
    const { terminal, status } = watching({}, '--json')
    expect(await status).toBe(4)
    expect(terminal.jsonLines().at(-1)).toMatchObject({ event: 'end', data: { outcome: 'stopped', unreachable: [] } })
  })
})

describe('a continuous campaign', () => {
  beforeEach(() => {
    state.campaign = campaign({ target: { ...campaign().target, continuous: true } })
  })

  test('until idle: without devices is waited for, and ends with the first that is done', async () => {
    const { terminal, status } = watching({}, '--until-idle')
    await terminal.until(() => terminal.out().includes('waiting for the first one'))
    await afterLooks(terminal, 10)
    state.tasks = [task({ state: 'in_progress' })]
    await afterLooks(terminal, 2)
    state.tasks = [done()]
    expect(await status).toBe(0)
    expect(terminal.out()).toContain('campaign 3 continues for devices that appear later\n')
  })

  test('until idle: whose devices all have the version already is done', async () => {
    state.skipped = 2
    expect(await watching({}, '--until-idle').status).toBe(0)
  })

  test('is watched further when all are done, and when the rest cannot be reached, until it ends', async () => {
    state.tasks = [done()]
    const { terminal, status } = watching()
    await terminal.until(() => terminal.out().includes('all known devices are done; waiting for devices that appear later'))
    const since = terminal.io.now()
    await terminal.until(() => terminal.io.now() > since + 30_000)
    state.tasks = [done(), offline({ id: '22', device: 'pk/b' })]
    const until = terminal.io.now() + 90_000
    await terminal.until(() => terminal.io.now() > until)
    expect(terminal.out()).not.toContain('cannot be reached')
    state.tasks = [done(), done({ id: '22', device: 'pk/b' })]
    state.campaign = { ...state.campaign, status: 'canceled', reason: 'operator' }
    expect(await status).toBe(4)
    expect(terminal.out()).toContain('campaign 3 canceled (operator): 2 of 2 done: 2 succeeded\n')
  })

  test('is watched further until Ctrl-C, which leaves it running', async () => {
    state.tasks = [done()]
    const { terminal, status } = watching()
    await terminal.until(() => terminal.out().includes('all known devices are done'))
    await afterLooks(terminal, 10)
    terminal.signal('SIGINT')
    expect(await status).toBe(130)
    expect(terminal.err()).toContain('campaign 3 is still running on the server')
  })

  test('that a rule pauses ends the watch', async () => {
    state.campaign = { ...state.campaign, status: 'paused', reason: 'aborted', text: 'too many' }
    state.tasks = [failed()]
    expect(await watching().status).toBe(4)
  })
})

describe('the connection', () => {
  test('that is lost is resumed after the last event, and nothing is read again', async () => {
    state.tasks = [task({ state: 'in_progress' })]
    const { terminal, status } = watching()
    const first = await state.admin.stream(1)
    first.send('task', task({ state: 'in_progress', step: 5 }), 41)
    await afterLooks(terminal, 2)
    first.drop()
    const second = await state.admin.stream(2)
    expect(second.lastId).toBe('41')
    state.campaign = campaign({ status: 'completed' })
    state.tasks = [done()]
    expect(await status).toBe(0)
    expect(terminal.out()).toContain('connection to the server lost')
  })

  test('to a restarted server is opened again, and everything is read again after a reset', async () => {
    state.tasks = [task({ state: 'in_progress' })]
    const { terminal, status } = watching()
    const first = await state.admin.stream(1)
    first.send('task', task({ state: 'in_progress', step: 5 }), 41)
    await afterLooks(terminal, 2)
    state.admin.refusals.push(
      problem(503, 'OTA_STOPPING', 'the server is stopping'),
      problem(503, 'OTA_STOPPING', 'the server is stopping'),
    )
    first.drop()
    const second = await state.admin.stream(2)
    state.tasks = [failed(), task({ id: '22', device: 'pk/b', state: 'in_progress' })]
    second.send('reset', {}, 7)
    await terminal.until(() => terminal.out().includes('x pk/dev1'))
    state.tasks = [failed(), done({ id: '22', device: 'pk/b' })]
    state.campaign = campaign({ status: 'completed' })
    expect(await status).toBe(4)
  })

  test('of a campaign that does not exist is refused at once', async () => {
    state.admin.refusals.push(problem(404, 'OTA_CAMPAIGN_UNKNOWN', 'there is no campaign 3'))
    const { terminal, status } = watching()
    expect(await status).toBe(1)
    expect(terminal.err()).toContain('fogbell campaign list')
  })

  test('that is refused later ends the watch with that refusal', async () => {
    state.tasks = [task({ state: 'in_progress' })]
    const { terminal, status } = watching()
    const first = await state.admin.stream(1)
    await afterLooks(terminal, 1)
    state.admin.refusals.push(problem(401, 'OTA_UNAUTHORIZED', 'the token was changed'))
    first.drop()
    expect(await status).toBe(1)
    expect(terminal.err()).toContain('the token was changed')
  })

  test('to a server that stays unreachable is given up with 3', async () => {
    state.tasks = [task({ state: 'in_progress' })]
    const { terminal, status } = watching()
    await state.admin.stream(1)
    await afterLooks(terminal, 1)
    await state.admin.close()
    expect(await status).toBe(3)
    expect(terminal.err()).toContain('gave up waiting')
  })

  test('that does not answer with a stream is another server', async () => {
    state.admin.refusals.push({ status: 200, text: 'hello' })
    const { terminal, status } = watching()
    expect(await status).toBe(1)
    expect(terminal.err()).toContain('did not answer with a stream of events')
  })
})
