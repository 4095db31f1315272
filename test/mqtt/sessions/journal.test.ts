// The journal: what follows a write follows in order, and what could not be written is neither lost nor written too late.

import { expect, test } from 'vitest'
import { createJournal, type Journal } from '../../../src/mqtt/sessions/journal.ts'
import type { SessionOp } from '../../../src/ota/ports/session-rows.ts'
import { memoryRows } from '../../support/mqtt-memory-rows.ts'
import { failWrites, holdWrites } from '../../support/mqtt-sessions-fixture.ts'

const put = (key: string, value = '1'): SessionOp => ({ type: 'put', key, value: Buffer.from(value) })
const remove = (key: string): SessionOp => ({ type: 'del', key })

/** A journal whose outcomes are recorded. */
const open = () => {
  const rows = memoryRows()
  const journal = createJournal(rows)
  const calls: string[] = []
  const write = (name: string, ops: readonly SessionOp[]): void =>
    journal.write(
      ops,
      () => calls.push(`${name} done`),
      () => calls.push(`${name} failed`),
    )
  const stored = (): readonly string[] => Array.from(rows.values, ([key, value]) => `${key}=${Buffer.from(value).toString()}`)
  return { rows, journal, calls, write, stored }
}

/** Waits for deferred writes too, which `settled` tries only once. */
const paid = async (journal: Journal): Promise<void> => {
  do await journal.settled()
  while (!journal.retry())
}

test('with nothing to write and nothing pending, `done` runs at once', () => {
  const { write, calls } = open()
  write('empty', [])
  expect(calls).toEqual(['empty done'])
})

test('with nothing to write, `done` waits for pending writes', async () => {
  const { rows, write, calls, journal } = open()
  const held = holdWrites(rows)
  write('one', [put('a')])
  write('empty', [])
  expect(calls).toEqual([])
  held.pass()
  await journal.settled()
  expect(calls).toEqual(['one done', 'empty done'])
})

test('writes end in the order in which they began, also those that fail and those after them', async () => {
  const { rows, write, calls, journal, stored } = open()
  const held = holdWrites(rows)
  write('one', [put('a')])
  // The next ones are collected, and fail with it.
  await held.reached
  write('two', [put('b')])
  write('empty', [])
  held.fail()
  await journal.settled()
  write('three', [put('c')])
  await journal.settled()
  expect(calls).toEqual(['one failed', 'two failed', 'empty done', 'three done'])
  expect(stored()).toEqual(['c=1'])
})

test('steps that begin during a step end after all earlier ones', async () => {
  const { rows, journal, calls, write } = open()
  const held = holdWrites(rows)
  journal.write(
    [put('a')],
    () => {
      write('inner', [])
      calls.push('outer done')
    },
    () => undefined,
  )
  write('second', [])
  held.pass()
  await journal.settled()
  expect(calls).toEqual(['outer done', 'second done', 'inner done'])
})

test('a deferred write that failed is written before the next write', async () => {
  const { rows, journal, write, stored } = open()
  const free = failWrites(rows)
  journal.writeLater([put('a', 'debt'), put('b')])
  await journal.settled()
  expect(stored()).toEqual([])
  free()
  write('later', [put('a', 'later')])
  await journal.settled()
  expect(stored()).toEqual(['a=later', 'b=1'])
})

test('a deferred write is repeated until it succeeds, and `synced` runs only then', async () => {
  const { rows, journal, calls, stored } = open()
  const free = failWrites(rows)
  journal.writeLater([put('a')], () => calls.push('synced'))
  await journal.settled()
  expect(journal.retry()).toBe(false)
  await journal.settled()
  expect(calls).toEqual([])
  free()
  expect(journal.retry()).toBe(false)
  await journal.settled()
  expect(calls).toEqual(['synced'])
  expect(stored()).toEqual(['a=1'])
  expect(journal.retry()).toBe(true)
})

test('an earlier deferred write never overwrites a later one', async () => {
  const { rows, journal, stored } = open()
  const free = failWrites(rows)
  journal.writeLater([put('a', 'old')])
  await journal.settled()
  free()
  journal.writeLater([remove('a')])
  await paid(journal)
  expect(stored()).toEqual([])
})

test('a deferred write with `synced` is synced; one without it is not', async () => {
  const asked: boolean[] = []
  const rows = memoryRows()
  const commit = (ops: readonly SessionOp[], durable: boolean): Promise<void> => {
    asked.push(durable)
    return rows.commit(ops, durable)
  }
  const journal = createJournal({ ...rows, commit })
  journal.writeLater([put('a')])
  journal.writeLater([put('b')], () => undefined)
  journal.write(
    [put('c')],
    () => undefined,
    () => undefined,
  )
  await journal.settled()
  expect(asked).toEqual([false, true, true])
})

test('what nothing waits for is written together, and before what is written after it', async () => {
  const rows = memoryRows()
  const commits: string[] = []
  const journal = createJournal({
    ...rows,
    commit(ops, durable) {
      commits.push(ops.map(({ key }) => key).join(' '))
      return rows.commit(ops, durable)
    },
  })
  for (const key of ['a', 'b', 'c']) journal.writeLater([put(key)])
  journal.write(
    [put('d')],
    () => undefined,
    () => undefined,
  )
  journal.writeLater([put('e')])
  await journal.settled()
  expect(commits).toEqual(['a b c', 'd', 'e'])
  expect([...rows.values.keys()]).toEqual(['a', 'b', 'c', 'd', 'e'])
})
