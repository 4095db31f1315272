import { expect, test } from 'vitest'
import { say, sentence } from '../../src/sentences/sentence.ts'

const target = (version: string | null): string => say(sentence('is_target', { version, to: '2.0.0' }))

test('a version that is unknown is another one than a version that is called "null"', () => {
  expect(target(null)).toContain('an unknown version')
  expect(target('null')).toContain('runs null,')
  expect(target('other')).toContain('runs other,')
})

test('an absent parameter within a list and a sentence within a sentence are as absent as one at the top', () => {
  const ended = (reason: string | null) => sentence('task_closed', { task: '4', state: 'canceled', reason })
  expect(say(ended(null))).toBe('task 4 has already ended: canceled')
  expect(say(sentence('campaign_empty', { device: 'p/d', why: ended('null') }))).toContain('canceled (null)')
  expect(say(sentence('campaign_empty', { device: 'p/d', why: ended(null) }))).not.toContain('null')
})

test('an absent parameter outside of a choice is empty', () => {
  expect(say(sentence('campaign_empty', { device: 'p/d', why: null }))).not.toMatch(/null|\0/)
})
