// Answers in the language that is asked for: over real HTTP, whatever refuses or answers, and in streams.

import { expect, test } from 'vitest'
import { languageOf, sayIn } from '../../src/admin/language.ts'
import { inChinese } from '../../src/sentences/chinese.ts'
import { inEnglish, say, sentence } from '../../src/sentences/sentence.ts'
import { clientWith } from '../support/access-clients.ts'
import { type AdminFixture, type Answer, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'
import { selfSigned } from '../support/certificate.ts'
import { openStream } from '../support/event-stream-client.ts'
import type { Json } from '../support/json.ts'
import { openRawHttp } from '../support/raw-http-client.ts'
import { until } from '../support/until.ts'

const han = /\p{Script=Han}/u
const zh = { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' }

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['*', 'en'],
  ['en', 'en'],
  ['fr', 'en'],
  ['zh', 'zh'],
  ['zh-CN', 'zh'],
  ['zh-Hans', 'zh'],
  ['zh-TW', 'zh'],
  ['ZH-hant-HK', 'zh'],
  ['zhx', 'en'],
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
  ['en-US,en;q=0.9,zh-CN;q=0.8', 'en'],
  ['en;q=0.5, zh;q=0.6', 'zh'],
  ['zh;q=0.6, en;q=0.6', 'zh'],
  ['fr, zh;q=0.1', 'zh'],
  ['fr;q=1, *;q=0.5, zh;q=0.1', 'en'],
  ['zh;q=0', 'en'],
  ['zh;q=0, en;q=0.1', 'en'],
  ['zh ; q=0.7', 'zh'],
  ['zh;q=nonsense', 'en'],
  [',,;;=,zh', 'zh'],
])('Accept-Language %j is answered in %s', (accepted, tag) => {
  expect(languageOf(accepted).tag).toBe(tag)
})

test('what is said again is a copy, and what has no sentence is returned itself', () => {
  const { code, params } = sentence('task_unknown', { task: '4' })
  const said = { text: say({ code, params }), code, params }
  const modules = Object.assign(Object.create(null), { params: { code: 'task_unknown' }, ['__proto__']: { version: '1' } })
  const given = {
    items: [
      { id: '1', connection: said },
      { id: '2', modules },
    ],
    next: null,
  }
  const result = sayIn(inChinese, given)
  expect(result.items[0]?.connection?.text).toBe(say({ code, params }, inChinese))
  expect(given.items[0]?.connection?.text).toBe(say({ code, params }))
  expect(result.items[1]).toBe(given.items[1])
  expect(sayIn(inEnglish, given)).toBe(given)
  // Names of fields that a device or an operator chose, and texts that only look like a sentence.
  for (const other of [
    { code: 'task_unknown', text: 'x' },
    { code: 'task_unknown', text: 'x', params: null },
    { code: 'no_such_code', text: 'x', params: {} },
    { code: 7, text: 'x', params: {} },
    { code: 'toString', text: 'x', params: {} },
    { code: 'task_unknown', params: { text: 'x' } },
  ])
    expect(sayIn(inChinese, other)).toEqual(other)
})

/** What changes by the clock of the machine, or with each request. */
const moving = new Set(['time', 'probe', 'rates', 'messagesReceived', 'messagesSent', 'downloadBytes'])
/** Texts, and what else there is. */
const textNames = new Set(['text', 'note', 'message', 'detail', 'title', 'warnings'])
const withoutTexts = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutTexts)
  if (typeof value !== 'object' || value === null) return value
  const isSaid = 'params' in value || 'warningDetails' in value
  const fields = Object.entries(value).filter(([name]) => !(isSaid && textNames.has(name)))
  return Object.fromEntries(fields.map(([name, child]) => [name, moving.has(name) ? null : withoutTexts(child)]))
}

