// What the audit and `why` call fields, values and rules: words of the page's language, not identifiers.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { campaignFacts, deviceFacts, firmwareFacts, taskFacts, webhookFacts } from '../../src/admin/audit-facts.ts'
import { ruleName, ruleWords } from '../../src/ui/app/devices/rule-words.ts'
import { fieldNames, fieldWords, valueWords } from '../../src/ui/app/log/fields.ts'
import { loadTexts } from '../../src/ui/text/text.ts'

beforeAll(async () => {
  await Promise.all([loadTexts('log'), loadTexts('devices')])
})

const chinese: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../src/ui/text/log-zh.json', import.meta.url)), 'utf8'),
)

test('each field that the audit keeps of a record has words', () => {
  const kept = [campaignFacts, firmwareFacts, taskFacts, webhookFacts].flatMap((facts) => Object.keys(facts({ phase: null } as never)))
  const ofDevice = Object.keys(deviceFacts({ credential: { kind: 'none' } } as never))
  expect([...kept, ...ofDevice].filter((field) => !fieldNames.some((each) => each === field))).toEqual([])
})

test('in Chinese none is its English identifier', () => {
  const same = fieldNames.filter((field) => chinese[`log.field.${field}`] === field || chinese[`log.field.${field}`] === undefined)
  expect(same).toEqual(['cron'])
})

test('what a newer server has stays its identifier', () => {
  expect([fieldWords('status'), fieldWords('minFinished'), fieldWords('newField')]).toEqual(['status', 'least finished', 'newField'])
})

test('values that are words of the API are in words, at any depth', () => {
  expect(valueWords('reason', 'phase_failed')).toBe('the phase failed')
  expect(valueWords('status', 'running')).toBe('running')
  expect(valueWords('credential', 'first-use')).toBe('first password used')
  expect(valueWords('abort', [{ on: 'timed_out', percent: 20, minFinished: 5, action: 'pause' }])).toBe(
    'counts timed out, percent 20, least finished 5, action pause',
  )
  expect(valueWords('target', { devices: [], tags: ['canary'], continuous: false })).toBe('devices –, tags canary, continuous no')
})

test('names and what is unknown are as they are', () => {
  expect([valueWords('name', 'running'), valueWords('status', 'begun'), valueWords('status', null), valueWords('phase', 2)]).toEqual([
    'running',
    'begun',
    '–',
    '2',
  ])
})

test('rules that decide about a device have words', () => {
  const of = (rule: string, campaign: string | null) => ruleWords(ruleName({ rule, campaign }))
  expect([of('presence', null), of('campaign 7 target', '7'), of('campaign 7 task 12', '7'), of('campaign 7 slot', '7')]).toEqual([
    'connection',
    'target',
    'task 12',
    'slots',
  ])
  expect(ruleWords('new_rule')).toBe('new_rule')
})
