import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PhaseInput } from '../../src/ota/inputs.ts'
import { emptyTally, isOpen, type Task } from '../../src/ota/model.ts'
import type { Connection } from '../../src/ota/ports/mqtt.ts'
import type { Store } from '../../src/ota/ports/store.ts'
import { judgedPhase } from '../../src/ota/rules/counts.ts'
import { sentence } from '../../src/sentences/sentence.ts'
import { createMemory } from '../../src/store/memory.ts'
import { addFirmware, createOtaFixture, type OtaFixture } from '../support/ota-fixture.ts'

type Act =
  | { readonly do: 'join' | 'leave' | 'get'; readonly device: number }
  | { readonly do: 'version'; readonly device: number; readonly version: string }
  | { readonly do: 'progress'; readonly device: number; readonly step: number; readonly task: number | undefined }
  | { readonly do: 'bytes'; readonly task: number; readonly bytes: number }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'cancel' | 'push'; readonly task: number }
  | { readonly do: 'restart' | 'pause' | 'resume' | 'retry' | 'next' | 'break' | 'mend' }

const device = fc.integer({ min: 0, max: 2 })
const task = fc.integer({ min: 1, max: 8 })
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'leave' as const, 'get' as const), device }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('version' as const), device, version: fc.constantFrom('1.0.0', '1.1.0', '0.9.0') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('progress' as const),
      device,
      step: fc.constantFrom(0, 50, 99, 100, 100, -1, -2, -5, 101),
      task: fc.option(task, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('bytes' as const), task, bytes: fc.constantFrom(1, 500, 1000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(1, 61, 301, 901, 3601, 86_401) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'push' as const), task }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'restart' as const,
        'pause' as const,
        'resume' as const,
        'retry' as const,
        'next' as const,
        'break' as const,
        'mend' as const,
      ),
    }),
  },
)

interface World {
  fixture: OtaFixture
  readonly disk: ReturnType<typeof createMemory>
  readonly connections: (Connection | undefined)[]
  readonly campaign: number
  broken: boolean
}

const createWorld = async (phases: readonly PhaseInput[]): Promise<World> => {
  const gate = async (): Promise<void> => {
    if (world?.broken === true) throw new Error('disk full')
  }
  let world: World | undefined
  const disk = createMemory({ gate })
  const fixture = await createOtaFixture({ disk })
  await addFirmware(fixture)
  const { id } = await fixture.core.operators.campaigns.create({
    firmware: 1,
    rate: { maxInProgress: 2 },
    target: { continuous: true },
    phases,
    retry: { max: 2, delaySeconds: 30, onTimeout: true },
  })
  await fixture.core.operators.campaigns.start(id)
  world = { fixture, disk, connections: [], campaign: id, broken: false }
  return world
}

const deviceSays = async (world: World, index: number, method: string, params: object): Promise<void> => {
  const connection = world.connections[index]
  if (connection === undefined) return
  await world.fixture.core.receive(connection, 'ota', [Buffer.from(JSON.stringify({ id: 1, version: '1.0', method, params }))])
}

const perform = async (world: World, one: Act): Promise<void> => {
  const { core } = world.fixture
  switch (one.do) {
    case 'join':
      world.connections[one.device] = await world.fixture.join(`pk/d${one.device}`)
      return
    case 'leave': {
      const connection = world.connections[one.device]
      if (connection !== undefined) core.disconnected(connection)
      world.connections[one.device] = undefined
      return
    }
    case 'get':
      return deviceSays(world, one.device, 'firmware.get', { module: 'mcu' })
    case 'version':
      return deviceSays(world, one.device, 'version.post', { version: one.version, module: 'mcu' })
    case 'progress':
      return deviceSays(world, one.device, 'upgrade.post', { step: one.step, module: 'mcu', task_id: one.task })
    case 'bytes':
      core.served({ task: one.task, bytes: one.bytes, complete: one.bytes === 1000, sure: true, quietMs: 0 })
      return
    case 'pass':
      return world.fixture.pass(one.seconds)
    case 'cancel':
      return void (await core.operators.tasks.cancel(one.task))
    case 'push':
      return void (await core.operators.tasks.push(one.task))
    case 'restart':
      world.fixture = await world.fixture.restart()
      world.connections.length = 0
      return
    case 'pause':
      return void (await core.operators.campaigns.pause(world.campaign))
    case 'resume':
      return void (await core.operators.campaigns.resume(world.campaign))
    case 'retry':
      return void (await core.operators.campaigns.retry(world.campaign))
    case 'next':
      return void (await core.operators.campaigns.nextPhase(world.campaign))
    case 'break':
      world.broken = true
      return
    case 'mend':
      world.broken = false
  }
}

/** Errors of the act, and of all that it has caused: an act that fails is waited for too, or its errors would be taken for those of the next. */
const errorsOf = async (world: World, one: Act): Promise<readonly unknown[]> => {
  const errors: unknown[] = []
  await perform(world, one).catch((error: unknown) => errors.push(error))
  await world.fixture.settle().catch((error: unknown) => errors.push(error))
  return errors
}

