// What is read of multicast DNS: no flood and no packet of thousands of questions takes the time of MQTT.

import { expect, test } from 'vitest'
import { createIntake } from '../../src/lan/intake.ts'

const message = (questions: number, bytes = 46): Buffer => {
  const built = Buffer.alloc(bytes)
  if (bytes >= 6) built.writeUInt16BE(questions, 4)
  return built
}

test.each([
  ['a question', message(1), true],
  ['an answer', message(0).fill(0x84, 2, 3), false],
  ['many questions, as a program asks that browses', message(32), true],
  ['thousands of questions in one packet', message(1490, 9000), false],
  ['one question too many', message(33), false],
  ['more than a packet may have', message(1, 9001), false],
  ['less than a head', message(1, 11), false],
  ['nothing', Buffer.alloc(0), false],
])('%s', (_name, built, isRead) => {
  expect(createIntake('questions', () => 0)(built)).toBe(isRead)
})

test('of a flood a few are read, and later ones again', () => {
  let now = 0
  const mayRead = createIntake('questions', () => now)
  const readOf = (count: number) => Array.from({ length: count }, () => mayRead(message(1))).filter(Boolean).length
  expect(readOf(10_000)).toBe(100)
  now += 1000
  expect(readOf(10_000)).toBe(50)
})

test('what is not read anyway takes nothing from the others', () => {
  const mayRead = createIntake('questions', () => 0)
  for (let sent = 0; sent < 1000; sent += 1) mayRead(message(1490, 9000))
  expect(mayRead(message(1))).toBe(true)
})

test('who browses reads answers alone', () => {
  const mayRead = createIntake('answers', () => 0)
  expect([message(1), message(0).fill(0x84, 2, 3)].map(mayRead)).toEqual([false, true])
})
