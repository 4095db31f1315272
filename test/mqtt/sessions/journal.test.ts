// The journal: what follows a write follows it in order, and what could not be written is neither forgotten nor written too late.

import { expect, test } from 'vitest'
import { createJournal, type Journal } from '../../../src/mqtt/sessions/journal.ts'
import type { SessionOp } from '../../../src/ota/ports/session-rows.ts'
import { failWrites, holdWrites } from './hall.ts'
import { memoryRows } from './memory.ts'

const put = (key: string, value = '1'): SessionOp => ({ type: 'put', key, value: Buffer.from(value) })
const remove = (key: string): SessionOp => ({ type: 'del', key })

/** A journal whose outcomes are written down. */
const open = () => {
  const rows = memoryRows()
  const journal = createJournal(rows)
  const told: string[] = []
  const write = (name: string, ops: readonly SessionOp[]): void =>
    journal.write(
      ops,
      () => told.push(`${name} done`),
      () => told.push(`${name} failed`),
    )
  const stored = (): readonly string[] => Array.from(rows.values, ([key, value]) => `${key}=${Buffer.from(value).toString()}`)
  return { rows, journal, told, write, stored }
}

/** Waits for the debts too, which `settled` tries once only. */
const paid = async (journal: Journal): Promise<void> => {
  do await journal.settled()
  while (!journal.retry())
}

test('with nothing to write and nothing under way it goes on at once', () => {
  const { write, told } = open()
  write('empty', [])
  expect(told).toEqual(['empty done'])
})

test('with nothing to write it waits for what is under way', async () => {
  const { rows, write, told, journal } = open()
  const held = holdWrites(rows)
  write('one', [put('a')])
  write('empty', [])
  expect(told).toEqual([])
  held.pass()
  await journal.settled()
  expect(told).toEqual(['one done', 'empty done'])
})

test('writes end in the order in which they began, also those that fail and those behind them', async () => {
  const { rows, write, told, journal, stored } = open()
  const held = holdWrites(rows)
  write('one', [put('a')])
  // What follows gathers, and fails with it.
  await held.reached
  write('two', [put('b')])
  write('empty', [])
  held.fail()
  await journal.settled()
  write('three', [put('c')])
  await journal.settled()
  expect(told).toEqual(['one failed', 'two failed', 'empty done', 'three done'])
  expect(stored()).toEqual(['c=1'])
})

test('a step that begins further steps has them behind all that was there', async () => {
  const { rows, journal, told, write } = open()
  const held = holdWrites(rows)
  journal.write(
    [put('a')],
    () => {
      write('inner', [])
      told.push('outer done')
    },
    () => undefined,
  )
  write('second', [])
  held.pass()
  await journal.settled()
  expect(told).toEqual(['outer done', 'second done', 'inner done'])
})

test('a debt that cannot be written goes with the next write that can, before it', async () => {
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

test('a debt is tried again until it is written, and says that it is paid only then', async () => {
  const { rows, journal, told, stored } = open()
  const free = failWrites(rows)
  journal.writeLater([put('a')], () => told.push('paid'))
  await journal.settled()
  expect(journal.retry()).toBe(false)
  await journal.settled()
  expect(told).toEqual([])
  free()
  expect(journal.retry()).toBe(false)
  await journal.settled()
  expect(told).toEqual(['paid'])
  expect(stored()).toEqual(['a=1'])
  expect(journal.retry()).toBe(true)
})

test('what was owed first is never written over what was owed later', async () => {
  const { rows, journal, stored } = open()
  const free = failWrites(rows)
  journal.writeLater([put('a', 'old')])
  await journal.settled()
  free()
  journal.writeLater([remove('a')])
  await paid(journal)
  expect(stored()).toEqual([])
})

test('a debt on which something waits is synced; one on which nothing does is not', async () => {
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
