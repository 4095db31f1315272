import { expect, test } from 'vitest'
import { type AdminFixture, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'

const path = (product: string, name: string, rest = ''): string =>
  `/api/v1/devices/${encodeURIComponent(product)}/${encodeURIComponent(name)}${rest}`

const csv = (fixture: AdminFixture, text: string) => fixture.call('POST', '/api/v1/devices/import', text, { 'content-type': 'text/csv' })

test('a device is added, shown, replaced and changed', async () => {
  const fixture = await createAdminFixture()
  const added = await fixture.call('PUT', path('pk', 'dn'), { secret: 's3cret', tags: ['lab', 'lab', '二'] })
  expect(added.status).toBe(201)
  expect(added.body).toEqual({
    product: 'pk',
    name: 'dn',
    online: false,
    lastSeen: null,
    connection: null,
    gateway: null,
    tags: ['lab', '二'],
    address: null,
    contended: false,
    disputed: null,
    takeovers: [],
    modules: {},
    failed: [],
    openTasks: [],
    credential: 'secret',
    createdAt: '2026-01-02T03:04:05.000Z',
  })
  await fixture.call('PUT', path('pk', 'gw'), {})
  expect(await fixture.call('PATCH', path('pk', 'dn'), { gateway: 'pk/gw' })).toMatchObject({
    status: 200,
    body: { gateway: 'pk/gw', tags: ['lab', '二'], credential: 'secret' },
  })
  expect(await fixture.call('PUT', path('pk', 'dn'), { tags: ['x'] })).toMatchObject({ status: 200, body: { gateway: null, tags: ['x'] } })
  expect((await fixture.call('GET', path('pk', 'dn'))).body).toMatchObject({ tags: ['x'] })
})

test('names with spaces, bars, per cent signs and other scripts are one device each', async () => {
  const fixture = await createAdminFixture()
  const names = [
    'a b',
    'a|b',
    '100%',
    '%41',
    '固件',
    "o'clock?x=1",
    'a;b',
    '__proto__',
    'constructor',
    'import',
    'dev1',
    'dev10',
    'x'.repeat(256),
  ]
  for (const name of names) expect((await fixture.call('PUT', path('p k', name), { tags: ['t'] })).status).toBe(201)
  for (const name of names) expect((await fixture.call('GET', path('p k', name))).body).toMatchObject({ product: 'p k', name })
  expect((await fixture.call('GET', '/api/v1/devices')).body['items']).toHaveLength(names.length)
  for (const name of names) expect((await fixture.call('DELETE', path('p k', name))).status).toBe(204)
})

test('names that cannot be part of a topic or username are refused, and never reach another device', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', path('a', 'b'), {})
  for (const name of ['a&b', 'a/b', 'a+b', '#', '\u0000', ' '.repeat(257)]) {
    expect(await fixture.call('PUT', path('pk', name), {})).toMatchObject({ status: 400, body: { code: 'OTA_DEVICE_NAME' } })
  }
  expect(await fixture.call('GET', '/api/v1/devices/a%2Fb/c')).toMatchObject({ status: 404, body: { code: 'OTA_DEVICE_UNKNOWN' } })
  expect(await fixture.call('DELETE', '/api/v1/devices/x/a%2Fb')).toMatchObject({ status: 404, body: { code: 'OTA_DEVICE_UNKNOWN' } })
})

test('every request for an unknown device is refused', async () => {
  const fixture = await createAdminFixture()
  const asked = [
    await fixture.call('GET', path('pk', 'no')),
    await fixture.call('PATCH', path('pk', 'no'), {}),
    await fixture.call('DELETE', path('pk', 'no')),
    await fixture.call('DELETE', path('pk', 'no', '/credential')),
    await fixture.call('GET', path('pk', 'no', '/why')),
  ]
  for (const answer of asked) expect(answer).toMatchObject({ status: 404, body: { code: 'OTA_DEVICE_UNKNOWN' } })
})

