// The write buffer: what is written in one turn is sent together, it reports when it is congested and when it is not any more, and a
// client that does not read is disconnected.

import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { createDefer, type WriteBuffer } from '../../src/mqtt/write-buffer.ts'
import { bufferOn } from '../support/duplex-channel.ts'

/** A socket that takes bytes when the test lets it. */
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
  /** A turn for the socket, which reports later what was taken. */
  const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return { socket, written, take: () => due.shift()?.(), tick }
}

const open = () => {
  const { socket, written, take, tick } = slowSocket()
  const clock = { at: 0 }
  const calls: string[] = []
  let due: Pick<WriteBuffer, 'flush'>[] = []
  const owner = {
    progress: () => undefined,
    drained: () => void calls.push('drained'),
    tooSlow: (waiting: number) => void calls.push(`too slow ${waiting}`),
  }
  const writeBuffer = bufferOn(socket, owner, {
    limits: { highBytes: 1000, stallMs: 200, overrunMs: 20 },
    now: () => clock.at,
    sent: () => undefined,
    defer: (buffer) => void due.push(buffer),
  })
  const endTurn = (): void => {
    const now = due
    due = []
    for (const buffer of now) buffer.flush()
  }
  return { socket, written, writeBuffer, clock, calls, endTurn, take, tick }
}

const bytes = (size: number, text = 'x'): Buffer => Buffer.alloc(size, text)

test('what is written in one turn is sent as one piece at its end', () => {
  const { writeBuffer, written, endTurn } = open()
  for (const text of ['a', 'b', 'c']) writeBuffer.write(Buffer.from(text))
  expect([written.length, writeBuffer.waiting]).toEqual([0, 3])
  endTurn()
  expect(written.map(String)).toEqual(['abc'])
})

test('large pieces are sent at once, without copying and in order', () => {
  const { writeBuffer, written, endTurn, take } = open()
  const large = bytes(70_000)
  writeBuffer.write(Buffer.from('a'))
  writeBuffer.write(large)
  writeBuffer.write(Buffer.from('z'))
  endTurn()
  for (let left = 3; left > 0; left--) take()
  expect(Buffer.concat(written).toString()).toBe(`a${large.toString()}z`)
  expect(written).toContain(large)
})

test('flush does not wait for the end of the turn, and the end of the turn sends nothing twice', () => {
  const { writeBuffer, written, endTurn } = open()
  writeBuffer.write(Buffer.from('a'))
  writeBuffer.flush()
  endTurn()
  expect(written.map(String)).toEqual(['a'])
})

test('bytes wait until the system has taken them', async () => {
  const { writeBuffer, endTurn, take, tick } = open()
  writeBuffer.write(bytes(10))
  endTurn()
  expect(writeBuffer.waiting).toBe(10)
  take()
  await tick()
  expect(writeBuffer.waiting).toBe(0)
})

test('it is congested from the limit on, and reports once that it is not any more, at half of the limit', async () => {
  const { writeBuffer, calls, endTurn, take, tick } = open()
  writeBuffer.write(bytes(999))
  expect(writeBuffer.congested).toBe(false)
  endTurn()
  writeBuffer.write(bytes(400))
  expect(writeBuffer.congested).toBe(true)
  endTurn()
  take()
  await tick()
  expect([writeBuffer.waiting, calls]).toEqual([400, ['drained']])
  take()
  await tick()
  expect(calls).toEqual(['drained'])
})

test('`drained` is called only after `congested` was read as true', async () => {
  const { writeBuffer, calls, endTurn, take, tick } = open()
  writeBuffer.write(bytes(5000))
  endTurn()
  take()
  await tick()
  expect(calls).toEqual([])
})

test('a client that reads nothing is disconnected after the stall time, once, with the unsent bytes', () => {
  const { writeBuffer, calls, clock, endTurn } = open()
  writeBuffer.write(bytes(10))
  endTurn()
  clock.at = 200
  writeBuffer.check(clock.at)
  expect(calls).toEqual([])
  clock.at = 201
  writeBuffer.check(clock.at)
  writeBuffer.check(999)
  expect(calls).toEqual(['too slow 10'])
})

test('a client that reads something from time to time is not disconnected', async () => {
  const { writeBuffer, calls, clock, endTurn, take, tick } = open()
  writeBuffer.write(bytes(10))
  endTurn()
  writeBuffer.write(bytes(10))
  endTurn()
  clock.at = 150
  take()
  await tick()
  clock.at = 340
  writeBuffer.check(clock.at)
  expect(calls).toEqual([])
  clock.at = 351
  writeBuffer.check(clock.at)
  expect(calls).toEqual(['too slow 10'])
})

