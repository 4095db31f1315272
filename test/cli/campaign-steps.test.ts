import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CliAdminFixture, createCliAdminFixture } from '../support/cli-admin-fixture.ts'
import { campaign, counts } from '../support/cli-samples.ts'
import { type CliTerminalFixture, createCliTerminalFixture } from '../support/cli-terminal-fixture.ts'

let admin: CliAdminFixture
let terminal: CliTerminalFixture

beforeEach(async () => {
  admin = await createCliAdminFixture()
  terminal = createCliTerminalFixture({ env: { FOGBELL_SERVER: admin.url, FOGBELL_TOKEN: 'tok' } })
})
afterEach(() => admin.close())

const lastBody = (): unknown => JSON.parse(admin.asked.at(-1)!.body)

describe('fogbell campaign', () => {
  test.each(['start', 'pause', 'resume', 'cancel'])('%s is one POST and shows the status', async (step) => {
    admin.on(`POST /campaigns/3/${step}`, () => ({ json: campaign({ status: 'paused', counts: counts({ succeeded: 1 }) }) }))
    expect(await terminal.run('campaign', step, '3')).toBe(0)
    expect(terminal.out()).toBe('campaign 3 is paused: 1 of 1 done: 1 succeeded\n')
  })

  test('resume after a failed phase says that the phase stays open, and how to continue', async () => {
    const phases = [1, 2].map(() => ({ ...JSON.parse('{"percent":5,"then":"next"}'), counts: counts({ failed: 1 }) }))
    const gate = JSON.parse('{"step":"success","size":1,"finished":1,"against":[]}')
    admin.on('POST /campaigns/3/resume', () => ({ json: campaign({ phase: 1, phases, gate, counts: counts({ failed: 1, queued: 1 }) }) }))
    expect(await terminal.run('campaign', 'resume', '3')).toBe(0)
    expect(terminal.err()).toContain('it stays in phase 1: open the next phase anyway: fogbell campaign next 3, or retry the device')
  })

  test('next shows which phase is open now', async () => {
    const phases = [1, 2].map(() => JSON.parse('{"percent":5,"then":"wait"}'))
    admin.on('POST /campaigns/3/next', () => ({ json: campaign({ phase: 2, phases, counts: counts({ queued: 1 }) }) }))
    expect(await terminal.run('campaign', 'next', '3')).toBe(0)
    expect(terminal.out()).toBe('campaign 3 is running, phase 2 of 2: 0 of 1 done: 1 queued\n')
    expect(await terminal.run('campaign', 'next', '3', '--phase', '2')).toBe(0)
    expect(lastBody()).toEqual({ phase: 2 })
    expect(await terminal.run('campaign', 'next', '3', '--phase', '1')).toBe(2)
  })

  test('cancel --force is sent to the server; without it, the command says that tasks in progress continue', async () => {
    admin.on('POST /campaigns/3/cancel', () => ({ json: campaign({ status: 'canceled', counts: counts({ in_progress: 2 }) }) }))
    await terminal.run('campaign', 'cancel', '3')
    expect(lastBody()).toEqual({ force: false })
    expect(terminal.err()).toBe('2 devices in progress will continue; to end these too: fogbell campaign cancel 3 --force\n')
    admin.on('POST /campaigns/3/cancel', () => ({ json: campaign({ status: 'canceled', counts: counts({ canceled: 2 }) }) }))
    await terminal.run('campaign', 'cancel', '3', '--force')
    expect(lastBody()).toEqual({ force: true })
    expect(terminal.err()).not.toContain('2 devices in progress will continue; to end these too: fogbell campaign cancel 3 --force\n2')
  })

  test('retry says how many', async () => {
    admin.on('POST /campaigns/3/retry', () => ({ json: { retried: 2 } }))
    expect(await terminal.run('campaign', 'retry', '3')).toBe(0)
    expect(terminal.out()).toBe('2 devices will be retried\n')
  })

  test('list and show have the counts', async () => {
    const one = campaign({ status: 'paused', reason: 'operator', counts: counts({ succeeded: 2, skipped: 1, failed: 1, queued: 3 }) })
    admin.on('GET /campaigns', () => ({ json: { items: [one], next: null } }))
    admin.on('GET /campaigns/3', () => ({ json: one }))
    await terminal.run('campaign', 'list')
    expect(terminal.out()).toContain('VERSION  SUCCEEDED  UNSUCCESSFUL  OPEN')
    expect(terminal.out()).toMatch(/^3 +paused +- +pk +mcu +1\.0\.1 +3 +1 +3 +4 min ago +pk mcu 1\.0\.1$/m)
    await terminal.run('campaign', 'show', '3')
    expect(terminal.out()).toContain('status     paused (operator)\n')
    expect(terminal.out()).toContain('abort      pause when 20 % of at least 5 finished devices did not succeed; now 0 of 0\n')
    expect(terminal.out()).toContain('schedule   any time\n')
    expect(terminal.out()).toContain('time-outs  no response 1 d; upgrade: server default; stall 15 min')
    expect(terminal.out()).not.toContain('PHASE  WHICH')
  })

  test('show has phases, windows, rules, and the reason of the status', async () => {
    const phases = [
      JSON.parse('{"tag":"canary","successPercent":95,"minFinished":2,"soakSeconds":3600,"then":"wait"}'),
      JSON.parse('{"percent":100,"successPercent":100,"minFinished":1,"soakSeconds":0,"then":"next"}'),
    ]
    const one = campaign({
      status: 'paused',
      reason: 'phase_failed',
      text: 'phase 1 has 2 of 2 finished, 50 % succeeded of 95 % needed: it has failed',
      phase: 1,
      phases: [
        { ...phases[0], open: true, counts: counts({ succeeded: 1, failed: 1 }), waiting: 0 },
        { ...phases[1], open: false, counts: counts({ queued: 8 }), waiting: 3 },
      ],
      gate: {
        step: 'failed',
        size: 2,
        finished: 2,
        succeededPercent: 50,
        neededPercent: 95,
        minFinished: 2,
        soakEndsAt: null,
        against: ['pk/dev1'],
      },
      abort: [],
      waiting: 3,
      schedule: {
        startAt: null,
        endAt: '2026-04-01T00:00:00.000Z',
        open: false,
        until: '2026-03-01T14:00:00.000Z',
        windows: [{ cron: '0 2 * * *', minutes: 120, timeZone: null }],
      },
    })
    admin.on('GET /campaigns/3', () => ({ json: one }))
    await terminal.run('campaign', 'show', '3')
    for (const line of [
      'status      paused (phase_failed): phase 1 has 2 of 2 finished, 50 % succeeded of 95 % needed: it has failed',
      'waiting     3 devices for other campaigns',
      'lost again  pk/dev1 (rolled back or could not stay connected)',
      'abort       never',
      'rate        50 at once, 1000 a minute',
      "schedule    until 2026-04-01 00:00:00 +00:00; 0 2 * * * for 2 h in the server's time zone (closed; opens in 2 h)",
      'PHASE  WHICH        STATE   DEVICES                                               NEXT PHASE AFTER',
      '1      tag canary   open    2 of 2 done: 1 succeeded, 1 failed                    95 % of at least 2, soak 1 h, then `campaign next`',
      '2      up to 100 %  closed  0 of 8 done: 8 queued, 3 waiting for other campaigns  -',
    ])
      expect(terminal.out().split('\n')).toContain(line)
  })
})
