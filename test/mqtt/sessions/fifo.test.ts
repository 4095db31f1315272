// The queue: it returns what was put in, oldest first, and keeps nothing of what was taken out.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFifo } from '../../../src/mqtt/sessions/fifo.ts'

const steps = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.constant('push') }, { weight: 2, arbitrary: fc.constantFrom('shift', 'clear') }),
  {
    maxLength: 1000,
    size: 'max',
  },
)

test('it does what an array does, whatever is put in and taken out', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const fifo = createFifo<number>()
      const model: number[] = []
      for (const [at, step] of list.entries()) {
        // Rarely cleared, so that it grows beyond what it takes for a small one.
        if (step === 'clear' && at % 50 === 0) {
          fifo.clear()
          model.length = 0
        } else if (step === 'push') {
          fifo.push(at)
          model.push(at)
        } else if (fifo.shift() !== model.shift()) return false
        if (fifo.length !== model.length || fifo.peek() !== model[0]) return false
      }
      return [...fifo].join() === model.join()
    }),
    { numRuns: 50 },
  )
})

test('a queue that is used for long returns everything once and in order', () => {
  const fifo = createFifo<number>()
  const taken: (number | undefined)[] = []
  for (let at = 0; at < 3000; at++) {
    fifo.push(at)
    if (at % 3 > 0) taken.push(fifo.shift())
  }
  while (fifo.length > 0) taken.push(fifo.shift())
  expect(taken).toEqual(Array.from({ length: 3000 }, (_, at) => at))
  expect(fifo.shift()).toBeUndefined()
})

test('a very long queue is emptied in linear, not quadratic time', () => {
  const fifo = createFifo<number>()
  const count = 400_000
  for (let at = 0; at < count; at++) fifo.push(at)
  let sum = 0
  for (let item = fifo.shift(); item !== undefined; item = fifo.shift()) sum += item
  expect(sum).toBe((count * (count - 1)) / 2)
})

/** Runs the garbage collector. */
const collect = (): void => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  gc()
}

test('what was taken out can be freed at once, though others wait behind it', async () => {
  const fifo = createFifo<object>()
  const taken: WeakRef<object>[] = []
  for (let at = 0; at < 40; at++) fifo.push({ at })
  const take = (): void => {
    const item = fifo.shift()
    if (item !== undefined) taken.push(new WeakRef(item))
  }
  for (let at = 0; at < 30; at++) take()
  // A WeakRef keeps its target alive until the end of the turn.
  await new Promise((resolve) => setTimeout(resolve))
  collect()
  expect(taken.filter((item) => item.deref() !== undefined)).toEqual([])
  expect(fifo.length).toBe(10)
})
