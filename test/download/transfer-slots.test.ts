// Places by a clock that is moved by hand.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTransferSlots, type Transfer } from '../../src/download/transfer-slots.ts'

const here = (): AbortSignal => new AbortController().signal
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Places, and transfers that write down what happens to them: `1a` is the transfer a of task 1. */
const placesFor = (max: number, idleMs = 30_000) => {
  const happened: string[] = []
  const reported: string[] = []
  const unsent = new Map<string, number>()
  const slots = createTransferSlots({
    max,
    idleMs,
    now: () => Date.now(),
    changed: () => reported.push(`${slots.active()} ${slots.waiting()}`),
    turnedAway: (task) => happened.push(`turned away ${task}`),
  })
  const begin = (name: string, left: AbortSignal = here()): Transfer =>
    slots.begin({
      task: Number.parseInt(name, 10),
      left,
      unsent: () => unsent.get(name) ?? 0,
      superseded: () => happened.push(`${name} superseded`),
      cut: () => happened.push(`${name} cut`),
    })
  const hold = async (name: string, transfer: Transfer): Promise<void> => {
    happened.push(`${name} ${(await transfer.hold()) ? 'in' : 'out'}`)
  }
  /** A request that holds or waits. */
  const ask = async (name: string, left: AbortSignal = here()): Promise<Transfer> => {
    const transfer = begin(name, left)
    void hold(name, transfer)
    await vi.advanceTimersByTimeAsync(0)
    return transfer
  }
  /** One whose client has vanished while it is written to. */
  const dead = async (name: string): Promise<Transfer> => {
    unsent.set(name, 65_536)
    const transfer = await ask(name)
    transfer.writing()
    return transfer
  }
  return { slots, happened, reported, unsent, ask, dead, hold }
}

describe('a place', () => {
  test('is waited for as long as the client does', async () => {
    const { slots, happened, ask } = placesFor(1)
    const first = await ask('1a')
    const controller = new AbortController()
    await ask('2a', controller.signal)
    await ask('3a')
    await vi.advanceTimersByTimeAsync(86_400_000)
    expect([happened, slots.active(), slots.waiting()]).toEqual([['1a in'], 1, 2])
    controller.abort()
    first.leave()
    await vi.advanceTimersByTimeAsync(0)
    expect(happened).toEqual(['1a in', '2a out', '3a in'])
    expect([slots.active(), slots.waiting()]).toEqual([1, 0])
  })

  test('is not given to a client that has disconnected already', async () => {
    const { slots, happened, ask } = placesFor(1)
    await ask('1a', AbortSignal.abort())
    expect([happened, slots.active()]).toEqual([['1a out'], 0])
  })

  test('is not waited for once the places are shut', async () => {
    const { slots, happened, ask } = placesFor(1)
    await ask('1a')
    await ask('2a')
    slots.shut()
    await ask('3a')
    expect(happened).toEqual(['1a in', '2a out', '3a out'])
  })

  test('is not needed by a request that is about to be refused', async () => {
    const { slots, happened, ask } = placesFor(1)
    await ask('1a')
    const second = await ask('2a')
    slots.letThrough(2)
    await vi.advanceTimersByTimeAsync(0)
    expect([happened, slots.active(), slots.waiting()]).toEqual([['1a in', '2a in'], 1, 0])
    // It has none: the next write would wait for it.
    expect(second.hold()).toBeInstanceOf(Promise)
  })
})

describe("a task's newer request", () => {
  test('takes over from its own oldest transfer where no place is free, which waits for another one', async () => {
    const { slots, happened, ask, hold } = placesFor(2)
    const first = await ask('1a')
    const other = await ask('2a')
    const second = await ask('1b')
    expect([happened, slots.active()]).toEqual([['1a in', '2a in', '1b in'], 2])
    void hold('1a again', first)
    await vi.advanceTimersByTimeAsync(0)
    // It does not take the place back: two ranges of one device would take turns for ever.
    expect([happened.length, slots.waiting()]).toEqual([3, 1])
    other.leave()
    await vi.advanceTimersByTimeAsync(0)
    expect(happened[3]).toBe('1a again in')
    expect([first.hold(), second.hold()]).toEqual([true, true])
  })

  test('leaves its others alone while there is room', async () => {
    const { happened, ask } = placesFor(4)
    const transfers = [await ask('1a'), await ask('1b'), await ask('1c'), await ask('1d')]
    expect(transfers.map((transfer) => transfer.hold())).toEqual([true, true, true, true])
    expect(happened).toEqual(['1a in', '1b in', '1c in', '1d in'])
  })

  test.each([
    ['that is sent', 10],
    ['that waits', 0],
  ])('ends the oldest of four, one %s', async (_name, max) => {
    const { slots, happened, ask } = placesFor(Math.max(1, max))
    if (max === 0) await ask('2a')
    for (let at = 0; at < 210; at += 1) await ask(`1 ${at}`)
    expect(slots.active() + slots.waiting()).toBe(max === 0 ? 5 : 4)
    expect(happened.filter((what) => what === 'turned away 1').length).toBe(206)
    expect(happened.filter((what) => what.endsWith('superseded')).slice(-2)).toEqual(['1 204 superseded', '1 205 superseded'])
  })
})