test('the fields of a device are checked one by one', async () => {
  const fixture = await createAdminFixture()
  const bad = await fixture.call('PUT', path('pk', 'dn'), { secret: '', gateway: 'x', tags: ['a b', 1], color: 'red' })
  expect(bad.status).toBe(400)
  expect(bad.body['faults']).toEqual([
    { path: 'color', message: 'is unknown', code: 'field_unknown', params: {} },
    { path: 'tags[0]', message: expect.stringContaining('without spaces'), code: 'field_not_a_tag', params: {} },
    { path: 'tags[1]', message: 'must be text', code: 'field_type', params: { type: 'string' } },
    { path: 'secret', message: 'must not be empty', code: 'field_too_short', params: { least: 1 } },
    { path: 'gateway', message: expect.stringContaining('PRODUCT/NAME'), code: 'field_not_a_device', params: {} },
  ])
  expect(await fixture.call('PUT', path('pk', 'dn'), { tags: null })).toMatchObject({
    status: 400,
    body: { faults: [{ path: 'tags', message: 'must be a list' }] },
  })
  expect(await fixture.call('PUT', path('pk', 'dn'), { gateway: 7 })).toMatchObject({
    body: { faults: [{ message: 'must be text or null' }] },
  })
  for (const body of ['[]', '"x"', 'null', '']) {
    expect(await fixture.call('PUT', path('pk', 'dn'), body, { 'content-type': 'application/json' })).toMatchObject({ status: 400 })
  }
  expect([...fixture.store.reads.devices()]).toEqual([])
})

test('each value has one fault', async () => {
  const fixture = await createAdminFixture()
  const tagged = async (text: string) => (await fixture.call('PUT', path('pk', 'dn'), { tags: [text] })).body['detail']
  expect(await tagged('')).toBe('The request is not valid: tags[0]: must not be empty.')
  expect(await tagged('a b')).toBe('The request is not valid: tags[0]: must be one word without spaces, commas or semicolons.')
  expect(await tagged('x'.repeat(65))).toBe('The request is not valid: tags[0]: must have at most 64 characters.')
})

test('a secret is in no answer, no fault and no log', async () => {
  const fixture = await createAdminFixture()
  const secret = 'Zk9-the-secret'
  const answers = [
    await fixture.call('PUT', path('pk', 'dn'), { secret }),
    await fixture.call('GET', path('pk', 'dn')),
    await fixture.call('GET', '/api/v1/devices'),
    await fixture.call('PUT', path('pk', 'dn'), `{"secret":"${secret}"`, { 'content-type': 'application/json' }),
    await fixture.call('PUT', path('pk', 'dn'), { secret: `${secret}`.repeat(99) }),
    await fixture.call('PUT', path('pk', 'dn'), { secret: [secret] }),
    await csv(fixture, `product,name,secret\npk,dn,"${secret}"x\npk,,${secret}\npk,e,${secret.repeat(99)}\n`),
  ]
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 400, 400, 400, 400])
  for (const { text } of answers) expect(text).not.toContain(secret)
  expect(JSON.stringify(fixture.logged)).not.toContain(secret)
})

test('modules keep their names, also __proto__', async () => {
  const fixture = await createAdminFixture()
  const device = await fixture.join('pk/dn')
  await fixture.report(device, 'version.post', { version: '1.0', module: '__proto__' })
  await fixture.report(device, 'version.post', { version: '2.0', module: 'constructor' })
  const { text } = await fixture.call('GET', path('pk', 'dn'))
  expect(text).toContain('"__proto__":{"version":"1.0","reportedAt":"2026-01-02T03:04:05.000Z"}')
  expect(text).toContain('"constructor":{"version":"2.0"')
  expect((await fixture.call('GET', '/api/v1/devices')).text).toContain('"__proto__"')
})