const allTasks = async (store: Store): Promise<readonly Task[]> => (await store.queries.tasks({ allAttempts: true, limit: 1000 })).items

const checkTally = (world: World, tasks: readonly Task[]): void => {
  const counts = { ...emptyTally, skipped: world.fixture.store.reads.tally(world.campaign).skipped }
  for (const one of tasks) if (one.newest) counts[one.state] += 1
  expect(world.fixture.store.reads.tally(world.campaign)).toEqual(counts)
}

/** The counts of phases are those of their tasks, and add up to the campaign's. */
const checkPhases = (world: World, tasks: readonly Task[]): void => {
  const { store } = world.fixture
  for (const [phase] of store.reads.campaign(world.campaign)?.phases.entries() ?? []) {
    const counts = { ...emptyTally }
    for (const one of tasks) if (one.newest && one.phase === phase) counts[one.state] += 1
    expect(store.reads.tally(world.campaign, phase)).toEqual(counts)
  }
}

/** Abort rules count, of each device, the last attempt that ended in this era. */
const checkJudged = (world: World, tasks: readonly Task[]): void => {
  const { store } = world.fixture
  const era = store.reads.campaign(world.campaign)?.era
  const last = new Map<string, Task>()
  for (const one of tasks) {
    const current = last.get(one.device)
    const isJudged = !isOpen(one.state) && one.state !== 'canceled' && one.judged?.era === era
    if (isJudged && (current === undefined || (one.endedAt ?? 0) >= (current.endedAt ?? 0))) last.set(one.device, one)
  }
  const counts = { ...emptyTally }
  for (const one of last.values()) counts[one.state] += 1
  expect(store.reads.tally(world.campaign, judgedPhase)).toEqual(counts)
}

const checkSlots = (tasks: readonly Task[]): void => {
  for (const one of tasks) if (one.slot) expect(['notified', 'in_progress']).toContain(one.state)
}

const checkOneOpen = (tasks: readonly Task[]): void => {
  const open = tasks.filter((one) => isOpen(one.state)).map((one) => `${one.device} ${one.module}`)
  expect(new Set(open).size).toBe(open.length)
}

const checkAbsorbed = (before: readonly Task[], after: readonly Task[]): void => {
  for (const old of before) {
    const now = after.find((one) => one.id === old.id)
    if (now === undefined) throw new Error(`task ${old.id} is lost`)
    if (isOpen(old.state) || now.state === old.state) continue
    expect([old.state === 'timed_out' || old.reason === 'rolled_back', now.reason]).toEqual([true, 'late'])
  }
}

/** Errors that an act may end with: operators are refused, and a full disk records nothing. */
const refused = /OTA_(STORE_FAILED|TASK_UNKNOWN|TASK_CLOSED|TASK_BUSY|CAMPAIGN_STATE|DEVICE_UNREACHABLE)/

test('the invariants hold under random reports, reconnects, time-outs, restarts and full disks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom([], [{ percent: 40, soakSeconds: 60 }, { percent: 100 }]),
      fc.array(act, { minLength: 5, maxLength: 40 }),
      async (phases, acts) => {
        const world = await createWorld(phases)
        let before: readonly Task[] = []
        for (const one of acts) {
          if (one.do === 'restart') world.broken = false
          for (const error of await errorsOf(world, one))
            expect(error instanceof Error && 'code' in error ? error.code : String(error)).toMatch(world.broken ? /OTA_|logged/ : refused)
          const tasks = await allTasks(world.fixture.store)
          checkOneOpen(tasks)
          checkTally(world, tasks)
          checkPhases(world, tasks)
          checkSlots(tasks)
          checkJudged(world, tasks)
          checkAbsorbed(before, tasks)
          before = tasks
        }
        world.broken = false
        const again = await world.fixture.restart()
        // A restart is a disconnect: notified devices have lost their slots. Nothing else changes.
        const lost = before.map((one) => {
          const history = [...one.history, { at: again.now(), state: 'notified', said: sentence('note_disconnected') }]
          return one.state === 'notified' && one.slot ? { ...one, rev: one.rev + 1, slot: false, history } : one
        })
        expect(await allTasks(again.store)).toEqual(lost)
      },
    ),
    { numRuns: 150 },
  )
})

test('an offer is on disk before its message is sent', async () => {
  const disk = createMemory()
  const fixture = await createOtaFixture({ disk })
  await addFirmware(fixture)
  const { id } = await fixture.core.operators.campaigns.create({ firmware: 1, target: { continuous: true } })
  await fixture.core.operators.campaigns.start(id)
  const stored: string[] = []
  fixture.wire.onSend = (message) => stored.push(disk.peek(`open/${String(message.params['task_id']).padStart(10, '0')}`) ?? 'nothing')
  for (let i = 0; i < 5; i++) {
    const connection = await fixture.join(`pk/d${i}`)
    await fixture.say(connection, 'version.post', { version: '1.0.0', module: 'mcu' })
  }
  expect(stored.map((text) => (JSON.parse(text) as Task).state)).toEqual(Array(5).fill('notified'))
})