describe('a transfer that moves no byte', () => {
  test('gives its place to one that waits after 30 s, and not before', async () => {
    const { happened, ask, dead } = placesFor(1)
    await dead('1a')
    await ask('2a')
    await vi.advanceTimersByTimeAsync(29_500)
    expect(happened).toEqual(['1a in'])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(happened).toEqual(['1a in', '2a in'])
  })

  test('gives it at once to one that comes later, and keeps it if nobody does', async () => {
    const { happened, ask, dead } = placesFor(1)
    const gone = await dead('1a')
    await vi.advanceTimersByTimeAsync(600_000)
    expect(gone.hold()).toBe(true)
    await ask('2a')
    expect(happened).toEqual(['1a in', '2a in'])
  })

  test('is one whose write has not become smaller: a slow client keeps its place', async () => {
    const { happened, ask, dead, unsent } = placesFor(1)
    await dead('1a')
    await ask('2a')
    for (let left = 65_000; left > 60_000; left -= 1_000) {
      await vi.advanceTimersByTimeAsync(25_000)
      unsent.set('1a', left)
    }
    expect(happened).toEqual(['1a in'])
  })

  test('is not one that waits for the disk or the bandwidth', async () => {
    const { happened, ask } = placesFor(1)
    const slow = await ask('1a')
    await ask('2a')
    await vi.advanceTimersByTimeAsync(60_000)
    slow.writing()
    slow.wrote()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(happened).toEqual(['1a in'])
  })

  test('gives it within two seconds once its device is back on a newer connection', async () => {
    const { slots, happened, ask, dead } = placesFor(2)
    await dead('1a')
    const alive = await dead('2a')
    await ask('3a')
    await ask('4a')
    slots.returned(1)
    slots.returned(2)
    alive.wrote()
    alive.writing()
    await vi.advanceTimersByTimeAsync(1_600)
    expect(happened).toEqual(['1a in', '2a in', '3a in'])
  })
})

test('places go round by task, and tasks without one come first', async () => {
  const { happened, ask } = placesFor(1)
  const running = new Map<string, Transfer>()
  for (const name of ['1a', '2a', '2b', '3a', '2c', '4a']) running.set(name, await ask(name))
  for (let at = 0; at < 5; at += 1) {
    running.get(happened[at]?.slice(0, 2) ?? '')?.leave()
    await vi.advanceTimersByTimeAsync(0)
  }
  expect(happened).toEqual(['1a in', '2a in', '3a in', '4a in', '2b in', '2c in'])
})

test('every change of the places is reported: no later event may correct a stale figure', async () => {
  const { reported, ask } = placesFor(1)
  const first = await ask('1a')
  const second = await ask('2a')
  expect(reported.at(-1)).toBe('1 1')
  first.leave()
  await vi.advanceTimersByTimeAsync(0)
  expect(reported.at(-1)).toBe('1 0')
  second.leave()
  expect(reported.at(-1)).toBe('0 0')
})

test('a task that holds a place waits for another one behind those that hold none', async () => {
  const { happened, ask, hold } = placesFor(2)
  const first = await ask('1a')
  const other = await ask('3a')
  const second = await ask('1b')
  void hold('1a again', first)
  await ask('2a')
  other.leave()
  await vi.advanceTimersByTimeAsync(0)
  second.leave()
  await vi.advanceTimersByTimeAsync(0)
  expect(happened).toEqual(['1a in', '3a in', '1b in', '2a in', '1a again in'])
})

test('a transfer that was superseded gets no place any more', async () => {
  const { slots, happened, ask, hold } = placesFor(10)
  const first = await ask('1a')
  for (const name of ['1b', '1c', '1d', '1e']) await ask(name)
  await hold('1a again', first)
  expect(happened.at(-1)).toBe('1a again out')
  expect(slots.active()).toBe(4)
})
