// The way out: what is written in one turn leaves together, it says when it is full and when it is not any more, and who does not
// read is cut.

import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { createDefer, createOutbox } from '../../src/mqtt/outbox.ts'

/** A socket that takes bytes when the test says so. */
const slowSocket = () => {
  const written: Buffer[] = []
  const due: (() => void)[] = []
  const socket = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk)
      due.push(done)
    },
    writev(chunks, done) {
      for (const { chunk } of chunks) written.push(chunk as Buffer)
      due.push(done)
    },
  })
  return { socket, written, take: () => due.shift()?.() }
}

const open = () => {
  const { socket, written, take } = slowSocket()
  const clock = { at: 0 }
  const told: string[] = []
  let jobs: (() => void)[] = []
  const outbox = createOutbox({
    socket,
    limits: { highBytes: 1000, stallMs: 200, overrunMs: 20 },
    now: () => clock.at,
    progress: () => undefined,
    drained: () => told.push('drained'),
    tooSlow: (waiting) => told.push(`too slow ${waiting}`),
    sent: () => undefined,
    defer: (job) => void jobs.push(job),
  })
  const endTurn = (): void => {
    const now = jobs
    jobs = []
    for (const job of now) job()
  }
  /** The socket's own turn: it tells of what was taken later. */
  const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return { socket, written, outbox, clock, told, endTurn, take, tick }
}

const bytes = (size: number, text = 'x'): Buffer => Buffer.alloc(size, text)

test('what is written in one turn leaves as one piece at its end', () => {
  const { outbox, written, endTurn } = open()
  for (const text of ['a', 'b', 'c']) outbox.write(Buffer.from(text))
  expect([written.length, outbox.waiting]).toEqual([0, 3])
  endTurn()
  expect(written.map(String)).toEqual(['abc'])
})

test('large pieces leave at once, uncopied and in order', () => {
  const { outbox, written, endTurn, take } = open()
  const large = bytes(70_000)
  outbox.write(Buffer.from('a'))
  outbox.write(large)
  outbox.write(Buffer.from('z'))
  endTurn()
  for (let left = 3; left > 0; left--) take()
  expect(Buffer.concat(written).toString()).toBe(`a${large.toString()}z`)
  expect(written).toContain(large)
})

test('flush does not wait for the end of the turn, and the end of the turn sends nothing twice', () => {
  const { outbox, written, endTurn } = open()
  outbox.write(Buffer.from('a'))
  outbox.flush()
  endTurn()
  expect(written.map(String)).toEqual(['a'])
})

test('bytes wait until the system has taken them', async () => {
  const { outbox, endTurn, take, tick } = open()
  outbox.write(bytes(10))
  endTurn()
  expect(outbox.waiting).toBe(10)
  take()
  await tick()
  expect(outbox.waiting).toBe(0)
})

test('it is congested from the mark on, and says once that it is not any more, at half of it', async () => {
  const { outbox, told, endTurn, take, tick } = open()
  outbox.write(bytes(999))
  expect(outbox.congested).toBe(false)
  endTurn()
  outbox.write(bytes(400))
  expect(outbox.congested).toBe(true)
  endTurn()
  take()
  await tick()
  expect([outbox.waiting, told]).toEqual([400, ['drained']])
  take()
  await tick()
  expect(told).toEqual(['drained'])
})

test('nobody who was not told that it is congested is told that it is not', async () => {
  const { outbox, told, endTurn, take, tick } = open()
  outbox.write(bytes(5000))
  endTurn()
  take()
  await tick()
  expect(told).toEqual([])
})

test('a client that takes nothing is cut after the stall time, once, with what it left behind', () => {
  const { outbox, told, clock, endTurn } = open()
  outbox.write(bytes(10))
  endTurn()
  clock.at = 200
  outbox.check(clock.at)
  expect(told).toEqual([])
  clock.at = 201
  outbox.check(clock.at)
  outbox.check(999)
  expect(told).toEqual(['too slow 10'])
})

test('a client that takes something from time to time is not cut', async () => {
  const { outbox, told, clock, endTurn, take, tick } = open()
  outbox.write(bytes(10))
  endTurn()
  outbox.write(bytes(10))
  endTurn()
  clock.at = 150
  take()
  await tick()
  clock.at = 340
  outbox.check(clock.at)
  expect(told).toEqual([])
  clock.at = 351
  outbox.check(clock.at)
  expect(told).toEqual(['too slow 10'])
})

test('an idle connection is never cut, nor is one that was written to after a long silence', async () => {
  const { outbox, told, clock, endTurn, take, tick } = open()
  outbox.write(bytes(1))
  endTurn()
  take()
  await tick()
  clock.at = 10_000
  outbox.check(clock.at)
  outbox.write(bytes(1))
  endTurn()
  outbox.check(clock.at + 100)
  expect(told).toEqual([])
})

test('once a message had no room, the patience is shorter', () => {
  const { outbox, told, clock, endTurn } = open()
  outbox.write(bytes(1200))
  endTurn()
  expect(outbox.congested).toBe(true)
  clock.at = 20
  outbox.overrun()
  expect(told).toEqual([])
  clock.at = 21
  outbox.overrun()
  expect(told).toEqual(['too slow 1200'])
})

test('an overrun is forgiven when the client has read on', async () => {
  const { outbox, told, clock, endTurn, take, tick } = open()
  outbox.write(bytes(1200))
  endTurn()
  expect(outbox.congested).toBe(true)
  outbox.overrun()
  take()
  await tick()
  outbox.write(bytes(10))
  endTurn()
  clock.at = 150
  outbox.check(clock.at)
  expect(told).toEqual(['drained'])
})

test('what is written after the cut goes nowhere and is not kept', () => {
  const { outbox, clock, endTurn, told } = open()
  outbox.write(bytes(10))
  endTurn()
  clock.at = 300
  outbox.check(clock.at)
  outbox.write(bytes(500))
  expect([outbox.waiting, told.length]).toEqual([10, 1])
})

test('what is written to a socket that is gone is not kept', () => {
  const { outbox, socket, endTurn } = open()
  outbox.write(bytes(10))
  socket.destroy()
  endTurn()
  outbox.write(bytes(10))
  expect(outbox.waiting).toBe(0)
})

test('jobs of one turn run together, those that they begin in the next', async () => {
  const ran: string[] = []
  const defer = createDefer()
  const done = new Promise<void>((resolve) => {
    defer(() => {
      ran.push('first')
      defer(() => {
        ran.push('third')
        resolve()
      })
    })
    defer(() => ran.push('second'))
  })
  expect(ran).toEqual([])
  await done
  expect(ran).toEqual(['first', 'second', 'third'])
})