/** Every text with a sentence beside it. */
const textsIn = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return []
  const fields: Record<string, unknown> = { ...value }
  const own = fields['params'] === undefined || fields['params'] === null ? [] : [...textNames].map((name) => fields[name])
  return [...own.filter((text) => typeof text === 'string'), ...Object.values(value).flatMap(textsIn)]
}

/** Devices and campaigns about which there is much to say. */
const busyFixture = async (): Promise<AdminFixture> => {
  const { cert } = selfSigned('localhost', 5)
  const fixture = await createAdminFixture({ site: { listeners: () => [{ service: 'mqtt', url: 'mqtts://[::]:8883', cert }] } })
  await fixture.upload('product=pk&version=2.0')
  const connections = []
  for (const name of ['a', 'b', 'c']) {
    const connection = await fixture.join(`pk/${name}`)
    await fixture.report(connection, 'version.post', { version: '1.0' })
    connections.push(connection)
  }
  await fixture.call('POST', '/api/v1/campaigns', {
    firmware: '1',
    start: true,
    rate: { maxInProgress: 2 },
    abort: [{ on: 'failed', percent: 50, minFinished: 2 }],
  })
  await fixture.settle()
  for (const [index, connection] of connections.entries()) {
    const params = { step: -2, desc: 'cut off', task_id: index + 1 }
    if (index < 2) await fixture.report(connection, 'upgrade.post', params)
  }
  for (const connection of connections.slice(0, 1)) fixture.core.disconnected(connection)
  fixture.core.noteConnection('pk/a', 'disconnected', 'bad_topic', '192.0.2.7')
  fixture.core.connectRefused({ reason: 'bad_password', device: 'pk/b', clientId: 'b', user: 'b&pk', address: '192.0.2.7' })
  await fixture.settle()
  return fixture
}

test('every answer is the same in both languages but for its texts, which are Chinese where that is asked for', async () => {
  const fixture = await busyFixture()
  const routes: readonly (readonly [method: string, url: string, body?: object | string | undefined, headers?: Record<string, string>])[] =
    [
      ['GET', '/overview'],
      ['GET', '/doctor'],
      ['GET', '/campaigns'],
      ['GET', '/campaigns/1'],
      ['GET', '/tasks?campaign=1'],
      ['GET', '/tasks/1'],
      ['GET', '/devices'],
      ['GET', '/devices/pk/a'],
      ['GET', '/devices/pk/a/why'],
      ['GET', '/devices/pk/b/why'],
      ['GET', '/devices/pk/c/why'],
      ['GET', '/devices/pk/b/timeline'],
      ['GET', '/connections/refused'],
      ['GET', '/connections/refused/groups'],
      ['GET', '/audit/verify'],
      ['POST', '/campaigns?dryRun=true', { firmware: '1', target: { devices: ['pk/new', 'pk/a'], from: ['9'] } }],
      ['POST', '/campaigns', { firmware: '1', phases: [{ percent: 0 }, { tag: '' }] }],
      ['POST', '/campaigns/1/start'],
      ['POST', '/campaigns/1/next', {}],
      ['PATCH', '/campaigns/1', { name: 'x' }, { 'if-match': '"other"' }],
      ['DELETE', '/devices/pk/a', undefined, { 'if-match': '"other"' }],
      ['POST', '/devices/import', 'product,name\npk,x\npk,x\n', { 'content-type': 'text/csv' }],
      ['POST', '/tasks/1/cancel'],
      ['DELETE', '/firmware/1'],
      ['PUT', '/devices/pk/a%2Fb', {}],
      ['GET', '/tasks/9999'],
      ['GET', '/tasks?limit=0&state=none'],
      ['GET', '/tasks?after=%21'],
      ['GET', '/devices?nonsense=1'],
    ]
  for (const [method, path, body, headers] of routes) {
    const [en, cn] = [
      await fixture.call(method, `/api/v1${path}`, body, headers),
      await fixture.call(method, `/api/v1${path}`, body, { ...headers, ...zh }),
    ]
    const where = `${method} ${path} ${cn.status}`
    expect([where, cn.status, withoutTexts(cn.body)]).toEqual([where, en.status, withoutTexts(en.body)])
    expect([en, cn].map((answer) => [answer.headers.get('content-language'), answer.headers.get('vary')])).toEqual([
      ['en', 'accept-language'],
      ['zh', 'accept-language'],
    ])
    expect(en.text, where).not.toMatch(han)
    const texts = textsIn(cn.body)
    if (!/audit/.test(path)) expect([where, texts.length > 0 || path === '/tasks?campaign=1']).toEqual([where, true])
    expect([where, texts.filter((text) => !han.test(text))]).toEqual([where, []])
  }
})

