import { expect, test } from 'vitest'
import { createTurnTexts } from '../../src/admin/event-texts.ts'
import { inEnglish } from '../../src/sentences/sentence.ts'
import { createAdminFixture, startTime } from '../support/admin-fixture.ts'

test('what many streams are sent in one turn of the event loop is made once, and anew in the next', async () => {
  const { call, upload, core } = await createAdminFixture()
  await upload('product=pk&version=2.0')
  await call('POST', '/api/v1/campaigns', { firmware: 1 })
  let made = 0
  const later: (() => void)[] = []
  const now = (): number => {
    made++
    return startTime
  }
  const textOf = createTurnTexts({ operators: core.operators, now }, (work) => later.push(work))
  const entry = (id: number) => ({ id, at: startTime, event: { type: 'campaign', campaign: 1 } }) as const
  const [one, other] = [textOf(entry(7), inEnglish), textOf(entry(8), inEnglish)]
  expect([one, made]).toEqual([other, 1])
  expect(one).toMatch(/^event: campaign\ndata: \{"id":"1",.*\}\n\n$/)
  await call('DELETE', '/api/v1/campaigns/1')
  expect(textOf(entry(9), inEnglish)).toBe(one)
  for (const work of later.splice(0)) work()
  expect(textOf(entry(10), inEnglish)).toBe('event: removed\ndata: {"campaign":"1","at":"2026-01-02T03:04:05.000Z"}\n\n')
})
