// What the views of devices reckon: changes of a list, requests of an address, progress and time-outs, messages, the answer to why.

import { expect, it } from 'vitest'
import type { LiveEvent } from '../../src/ui/api/live.ts'
import { addressOf } from '../../src/ui/api/page-stream.ts'
import type { Device, Task } from '../../src/ui/api/records.d.ts'
import { afterEvent, differences, kept } from '../../src/ui/app/devices/device-changes.ts'
import { createNews } from '../../src/ui/app/devices/device-news.ts'
import { csvHref, filtersSet, listPath, nextSort } from '../../src/ui/app/devices/device-query.ts'
import { mostMessages, noMessages, withMessages } from '../../src/ui/app/devices/message-log.ts'
import { limitOf, progressOf } from '../../src/ui/app/devices/task-limits.ts'
import { tagsIn } from '../../src/ui/app/devices/typed-tags.ts'
import { markOf } from '../../src/ui/app/devices/verdict-mark.ts'
import { answerIn } from '../../src/ui/app/devices/why-answer.ts'
import { shellWord } from '../../src/ui/parts/curl-text.ts'

const at = '2026-01-02T03:04:05.000Z'
const later = '2026-01-02T04:04:05.000Z'

const device: Device = {
  product: 'lamp',
  name: 'l1',
  online: false,
  lastSeen: at,
  address: null,
  contended: false,
  gateway: null,
  disputed: null,
  takeovers: [],
  tags: [],
  modules: {},
  failed: [],
  openTasks: [],
  credential: 'none',
  connection: null,
  createdAt: at,
}

const task = (state: Task['state'], more: Partial<Task> = {}): Task => ({
  id: '7',
  campaign: '3',
  timesOutAt: null,
  device: 'lamp/l1',
  module: 'default',
  firmware: '2',
  from: '1.0',
  to: '2.0',
  state,
  reason: null,
  code: null,
  desc: null,
  step: null,
  phase: null,
  attempt: 1,
  notBefore: null,
  bytes: 0,
  size: 1000,
  createdAt: at,
  notifiedAt: at,
  startedAt: at,
  endedAt: null,
  ...more,
})

const happened = (what: string, more: LiveEvent['data'] = {}): LiveEvent => ({
  name: 'device',
  data: { device: 'lamp/l1', what, at: later, ...more },
})
const moved = (state: Task['state'], more: Partial<Task> = {}): LiveEvent => ({ name: 'task', data: { ...task(state, more) } })

it('a list that is as it was differs in nothing', () => {
  expect(differences([], [])).toBe(0)
  expect(differences(['a', 'b', 'c'], ['a', 'b', 'c'])).toBe(0)
})

it('rows that come, go or move are changes, each counted once', () => {
  expect(differences(['a', 'b'], ['a', 'x', 'b'])).toBe(1)
  expect(differences(['a', 'b', 'c'], ['a', 'c'])).toBe(1)
  expect(differences(['a', 'b', 'c'], ['x', 'a', 'b'])).toBe(1)
  expect(differences(['a', 'b', 'c', 'd'], ['d', 'a', 'b', 'c'])).toBe(1)
  expect(differences(['a', 'b', 'c'], ['c', 'b', 'a'])).toBe(2)
  expect(differences(['a', 'b'], ['x', 'y'])).toBe(2)
})

it('a row follows the connection of its device, and a newer connection does not make it offline', () => {
  const online = afterEvent(device, happened('connected', { address: '192.0.2.7' }))
  expect(online).toMatchObject({ online: true, lastSeen: later, address: '192.0.2.7' })
  expect(afterEvent(online, happened('disconnected', { detail: 'superseded' }))).toBe(online)
  expect(afterEvent(online, happened('disconnected', { detail: 'keepalive' }))).toMatchObject({ online: false, lastSeen: later })
  expect(afterEvent(device, happened('contended')).contended).toBe(true)
  expect(afterEvent(device, happened('subscribed'))).toBe(device)
})

it('a row shows updates while they are open, and is the same object where nothing has changed', () => {
  const open = afterEvent(device, moved('in_progress'))
  expect(open.openTasks).toEqual([{ task: '7', campaign: '3', module: 'default', version: '2.0', state: 'in_progress' }])
  expect(afterEvent(open, moved('in_progress', { step: 50 }))).toBe(open)
  expect(afterEvent(open, moved('succeeded')).openTasks).toEqual([])
  const failed = afterEvent(open, moved('failed', { reason: 'verify_error', desc: 'md5 differs' }))
  expect(failed).toMatchObject({
    openTasks: [],
    failed: [{ task: '7', campaign: '3', version: '2.0', reason: 'verify_error', desc: 'md5 differs' }],
  })
  expect(afterEvent(failed, moved('canceled'))).toBe(failed)
  expect(afterEvent(failed, moved('queued')).failed).toEqual([])
  expect(afterEvent(device, moved('succeeded'))).toBe(device)
  expect(kept(device, { ...device })).toBe(device)
  expect(kept(device, open)).toBe(open)
})

it('a device is read again for news of it, not for each step of its progress', () => {
  const isNews = createNews('lamp/l1')
  expect(isNews(happened('connected'))).toBe(true)
  expect(isNews({ name: 'device', data: { device: 'lamp/l2', what: 'connected' } })).toBe(false)
  expect(isNews({ name: 'message', data: { device: 'lamp/l1' } })).toBe(false)
  expect([moved('in_progress'), moved('in_progress', { step: 5 }), moved('succeeded')].map(isNews)).toEqual([true, false, true])
})

