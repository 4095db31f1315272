import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openTaskOf } from '../../src/ota/rules/open-task.ts'
import { createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

const names = ['a', 'b', 'c', 'd', 'e', 'f']

type Act =
  | { readonly do: 'leave' | 'join' | 'get' | 'fail' | 'begin' | 'succeed'; readonly name: string }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'pause' | 'resume' | 'next' | 'retry' }

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constantFrom('leave' as const, 'join' as const, 'get' as const, 'fail' as const, 'begin' as const, 'succeed' as const),
    name: fc.constantFrom(...names),
  }),
  fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(1, 30, 61, 901, 3600) }),
  fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const, 'next' as const, 'retry' as const) }),
)

const inputs = fc.record({
  phases: fc.constantFrom(
    [],
    [{ percent: 20 }],
    [
      { percent: 20, soakSeconds: 60 },
      { percent: 60, onward: 'wait' as const },
    ],
  ),
  rate: fc.record({ perMinute: fc.constantFrom(1, 3, 1000), maxInProgress: fc.constantFrom(1, 2, 50) }),
  schedule: fc.constantFrom({}, { windows: [{ cron: '0 * * * *', minutes: 30, timeZone: 'UTC' }] }),
  retry: fc.constantFrom({}, { max: 2, delaySeconds: 120 }),
  abort: fc.constantFrom([], [{ percent: 50, minFinished: 2 }]),
  // Offered on request only, so that the answers show what was decided.
  push: fc.constant(false),
})

const check = async (fixture: OtaFixture, campaign: number, device: string): Promise<void> => {
  const task = openTaskOf(fixture.store.reads, device, 'mcu')
  const verdicts = (await fixture.why(device, 'mcu')).filter((verdict) => verdict.campaign === campaign)
  if (task?.state !== 'queued') return
  const reason = fixture.core.operators.tasks.waitReason(task)
  const presence = fixture.core.operators.devices.presence(device)
  const first = verdicts.find(({ ok }) => !ok)?.reason ?? null
  if (presence === 'reachable' || reason === 'paused') expect(first).toBe(reason)
  if (presence !== 'reachable') return
  const before = fixture.sent.length
  const connection = connections.get(device)
  if (connection === undefined) throw new Error(`${device} is not there`)
  await fixture.say(connection, 'firmware.get', { module: 'mcu' })
  expect([device, fixture.sent.length > before]).toEqual([device, verdicts.every(({ ok }) => ok)])
}

let connections = new Map<string, ReturnType<OtaFixture['connect']>>()

test('`why` agrees with what is done: a device that asks gets an update only if every rule allows it', async () => {
  await fc.assert(
    fc.asyncProperty(inputs, fc.array(act, { minLength: 3, maxLength: 25 }), fc.constantFrom(...names), async (input, acts, asked) => {
      connections = new Map()
      const fixture = await createOtaFixture({ settings: { getBurst: 100_000 }, start: Date.parse('2026-05-01T12:10Z') })
      for (const name of names) connections.set(`pk/${name}`, await fixture.known(name))
      const id = await fixture.start(input)
      for (const one of acts) {
        await perform(fixture, id, one).catch((error: unknown) => expect(String(error)).toMatch(/OTA_|campaign/))
        await fixture.settle()
        await check(fixture, id, `pk/${asked}`)
      }
      for (const device of connections.keys()) await check(fixture, id, device)
    }),
    { numRuns: 100 },
  )
}, 60_000)

