// The private members of Aedes that the broker uses: these tests fail when they change, and show what must be verified again.

import { Aedes } from 'aedes'
import { expect, onTestFinished, test, vi } from 'vitest'
import { dropPublishes, listOf, verifiedWith } from '../../src/mqtt/aedes-private.ts'
import { type ClientList, createClientList } from '../../src/mqtt/client-list.ts'
import { createRecordingLog, type LogEntry } from '../support/recording-log.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const open = async () => {
  const engine = await Aedes.createBroker()
  onTestFinished(() => engine.close())
  return { engine, list: listOf(engine) }
}

const roll = (engine: Aedes): readonly (readonly [id: string, member: unknown])[] =>
  Object.entries((engine as unknown as { clients: Readonly<Record<string, unknown>> }).clients)

interface Member {
  readonly id: string
  closed: boolean
  close(done: () => void): void
  /** Its end is handled, whoever closed it. */
  leave(): void
}

/** A connection whose end is handled when the test says so. */
const createMember = (id: string, list: Pick<ClientList, 'unregister'>): Member => {
  const waiting: (() => void)[] = []
  let isGone = false
  const member: Member = {
    id,
    closed: false,
    close(done) {
      member.closed = true
      if (isGone) done()
      else waiting.push(done)
    },
    leave() {
      member.closed = true
      list.unregister(member)
      isGone = true
      for (const done of waiting.splice(0)) done()
    },
  }
  return member
}

test('it is the version that all of this was verified with', async () => {
  const { engine } = await open()
  expect(Reflect.get(engine, 'version')).toBe(verifiedWith)
})

test('a client that is closed already is not listed, and does not disconnect another', async () => {
  const { engine, list } = await open()
  const [listed, late, alone] = [createMember('c', list), createMember('c', list), createMember('d', list)]
  list.register(listed)
  late.closed = true
  alone.closed = true
  list.register(late)
  list.register(alone)
  expect([roll(engine), listed.closed]).toEqual([[['c', listed]], false])
  listed.leave()
})

test('a newer client of the same id is listed once the older one is closed', async () => {
  const { engine, list } = await open()
  const [older, newer, other] = [createMember('c', list), createMember('c', list), createMember('d', list)]
  list.register(older)
  list.register(other)
  list.register(newer)
  expect([older.closed, newer.closed, other.closed]).toEqual([true, false, false])
  expect(roll(engine)).toEqual([
    ['c', older],
    ['d', other],
  ])
  older.leave()
  expect(Object.fromEntries(roll(engine))).toEqual({ c: newer, d: other })
  for (const member of [newer, other]) member.leave()
  expect([roll(engine), engine.connectedClients]).toEqual([[], 0])
})

test('a client that closed while its predecessor was being closed is not listed', async () => {
  const { engine, list } = await open()
  const [older, newer] = [createMember('c', list), createMember('c', list)]
  list.register(older)
  list.register(newer)
  newer.leave()
  expect(roll(engine)).toEqual([['c', older]])
  older.leave()
  expect([roll(engine), engine.connectedClients]).toEqual([[], 0])
})

test('of two newer clients that come while the older one is being closed, one stays connected', async () => {
  const { engine, list } = await open()
  const [older, newer, newest] = [createMember('c', list), createMember('c', list), createMember('c', list)]
  list.register(older)
  list.register(newer)
  list.register(newest)
  older.leave()
  const closed = [newer, newest].filter((each) => each.closed)
  for (const each of closed) each.leave()
  const left = [newer, newest].filter((each) => !closed.includes(each))
  expect([left.length, roll(engine)]).toEqual([1, [['c', left[0]]]])
  left[0]?.leave()
  expect([roll(engine), engine.connectedClients]).toEqual([[], 0])
})

test('a client that leaves removes no entry but its own', async () => {
  const { engine, list } = await open()
  const [older, newer] = [createMember('c', list), createMember('c', list)]
  list.register(older)
  list.register(newer)
  older.leave()
  older.leave()
  list.unregister(createMember('c', list))
  list.unregister(createMember('unknown', list))
  expect(roll(engine)).toEqual([['c', newer]])
  newer.leave()
})

test('nothing that the engine publishes reaches anybody', async () => {
  const { engine, list } = await open()
  const came: unknown[] = []
  const deliver = (packet: unknown, done: () => void): void => {
    came.push(packet)
    done()
  }
  await new Promise<void>((resolve) => engine.subscribe('#', deliver, resolve))
  await new Promise<void>((resolve) => engine.subscribe('$SYS/#', deliver, resolve))
  const publish = (topic: string): Promise<void> =>
    new Promise((resolve) => engine.publish({ cmd: 'publish', topic, payload: 'x', qos: 0, retain: false, dup: false }, () => resolve()))
  await publish('before')
  expect(came).toHaveLength(1)
  dropPublishes(engine)
  await publish('after')
  const member = createMember('c', list)
  list.register(member)
  member.leave()
  await turn()
  await turn()
  expect(came).toHaveLength(1)
})

test('closing the list closes all that are listed, and waits for them', async () => {
  const log: LogEntry[] = []
  const list = await createClientList(createRecordingLog(log))
  const members = ['a', 'b', 'c'].map((id) => createMember(id, list))
  for (const member of members) list.register(member)
  const gone = createMember('gone', list)
  list.register(gone)
  gone.leave()
  gone.closed = false
  let isDone = false
  list.close(() => {
    isDone = true
  })
  await turn()
  expect([members.map(({ closed }) => closed), gone.closed]).toEqual([[true, true, true], false])
  const [first, ...others] = members
  for (const member of others) member.leave()
  await turn()
  expect(isDone).toBe(false)
  first?.leave()
  await vi.waitUntil(() => isDone)
  expect(log).toEqual([])
})

test('a list that nothing is listed in is closed at once', async () => {
  const list = await createClientList(createRecordingLog([]))
  await new Promise<void>((resolve) => list.close(resolve))
})