it('the address of the list becomes the request, without what it does not know', () => {
  const query = new URLSearchParams({ q: ' a&b ', not: '2.0', online: '', sort: '-lastSeen', what: 'task', after: 'x' })
  expect(listPath(query, 'cursor')).toBe('/devices?q=a%26b&not=2.0&sort=-lastSeen&limit=100&after=cursor')
  expect(csvHref(query)).toBe('/api/v1/devices?q=a%26b&not=2.0&sort=-lastSeen&format=csv&bom=true')
  expect(filtersSet(query)).toEqual(['not'])
})

it('the head of a column sorts up, then down, then not at all', () => {
  expect(nextSort('', 'name')).toBe('name')
  expect(nextSort('name', 'name')).toBe('-name')
  expect(nextSort('-name', 'name')).toBe('')
  expect(nextSort('-name', 'version')).toBe('version')
})

it('tags are typed with spaces, commas and semicolons of either script', () => {
  expect(tagsIn(' hall-1, test；二楼、test\t')).toEqual(['hall-1', 'test', '二楼'])
  expect(tagsIn(' ')).toEqual([])
})

it('the newest messages of the device are kept, the newest first, and those left out are counted', () => {
  const event = (n: number, name = 'lamp/l1'): LiveEvent => ({
    name: 'message',
    data: { device: name, at, direction: 'down', text: `${n}` },
  })
  const events = Array.from({ length: mostMessages + 5 }, (_, n) => event(n))
  const log = withMessages(noMessages, [...events, event(999, 'lamp/l2'), { name: 'dropped', data: { messages: 4, at } }], 'lamp/l1')
  expect(log.messages).toHaveLength(mostMessages)
  expect(log.messages[0]).toEqual({ id: mostMessages + 5, at, direction: 'down', text: `${mostMessages + 4}` })
  expect(log).toMatchObject({ count: mostMessages + 5, dropped: 4 })
  expect(withMessages(log, [event(1, 'lamp/l2')], 'lamp/l1')).toBe(log)
})

const timeouts = { noResponseSeconds: 60, upgradeSeconds: null, stallSeconds: 900 }

it('an update times out after the times of its campaign, or the usual ones', () => {
  expect(limitOf(task('notified'), timeouts, 3600)).toEqual({ at: '2026-01-02T03:05:05.000Z', stallSeconds: null })
  expect(limitOf(task('in_progress'), timeouts, 3600)).toEqual({ at: later, stallSeconds: 900 })
  expect(limitOf(task('in_progress'), { ...timeouts, upgradeSeconds: 60 }, null)?.at).toBe('2026-01-02T03:05:05.000Z')
  expect(limitOf(task('in_progress'), timeouts, null)).toBeNull()
  expect(limitOf(task('queued'), timeouts, 3600)).toBeNull()
})

it('progress is what the device says or what it was sent, whichever is more', () => {
  expect(progressOf(task('in_progress', { step: 10, bytes: 500 }))).toBe(50)
  expect(progressOf(task('in_progress', { step: 60, bytes: 500 }))).toBe(60)
  expect(progressOf(task('in_progress', { step: -3, bytes: 0, size: 0 }))).toBe(0)
  expect(progressOf(task('in_progress', { bytes: 2000 }))).toBe(100)
})

const verdict = (rule: string, ok: boolean, campaign: string | null, about: string | null = null) => ({ rule, ok, campaign, task: about })

it('why has one answer: what holds everything back, else what goes on, else the first rule that holds', () => {
  const offline = verdict('presence', false, null)
  const here = verdict('presence', true, null)
  const done = verdict('campaign 1 target', false, '1')
  const going = verdict('campaign 2 task 9', true, '2', '9')
  const paused = verdict('campaign 3 paused', false, '3', '8')
  expect(answerIn([offline, done, going])).toBe(offline)
  expect(answerIn([here, done, going])).toBe(going)
  expect(answerIn([here, done, paused])).toBe(paused)
  expect(answerIn([here, done])).toBe(done)
  expect(answerIn([here])).toBeNull()
})

it('the address of the stream fits into the headers of a request, however long the names of devices are', () => {
  const among = Array.from({ length: 100 }, (_, n) => `产品/${'固'.repeat(200)}${n}`)
  const address = addressOf({ among, messages: ['lamp/l1'] }, 'en', '12')
  expect(address.length).toBeLessThan(13_000)
  const query = new URL(address, 'http://x').searchParams
  expect(query.getAll('messages')).toEqual(['lamp/l1'])
  expect(query.getAll('among').length).toBeGreaterThan(3)
  const short = addressOf({ among: ['a/b', 'c/d'], messages: [] }, 'en', null)
  expect(new URL(short, 'http://x').searchParams.getAll('among')).toEqual(['a/b', 'c/d'])
})

it('a refused connection neither allows nor holds back an update: it is marked as refused', () => {
  const refused = { kind: 'warn', word: 'devices.device.rule.refused' }
  expect(markOf({ rule: 'refused', ok: true, reason: null })).toEqual(refused)
  expect(markOf({ rule: 'refused', ok: false, reason: 'refused' })).toEqual(refused)
  expect(markOf({ rule: 'presence', ok: true, reason: null }).word).toBe('devices.device.ruleOk')
  expect(markOf({ rule: 'presence', ok: false, reason: 'offline' }).word).toBe('devices.device.ruleHolds')
  expect(markOf({ rule: 'campaign 1 version', ok: false, reason: 'skip' }).kind).toBe('none')
})

it('why a device was refused answers more than that it is offline', () => {
  const verdict = { ok: false, campaign: null, task: null }
  const refused = { ...verdict, rule: 'refused' }
  expect(answerIn([{ ...verdict, rule: 'presence' }, refused])).toBe(refused)
})

it('a name with spaces is one word of a command', () => {
  expect(['mei', 'Anna Wang', "O'Neil"].map(shellWord)).toEqual(['mei', "'Anna Wang'", "'O'\\''Neil'"])
})