const perform = async (fixture: OtaFixture, id: number, one: Act): Promise<void> => {
  if (one.do === 'pass') return fixture.pass(one.seconds)
  if (one.do === 'pause') return void (await fixture.core.operators.campaigns.pause(id))
  if (one.do === 'resume') return void (await fixture.core.operators.campaigns.resume(id))
  if (one.do === 'next') return void (await fixture.core.operators.campaigns.nextPhase(id))
  if (one.do === 'retry') return void (await fixture.core.operators.campaigns.retry(id))
  if (!('name' in one)) return
  const device = `pk/${one.name}`
  const connection = connections.get(device)
  if (one.do === 'join') return void connections.set(device, await fixture.join(device))
  if (connection === undefined) return
  if (one.do === 'leave') return fixture.core.disconnected(connection)
  if (fixture.core.operators.devices.presence(device) === 'offline') return
  if (one.do === 'get') return fixture.say(connection, 'firmware.get', { module: 'mcu' })
  if (one.do === 'succeed') return fixture.say(connection, 'version.post', { version: '1.1.0', module: 'mcu' })
  return fixture.say(connection, 'upgrade.post', { step: one.do === 'fail' ? -1 : 10, module: 'mcu' })
}

test('lists every rule in order with its figures', async () => {
  const fixture = await createOtaFixture()
  for (let at = 0; at < 40; at++) connections.set(`pk/d${at}`, await fixture.known(`d${at}`))
  await fixture.start({
    phases: [{ percent: 50, successPercent: 95, minFinished: 20 }],
    abort: [],
    rate: { maxInProgress: 19, perMinute: 19 },
  })
  const notified = fixture.sent.map(({ to }) => to)
  const say = async (device: string): Promise<readonly string[]> =>
    (await fixture.why(device, 'mcu')).map(({ rule, ok, text }) => `${rule}: ${ok ? 'yes' : 'no'}, ${text}`)
  const inPhase = (phase: number): string =>
    [...fixture.store.reads.openTasks()].find((task) => task.state === 'queued' && task.phase === phase)?.device ?? ''
  expect((await say(inPhase(0))).slice(-2)).toEqual([
    'campaign 1 slot: no, 19 of 19 slots are taken; place 1 in the queue',
    `campaign 1 rate: no, 19 of 19 offers a minute are used; the next at ${new Date(fixture.now() + 60_000).toISOString()}`,
  ])
  for (const device of notified.slice(0, 17))
    await fixture.say(connections.get(device)!, 'version.post', { version: '1.1.0', module: 'mcu' })
  await fixture.say(connections.get(notified[17] ?? '')!, 'upgrade.post', { step: -1, module: 'mcu' })
  expect(await say(inPhase(1))).toEqual([
    'presence: yes, connected and subscribed',
    'campaign 1 paused: yes, the campaign is running',
    'campaign 1 schedule: yes, open',
    'campaign 1 phase: no, phase 2 of 2 waits: phase 1 has 18 of 20 finished, 94 % succeeded of 95 % needed, 20 must have finished',
    'campaign 1 retry: yes, attempt 1',
    'campaign 1 busy: yes, 0 of 1 modules of the device are being updated',
    'campaign 1 slot: yes, 1 of 19 slots are taken',
    `campaign 1 rate: no, 19 of 19 offers a minute are used; the next at ${new Date(fixture.now() + 60_000).toISOString()}`,
  ])
  const away = inPhase(1)
  fixture.core.disconnected(connections.get(away)!)
  expect((await say(away))[0]).toBe(`presence: no, offline since ${new Date(fixture.now()).toISOString()}`)
  await expect(createOtaFixture().then((other) => other.why('pk/x', undefined))).rejects.toMatchObject({
    code: 'OTA_DEVICE_UNKNOWN',
  })
})

test('for a device that was notified and fell silent, `why` says when it is notified again', async () => {
  const fixture = await createOtaFixture({ settings: { slotSeconds: 10 } })
  await fixture.known('a')
  await fixture.start()
  await fixture.pass(11)
  const last = async (): Promise<string | undefined> => (await fixture.why('pk/a', undefined)).at(-1)?.text
  expect(await last()).toBe(
    'offered on this connection, no answer since; its slot was released; offered again when it asks, reports or connects again',
  )
  await fixture.pass(60)
  expect(fixture.pushes('pk/a')).toBe(1)
  await fixture.known('a')
  expect(fixture.pushes('pk/a')).toBe(2)
})