test('an idle connection is never ended, nor is one that is written to after a long time', async () => {
  const { writeBuffer, calls, clock, endTurn, take, tick } = open()
  writeBuffer.write(bytes(1))
  endTurn()
  take()
  await tick()
  clock.at = 10_000
  writeBuffer.check(clock.at)
  writeBuffer.write(bytes(1))
  endTurn()
  writeBuffer.check(clock.at + 100)
  expect(calls).toEqual([])
})

test('once a message found no room, the time limit is shorter', () => {
  const { writeBuffer, calls, clock, endTurn } = open()
  writeBuffer.write(bytes(1200))
  endTurn()
  expect(writeBuffer.congested).toBe(true)
  clock.at = 20
  writeBuffer.overrun()
  expect(calls).toEqual([])
  clock.at = 21
  writeBuffer.overrun()
  expect(calls).toEqual(['too slow 1200'])
})

test('an overrun is reset when the client has read again', async () => {
  const { writeBuffer, calls, clock, endTurn, take, tick } = open()
  writeBuffer.write(bytes(1200))
  endTurn()
  expect(writeBuffer.congested).toBe(true)
  writeBuffer.overrun()
  take()
  await tick()
  writeBuffer.write(bytes(10))
  endTurn()
  clock.at = 150
  writeBuffer.check(clock.at)
  expect(calls).toEqual(['drained'])
})

test('what is written after the end is not sent and not kept', () => {
  const { writeBuffer, clock, endTurn, calls } = open()
  writeBuffer.write(bytes(10))
  endTurn()
  clock.at = 300
  writeBuffer.check(clock.at)
  writeBuffer.write(bytes(500))
  expect([writeBuffer.waiting, calls.length]).toEqual([10, 1])
})

test('what is written to a socket that is gone is not kept', () => {
  const { writeBuffer, socket, endTurn } = open()
  writeBuffer.write(bytes(10))
  socket.destroy()
  endTurn()
  writeBuffer.write(bytes(10))
  expect(writeBuffer.waiting).toBe(0)
})

test('a client that reads reports progress each time', async () => {
  const { socket, take, tick } = slowSocket()
  const progress: number[] = []
  const owner = { progress: () => void progress.push(writeBuffer.waiting), drained: () => undefined, tooSlow: () => undefined }
  const limits = { highBytes: 1000, stallMs: 200, overrunMs: 20 }
  const writeBuffer = bufferOn(socket, owner, { limits, now: () => 0, sent: () => undefined, defer: () => undefined })
  for (const size of [10, 20]) {
    writeBuffer.write(bytes(size))
    writeBuffer.flush()
  }
  take()
  await tick()
  take()
  await tick()
  expect(progress).toEqual([20, 0])
})

test('buffers that share everything but their owner do not affect each other', () => {
  const sent: string[] = []
  const deps = {
    limits: { highBytes: 1000, stallMs: 200, overrunMs: 20 },
    now: () => 0,
    sent: (size: number, packets: number) => void sent.push(`${size} ${packets}`),
    defer: () => undefined,
  }
  const owner = { progress: () => undefined, drained: () => undefined, tooSlow: () => undefined }
  const [one, other] = [slowSocket(), slowSocket()]
  const [first, second] = [bufferOn(one.socket, owner, deps), bufferOn(other.socket, owner, deps)]
  first.write(Buffer.from('a'))
  first.write(Buffer.from('b'), 2)
  expect(second.waiting).toBe(0)
  second.write(Buffer.from('c'))
  first.flush()
  second.flush()
  expect([one.written.map(String), other.written.map(String), sent]).toEqual([['ab'], ['c'], ['1 1', '1 2', '1 1']])
})

test('buffers of one turn are flushed together, and those that this adds in the next', async () => {
  const ran: string[] = []
  const defer = createDefer()
  const done = new Promise<void>((resolve) => {
    const third = (): void => {
      ran.push('third')
      resolve()
    }
    const first = (): void => {
      ran.push('first')
      defer({ flush: third })
    }
    defer({ flush: first })
    defer({ flush: () => void ran.push('second') })
  })
  expect(ran).toEqual([])
  await done
  expect(ran).toEqual(['first', 'second', 'third'])
})
