// Rows that nobody waits for: the last one of a key is what the disk has in the end.

import { expect, test } from 'vitest'
import { createMemory } from '../../src/store/memory.ts'
import { createRowJournal } from '../../src/webhooks/row-journal.ts'
import { createValve } from '../support/store-fixture.ts'

test('a row that is deleted while it is being written is not there in the end', async () => {
  const valve = createValve()
  const disk = createMemory({ gate: valve.gate })
  const journal = createRowJournal(disk, () => 0)
  const release = valve.hold()
  const written: string[] = []
  journal.put('a', 'one', () => void written.push('a'))
  journal.put('b', 'two', () => void written.push('b'))
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
  journal.remove('a')
  release()
  await journal.settled()
  expect([await disk.get('a'), await disk.get('b'), written]).toEqual([undefined, 'two', ['a', 'b']])
})

test('after a failure it is tried again when it is time, and not before', async () => {
  const valve = createValve()
  const disk = createMemory({ gate: valve.gate })
  const clock = { now: 0 }
  const journal = createRowJournal(disk, () => clock.now)
  valve.failing = true
  journal.put('a', 'one')
  await journal.settled()
  valve.failing = false
  clock.now = 999
  journal.tick()
  journal.put('b', 'two')
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
  expect(await disk.get('a')).toBeUndefined()
  clock.now = 1000
  journal.tick()
  await journal.settled()
  expect([await disk.get('a'), await disk.get('b')]).toEqual(['one', 'two'])
})