test('the list is filtered by product, tag and presence', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', path('pk', 'a'), { tags: ['x'] })
  await fixture.call('PUT', path('pk', 'b'), { tags: ['y'] })
  await fixture.call('PUT', path('pk2', 'c'), { tags: ['x'] })
  await fixture.join('pk/b')
  const names = async (query: string): Promise<string> =>
    itemsOf(await fixture.call('GET', `/api/v1/devices?${query}`))
      .map((item) => textOf(item['name']))
      .join()
  expect(await names('')).toBe('a,b,c')
  expect(await names('product=pk')).toBe('a,b')
  expect(await names('tag=x')).toBe('a,c')
  expect(await names('online=true')).toBe('b')
  expect(await names('online=false&product=pk')).toBe('a')
  expect(await names('product=p')).toBe('')
  expect(await fixture.call('GET', '/api/v1/devices?online=1')).toMatchObject({
    status: 400,
    body: { faults: [{ path: 'online', message: 'must be true or false' }] },
  })
})

test('pages have every device once, in order, and cursors are safe in URLs', async () => {
  const fixture = await createAdminFixture()
  const names = Array.from({ length: 700 }, (_, at) => `${(at * 7919) % 700} 固/?&=`.replaceAll(/[/&]/g, '|'))
  await csv(fixture, `name,product\n${names.map((name) => `${name},pk`).join('\n')}`)
  const seen: string[] = []
  for (let after = ''; ; ) {
    const page = await fixture.call('GET', `/api/v1/devices?limit=99${after === '' ? '' : `&after=${after}`}`)
    seen.push(...itemsOf(page).map((item) => textOf(item['name'])))
    if (page.body['next'] === null) break
    after = textOf(page.body['next'])
    expect(after).toMatch(/^[\w-]+$/)
  }
  expect(seen).toEqual([...names].sort())
  expect(await fixture.call('GET', '/api/v1/devices?after=%25')).toMatchObject({ status: 400, body: { faults: [{ path: 'after' }] } })
})

test('a deleted credential is bound again', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', path('pk', 'dn'), { secret: 's' })
  expect((await fixture.call('DELETE', path('pk', 'dn', '/credential'))).status).toBe(204)
  expect((await fixture.call('GET', path('pk', 'dn'))).body).toMatchObject({ credential: 'none' })
})

test('why is an ordered list of verdicts', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', path('pk', 'dn'), {})
  const { body } = await fixture.call('GET', path('pk', 'dn', '/why?module=default'))
  expect(Object.keys(body['items']?.[0] ?? {})).toEqual(['rule', 'ok', 'text', 'code', 'params', 'campaign', 'task', 'reason'])
})

test('a list of devices is imported as a whole', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', path('pk', 'b'), { tags: ['old'] })
  const list = '\uFEFFname,product,tags,gateway,secret\r\na,pk,x;y,,"p""w"\r\n"b, c",pk,,pk/a,\r\nb,pk,,,\r\n'
  expect((await csv(fixture, list)).body).toEqual({ created: 2, updated: 0, unchanged: 1 })
  expect((await fixture.call('GET', path('pk', 'a'))).body).toMatchObject({ tags: ['x', 'y'], credential: 'secret' })
  expect((await fixture.call('GET', path('pk', 'b, c'))).body).toMatchObject({ gateway: 'pk/a' })
  expect((await fixture.call('GET', path('pk', 'b'))).body).toMatchObject({ tags: ['old'] })
})

test('one bad row refuses the whole list', async () => {
  const fixture = await createAdminFixture()
  const bad = await csv(fixture, 'product,name\npk,a\npk,b&c\n')
  expect(bad).toMatchObject({ status: 400, body: { code: 'OTA_IMPORT_INVALID', faults: [{ path: 'row 3, column B' }] } })
  expect([...fixture.store.reads.devices()]).toEqual([])
})

test('a list that is not text/csv, or too large, is refused', async () => {
  const fixture = await createAdminFixture()
  const wrong = await fixture.call('POST', '/api/v1/devices/import', '{}', { 'content-type': 'application/json' })
  expect(wrong).toMatchObject({ status: 415, body: { code: 'OTA_BODY_TYPE' } })
  const large = await fixture.call('PUT', path('pk', 'dn'), { secret: 'x'.repeat(1_048_577) })
  expect(large).toMatchObject({ status: 413, body: { code: 'OTA_BODY_TOO_LARGE' } })
})