test('a paused campaign, its tasks and the reason of a verdict are said in Chinese words', async () => {
  const fixture = await busyFixture()
  const { body: campaign } = await fixture.call('GET', '/api/v1/campaigns/1', undefined, zh)
  expect([campaign['status'], campaign['text']]).toEqual([
    'paused',
    '已结束的 2 台设备中有 2 台失败；已按中止规则暂停（至少 2 台结束，且占比达到 50%）；继续：`fogbell campaign resume 1`',
  ])
  const { body: task } = await fixture.call('GET', '/api/v1/tasks/1', undefined, zh)
  const history: readonly Json[] = Object.values(task['history'] ?? {})
  expect([task['state'], task['reason'], history.map((entry) => entry['note'])]).toEqual([
    'failed',
    'download_error',
    ['已创建', '已下发', '下载失败（步骤 -2）：cut off'],
  ])
  const { body: refused } = await fixture.call('POST', '/api/v1/campaigns/1/start', undefined, zh)
  expect(refused).toMatchObject({
    code: 'OTA_CAMPAIGN_STATE',
    title: '升级活动的当前状态不允许此操作',
    detail: '升级活动 1 已暂停，不能启动；允许的状态：草稿；继续：`fogbell campaign resume 1`',
  })
})

test('warnings are lines in the language of their details', async () => {
  const fixture = await createAdminFixture()
  const image = 'product=pk&version=2.0&description='.concat('x'.repeat(900))
  const { body } = await fixture.call('PUT', `/api/v1/firmware?${image}`, 'bytes', { 'content-type': 'application/octet-stream', ...zh })
  const details: readonly Json[] = Object.values(body['warningDetails'] ?? {})
  expect(Object.values(body['warnings'] ?? {})).toEqual(details.map((one) => `${textOf(one['path'])}：${textOf(one['text'])}`))
  expect(details.map((one) => textOf(one['text']))).toEqual([expect.stringMatching(han)])
})

test('who may not, and what cannot be read, is refused in the language of the request', async () => {
  const fixture = await createAdminFixture()
  const viewer = await clientWith(fixture, 'viewer')
  const json = { 'content-type': 'application/json' }
  const answers: readonly (readonly [status: number, answer: Answer])[] = [
    [401, await fixture.ask('GET', '/api/v1/devices', undefined, zh)],
    [401, await fixture.ask('GET', '/api/v1/devices', undefined, { ...zh, authorization: 'Bearer wrong' })],
    [403, await viewer.call('DELETE', '/api/v1/devices/pk/a', undefined, zh)],
    [404, await fixture.call('GET', '/api/v1/nowhere', undefined, zh)],
    [405, await fixture.call('DELETE', '/api/v1/overview', undefined, zh)],
    [400, await fixture.call('POST', '/api/v1/campaigns', '{"firmware":', { ...json, ...zh })],
    [400, await fixture.call('GET', '/api/v1/devices/pk/%zz', undefined, zh)],
    [415, await fixture.call('POST', '/api/v1/campaigns', 'a=1', { 'content-type': 'application/x-www-form-urlencoded', ...zh })],
    [413, await fixture.call('POST', '/api/v1/campaigns', `"${'x'.repeat(1_100_000)}"`, { ...json, ...zh })],
    [400, await fixture.call('GET', '/api/v1/tasks?limit=0', undefined, zh)],
  ]
  for (const [status, answer] of answers) {
    expect([answer.status, answer.headers.get('content-language')]).toEqual([status, 'zh'])
    for (const name of ['title', 'detail']) expect(textOf(answer.body[name])).toMatch(han)
  }
  expect(answers[2]?.[1].body['detail']).toBe(`${viewer.name} 的角色是“只读”；此操作需要“管理员”角色。`)
  expect(answers.at(-1)?.[1].body).toMatchObject({
    detail: '请求无效：limit：不能小于 1。',
    faults: [{ path: 'limit', message: '不能小于 1', code: 'field_too_small', params: { least: 1 } }],
  })
})

