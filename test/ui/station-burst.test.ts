// What the screen of a station takes for a scanned code, with a clock that the test moves.

import { expect, test } from 'vitest'
import { type Burst, createBurst, type Ended } from '../../src/ui/station/burst.ts'

/** A field with its clock. Gives what ended, in order. */
const createField = () => {
  const burst: Burst = createBurst()
  const ended: Ended[] = []
  let now = 10_000
  let text = ''
  let typedAt = now
  const note = (what: Ended | null): void => {
    if (what === null) return
    text = ''
    ended.push(what)
  }
  const pass = (ms: number): void => {
    const end = now + ms
    const wait = burst.quiet()
    if (wait !== null && typedAt + wait <= end) note(burst.silent(typedAt + wait))
    now = end
  }
  const field = {
    ended,
    pass,
    keys(typed: string, gap: number) {
      for (const [at, character] of Array.from(typed).entries()) {
        if (at > 0) pass(gap)
        text += character
        typedAt = now
        burst.typed(text, now)
      }
      return field
    },
    paste(typed: string) {
      typedAt = now
      text += typed
      burst.typed(text, now)
      return field
    },
    enter(after = 2) {
      pass(after)
      note(burst.end(now))
      return field
    },
    tab() {
      pass(2)
      note(burst.end(now, false))
      return field
    },
    erase() {
      text = text.slice(0, -1)
      burst.typed(text, now)
      return field
    },
    burst,
  }
  return field
}

const code = (text: string): Ended => ({ kind: 'code', text })

test.each([2, 29, 30, 60])('a scanner that sends a key every %i ms and ends with Enter or Tab gives its code whole', (gap) => {
  const field = createField()
  field.keys('SN-0012345', gap).enter(gap)
  field.pass(2000)
  field.keys('SN-0012346', gap).tab()
  expect(field.ended).toEqual([code('SN-0012345'), code('SN-0012346')])
})

test('a scanner without a key at the end gives its code after 80 ms of silence, not before', () => {
  const field = createField()
  field.keys('SN-1', 2).pass(79)
  expect(field.ended).toEqual([])
  field.pass(1)
  expect(field.ended).toEqual([code('SN-1')])
})

test('silence ends nothing of fewer than four characters, and nothing with a gap of 30 ms', () => {
  const field = createField()
  field.keys('SN1', 2).pass(60_000)
  field.burst.typed('', 0)
  const slow = createField()
  slow.keys('SN-0012', 30).pass(60_000)
  expect([field.ended, slow.ended]).toEqual([[], []])
})

test('silence never ends what a person types, however long they think', () => {
  const field = createField()
  field.keys('SN-00', 180).pass(900)
  field.keys('12', 90).pass(60_000)
  expect(field.ended).toEqual([])
  field.enter()
  expect(field.ended).toEqual([code('SN-0012')])
})

test('what is corrected or pasted waits for Enter', () => {
  const field = createField()
  field.keys('SN-12', 2).erase().pass(500)
  field.enter()
  field.pass(1000)
  field.paste('SN-0012345').pass(5000)
  expect(field.ended).toEqual([code('SN-1')])
  field.enter()
  expect(field.ended).toEqual([code('SN-1'), code('SN-0012345')])
})

test('a scanner that has once ended with a key is not cut in two by a pause', () => {
  const field = createField()
  field.keys('SN-0012345', 2).enter().pass(5000)
  field.keys('SN-0012', 2).pass(200)
  field.keys('346', 2).enter()
  expect(field.ended).toEqual([code('SN-0012345'), code('SN-0012346')])
})

test('a code that was cut in two at the first scan is said to be so, and its rest is no code', () => {
  const field = createField()
  field.keys('SN-0012', 2).pass(200)
  field.keys('345', 2).enter()
  expect(field.ended).toEqual([code('SN-0012'), { kind: 'cut' }])
})

test('the rest of a cut code ends by silence too', () => {
  const field = createField()
  field.keys('SN-0012', 2).pass(200)
  field.keys('34', 2).pass(80)
  expect(field.ended).toEqual([code('SN-0012'), { kind: 'cut' }])
})

test('a second line end after a code is no Enter of a person: it acknowledges nothing', () => {
  const field = createField()
  field.keys('SN-1', 2).enter().enter().tab()
  expect(field.ended).toEqual([code('SN-1'), { kind: 'nothing' }, { kind: 'nothing' }])
  field.pass(300)
  field.enter()
  expect(field.ended.at(-1)).toEqual({ kind: 'enter' })
})

test('a line end that comes after the silence is the same scan, and the next code waits for it', () => {
  const field = createField()
  field.keys('SN-1', 2).enter(120)
  field.pass(2000)
  field.keys('SN-2', 2).pass(120)
  expect(field.ended).toEqual([code('SN-1'), { kind: 'nothing' }])
  field.enter()
  expect(field.ended.at(-1)).toEqual(code('SN-2'))
})

test('a code that is scanned twice is two codes', () => {
  const field = createField()
  field.keys('SN-1', 2).enter()
  field.keys('SN-1', 2).enter()
  expect(field.ended).toEqual([code('SN-1'), code('SN-1')])
})

test('what somebody has left in the field is no part of the next scanned code', () => {
  const field = createField()
  field.keys('ab', 200).pass(4000)
  field.keys('SN-0012345', 2).enter()
  expect(field.ended).toEqual([code('SN-0012345')])
})

test('control characters and outer spaces are stripped, and spaces alone are nothing', () => {
  const field = createField()
  field.keys('\u001dSN-\u00001 \u001e', 2).enter()
  field.pass(1000)
  field.keys('   ', 2).enter()
  expect(field.ended).toEqual([code('SN-1'), { kind: 'nothing' }])
})

test('what came through an input method is no code, by Enter or by silence', () => {
  const field = createField()
  field.burst.composed()
  field.keys('0012', 2).enter()
  expect(field.ended).toEqual([{ kind: 'composed' }])
  field.pass(1000)
  field.burst.composed()
  field.keys('0012', 2).pass(300)
  expect(field.ended).toEqual([{ kind: 'composed' }, { kind: 'composed' }])
})

test('Tab on an empty field is nothing, Enter is an Enter', () => {
  const field = createField()
  field.tab()
  field.enter()
  expect(field.ended).toEqual([{ kind: 'nothing' }, { kind: 'enter' }])
})