test('why lists the rules of a campaign, with one word for what holds the update back', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  for (const name of ['a', 'b']) await fixture.report(await fixture.join(`pk/${name}`), 'version.post', { version: '1.0' })
  await fixture.call('PATCH', path('pk', 'a'), { tags: ['canary'] })
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true, phases: [{ tag: 'canary' }] })
  await fixture.settle()
  const verdicts = itemsOf(await fixture.call('GET', path('pk', 'b', '/why')))
  expect(verdicts[0]).toMatchObject({ rule: 'presence', ok: true, campaign: null, task: null, reason: null })
  expect(verdicts.filter(({ reason }) => reason !== null)).toEqual([
    {
      rule: 'campaign 1 phase',
      ok: false,
      text: 'phase 2 of 2 waits: phase 1 has 0 of 1 finished, 0 % succeeded of 100 % needed, 1 must have finished',
      code: expect.any(String),
      params: expect.any(Object),
      campaign: '1',
      task: expect.any(String),
      reason: 'phase',
    },
  ])
})

test('why says how the last task ended, of an active campaign and without one', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=2.0', 'abc')
  const a = await fixture.join('pk/a')
  await fixture.report(a, 'version.post', { version: '1.0' })
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true, target: { continuous: true } })
  await fixture.settle()
  await fixture.report(a, 'upgrade.post', { step: -3, task_id: '1', desc: 'md5 differs' })
  const ended = 'task 1 of campaign 1 failed (verify_error; step -3; "md5 differs") at 2026-01-02T03:04:05.000Z'
  expect(itemsOf(await fixture.call('GET', path('pk', 'a', '/why'))).at(-1)).toMatchObject({
    ok: false,
    reason: 'ended',
    task: '1',
    text: `${ended}; not matched again from that version; \`fogbell campaign retry 1 --device pk/a\` retries it`,
  })
  await fixture.call('POST', '/api/v1/campaigns/1/pause')
  expect(itemsOf(await fixture.call('GET', path('pk', 'a', '/why'))).at(-1)).toMatchObject({
    reason: 'paused',
    task: '1',
    text: `${ended}; \`fogbell campaign retry 1 --device pk/a\` retries it; the campaign is paused`,
  })
  await fixture.call('POST', '/api/v1/campaigns/1/cancel')
  expect(itemsOf(await fixture.call('GET', path('pk', 'a', '/why'))).at(-1)).toMatchObject({
    reason: 'campaigns',
    text: `no campaign for product pk is under way; the last one: ${ended}`,
  })
  expect(itemsOf(await fixture.call('GET', path('pk', 'a', '/why?module=other'))).at(-1)?.['text']).not.toContain('task 1')
})

test('history lists the installed versions and the tasks that installed them, page by page', async () => {
  const fixture = await createAdminFixture()
  const { body: firmware } = await fixture.upload('product=pk&version=2.0', 'abc')
  const a = await fixture.join('pk/a')
  await fixture.report(a, 'version.post', { version: '1.0' })
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true })
  await fixture.settle()
  fixture.pass(60_000)
  await fixture.report(a, 'version.post', { version: '2.0' })
  await fixture.report(a, 'version.post', { version: '2.0' })
  const { body } = await fixture.call('GET', path('pk', 'a', '/history'))
  const [first, second] = [
    { at: '2026-01-02T03:04:05.000Z', module: 'default', version: '1.0', task: null, campaign: null, sha256: null },
    { at: '2026-01-02T03:05:05.000Z', module: 'default', version: '2.0', task: '1', campaign: '1', sha256: firmware['sha256'] },
  ]
  expect(body).toEqual({ items: [first, second], next: null })
  const page = await fixture.call('GET', path('pk', 'a', '/history?limit=1'))
  expect(page.body).toEqual({ items: [first], next: '1' })
  expect((await fixture.call('GET', path('pk', 'a', '/history?limit=1&after=1'))).body).toEqual({ items: [second], next: null })
  expect(await fixture.call('GET', path('pk', 'none', '/history'))).toMatchObject({ status: 404, body: { code: 'OTA_DEVICE_UNKNOWN' } })
})
