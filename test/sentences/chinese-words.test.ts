// The words of the API in Chinese: every value that there is has one, by its type where it has one, else by the source that names it.

import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { DropReason } from '../../src/ota/dialects/dialect.ts'
import type { CampaignStatus, EndReason, TaskState } from '../../src/ota/model.ts'
import type { Role } from '../../src/roles.ts'
import { inChinese } from '../../src/sentences/chinese.ts'
import {
  campaignReasonWords,
  campaignStatusWords,
  dropReasonWords,
  endReasonWords,
  protocolFaultWords,
  roleWords,
  taskStateWords,
  type Words,
} from '../../src/sentences/chinese-words.ts'
import { say, sentence } from '../../src/sentences/sentence.ts'

type Each<T extends string> = { readonly [value in T]: string }

/** A value that is missing here does not pass the compiler. */
const tables: readonly Words[] = [
  taskStateWords satisfies Each<TaskState>,
  campaignStatusWords satisfies Each<CampaignStatus>,
  endReasonWords satisfies Each<EndReason>,
  dropReasonWords satisfies Each<DropReason>,
  roleWords satisfies Each<Role>,
  campaignReasonWords,
  protocolFaultWords,
]

it('two values of one kind have two words', () => {
  for (const words of tables) expect(new Set(Object.values(words)).size).toBe(Object.keys(words).length)
})

const mqtt = new URL('../../src/mqtt/', import.meta.url)
const sources = readdirSync(mqtt, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(new URL(name, mqtt), 'utf8'))

it('every violation of MQTT that ends a connection has a word', () => {
  const named = sources.flatMap((text) => [...text.matchAll(/wireFault\(\s*'(\w+)'/g)].map(([, reason = '']) => reason))
  expect(named.length).toBeGreaterThan(10)
  expect([...new Set([...named, 'malformed', 'no_connect'])].filter((reason) => !Object.hasOwn(protocolFaultWords, reason))).toEqual([])
})

it('states in a list and lines of a file are said in Chinese, names are not', () => {
  const wrong = (allowed: readonly string[]) =>
    say(sentence('campaign_wrong_status', { campaign: '1', status: 'running', act: 'start', allowed }), inChinese)
  expect(wrong(['draft', 'scheduled'])).toBe('升级活动 1 正在进行，不能启动；允许的状态：草稿、已定时')
  expect(wrong(['toString'])).toContain('允许的状态：toString')
  expect(say(sentence('fault_at', { path: 'line 7', fault: sentence('field_missing') }), inChinese)).toBe('第 7 行：缺失')
  expect(say(sentence('has_no_tags', { wanted: ['draft', 'line 7'] }), inChinese)).toContain('之一：draft、line 7')
})

it('a word that is not known is shown as it is', () => {
  expect(say(sentence('end_reason', { reason: 'new_reason' }), inChinese)).toBe('new_reason')
})
