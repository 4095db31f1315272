// Work that comes in masses: in portions, with turns of the event loop between them.

import { expect, test } from 'vitest'
import { createPortions } from '../../src/mqtt/portions.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const open = (perTurn: number) => {
  const ran: number[] = []
  const between: number[] = []
  const portion = createPortions(perTurn, () => between.push(ran.length))
  return { ran, between, portion, come: (count: number) => Array.from({ length: count }, (_, at) => portion(() => ran.push(at))) }
}

test('a job runs at once while its turn has room', () => {
  const { ran, come } = open(3)
  come(3)
  expect(ran).toEqual([0, 1, 2])
})

test('jobs that come together run in their order, no more than a portion in each turn', async () => {
  const { ran, come } = open(2)
  come(7)
  const after = [ran.length]
  while (ran.length < 7) {
    await turn()
    after.push(ran.length)
  }
  expect(after).toEqual([2, 4, 6, 7])
  expect(ran).toEqual([0, 1, 2, 3, 4, 5, 6])
})

test('a job does not overtake those that wait', async () => {
  const { ran, portion, come } = open(2)
  come(3)
  await turn()
  portion(() => ran.push(9))
  expect(ran).toEqual([0, 1, 2, 9])
})

test('what was left for the end of the turn is done after each portion that comes', () => {
  const { between, come } = open(2)
  come(6)
  expect(between).toHaveLength(3)
})
