import { expect, test } from 'vitest'
import { createPulse } from '../../src/admin/pulse.ts'

const world = () => {
  const totals = { received: 0, sent: 0, bytes: 0, now: 1000 }
  const pulse = createPulse(
    {
      messages: () => ({ received: totals.received, sent: totals.sent }),
      downloads: () => ({ active: 0, waiting: 0, bytes: totals.bytes }),
    },
    () => totals.now,
  )
  const pass = (received: number, ms = 1000): void => {
    totals.received += received
    totals.now += ms
    pulse.tick()
  }
  return { totals, pulse, pass }
}

test('a second has what passed in it, whatever passed before', () => {
  const { totals, pulse, pass } = world()
  totals.sent = 5
  totals.bytes = 9
  pass(7)
  pass(3)
  expect(pulse.history()).toEqual([
    { messagesReceived: 7, messagesSent: 5, downloadBytes: 9 },
    { messagesReceived: 3, messagesSent: 0, downloadBytes: 0 },
  ])
  expect(pulse.latest()).toEqual({ messagesReceived: 3, messagesSent: 0, downloadBytes: 0 })
})

test('a late tick is a longer second', () => {
  const { pulse, pass } = world()
  pass(40, 4000)
  expect(pulse.latest().messagesReceived).toBe(10)
})

test('the newest 300 seconds are kept, the oldest first', () => {
  const { pulse, pass } = world()
  for (let second = 1; second <= 702; second++) pass(second)
  const history = pulse.history().map(({ messagesReceived }) => messagesReceived)
  expect([history.length, history[0], history.at(-1)]).toEqual([300, 403, 702])
})