test('a stream is in the language of its request, or in the one that it names', async () => {
  const fixture = await createAdminFixture()
  const url = `${fixture.admin.url}/api/v1/events`
  const streams = [
    await openStream(url),
    await openStream(url, zh),
    await openStream(`${url}?language=zh`, { 'accept-language': 'en' }),
    await openStream(`${url}?language=en`, zh),
    await openStream(`${url}?language=fr`, zh),
  ]
  fixture.core.connectRefused({ reason: 'bad_password', device: 'pk/b', clientId: 'b', user: 'b&pk', address: '192.0.2.7' })
  for (const stream of streams) await until(() => stream.frames.some(({ data }) => data['what'] === 'refused'))
  const said = streams.map(({ frames }) => frames.find(({ data }) => data['what'] === 'refused')?.data['text'])
  expect(said).toEqual(['wrong password', '密码错误', '密码错误', 'wrong password', 'wrong password'])
  expect(streams.map(({ response }) => response.headers['content-language'])).toEqual(['en', 'zh', 'zh', 'en', 'en'])
  for (const stream of streams) stream.stop()
})

test('those who watch the overview are sent it in their own language', async () => {
  const fixture = await busyFixture()
  const url = `${fixture.admin.url}/api/v1/events?only=overview`
  const streams = [await openStream(url), await openStream(`${url}&language=zh`)]
  const campaigns = await Promise.all(
    streams.map(async ({ frames, count }) => {
      await count(1)
      return Object.values((frames[0]?.data['campaigns'] ?? {}) as Json)[0]
    }),
  )
  expect(campaigns.map((campaign) => han.test(textOf(campaign?.['text'])))).toEqual([false, true])
  expect(withoutTexts(campaigns[1])).toEqual(withoutTexts(campaigns[0]))
  for (const stream of streams) stream.stop()
})

test('what never becomes a request is refused in English, as nothing is known of it', async () => {
  const fixture = await createAdminFixture()
  const raw = openRawHttp(fixture.admin.port, 'nonsense\r\naccept-language: zh\r\n\r\n')
  await raw.has('This is not an HTTP/1.1 request')
})

test('openapi.json has the templates of both languages', async () => {
  const fixture = await createAdminFixture()
  const { body } = await fixture.call('GET', '/api/v1/openapi.json', undefined, zh)
  expect(body['x-sentences-zh']).toEqual(inChinese.texts)
  expect(body['x-sentences']).toEqual(inEnglish.texts)
})

test('what a setting is, is said in the language of the request', async () => {
  const one = { path: 'log.level', value: 'info', source: 'default', from: null, description: 'Lowest level that is logged.' } as const
  const fixture = await createAdminFixture({ site: { settings: () => [one] } })
  const described = async (headers: Readonly<Record<string, string>>) =>
    itemsOf(await fixture.call('GET', '/api/v1/settings', undefined, headers)).map(({ description }) => description)
  expect(await described({ 'accept-language': 'zh-CN' })).toEqual(['记录的最低日志级别。'])
  expect(await described({})).toEqual(['Lowest level that is logged.'])
})
