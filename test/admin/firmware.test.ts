import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { messageBytes } from '../../src/admin/firmware-warnings.ts'
import { createAdminFixture, token } from '../support/admin-fixture.ts'
import { flood, openRawHttp } from '../support/raw-http-client.ts'
import { until } from '../support/until.ts'

const sha256OfAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

test('an upload is stored, listed and shown', async () => {
  const fixture = await createAdminFixture()
  const put = await fixture.upload('product=pk&version=1.0.1&description=d%20%E5%9B%BA&from=1.0&from=%200.9&signMethod=SHA256', 'abc')
  expect(put.status).toBe(201)
  expect(put.body).toEqual({
    id: '1',
    product: 'pk',
    module: 'default',
    version: '1.0.1',
    size: 3,
    md5: '900150983cd24fb0d6963f7d28e17f72',
    sha256: sha256OfAbc,
    checksum: '26010000',
    description: 'd 固',
    from: ['1.0', '0.9'],
    signMethod: 'SHA256',
    createdAt: '2026-01-02T03:04:05.000Z',
  })
  const shown = { ...put.body, usage: { devices: 0, campaigns: [], otherCampaigns: 0 } }
  expect((await fixture.call('GET', '/api/v1/firmware')).body).toEqual({ items: [shown], next: null, count: 1, total: 1 })
  expect((await fixture.call('GET', '/api/v1/firmware/1')).body).toEqual(shown)
  expect(await fixture.files()).toEqual([sha256OfAbc])
})

test.each(['version=1.0%00', 'version=1%0A0', 'version=1.0%0D%0A', 'version=%C2%851', 'version=1.0&module=m%07', 'version=1&from=0.9%7F'])(
  'a control character is refused: %s',
  async (query) => {
    const fixture = await createAdminFixture()
    const refused = await fixture.upload(`product=pk&${query}`)
    expect(refused).toMatchObject({ status: 400, body: { faults: [{ code: 'field_has_control_character' }] } })
    expect((await fixture.call('GET', '/api/v1/firmware')).body['items']).toEqual([])
  },
)

test('a description may have lines, and no other control characters: devices get it', async () => {
  const fixture = await createAdminFixture()
  for (const character of ['%00', '%1B', '%C2%9B']) {
    const refused = await fixture.upload(`product=pk&version=1.0&description=a${character}b`)
    expect(refused).toMatchObject({ status: 400, body: { faults: [{ path: 'description', code: 'field_has_binary_character' }] } })
  }
  expect((await fixture.upload('product=pk&version=1.0&description=a%0D%0A%09b')).body).toMatchObject({ description: 'a\r\n\tb' })
})

test('version and module are trimmed, and an empty module is `default`', async () => {
  const fixture = await createAdminFixture()
  expect((await fixture.upload('product=pk&version=%201.0%20&module=%20mcu')).body).toMatchObject({ version: '1.0', module: 'mcu' })
  expect((await fixture.upload('product=pk&version=1.0&module=%20')).body).toMatchObject({ module: 'default' })
})

test('the same bytes under the same name are the same package; other bytes are refused and not kept', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=1', 'abc')
  expect(await fixture.upload('product=pk&version=1', 'abc')).toMatchObject({ status: 200, body: { id: '1' } })
  expect(await fixture.upload('product=pk&version=1', 'abd')).toMatchObject({ status: 409, body: { code: 'OTA_FIRMWARE_DIFFERS' } })
  expect(await fixture.files()).toEqual([sha256OfAbc])
})

test('an image that two packages share is removed with the last of them', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=1', 'abc')
  await fixture.upload('product=pk&version=2', 'abc')
  expect((await fixture.call('DELETE', '/api/v1/firmware/1')).status).toBe(204)
  expect(await fixture.files()).toEqual([sha256OfAbc])
  expect((await fixture.call('DELETE', '/api/v1/firmware/2')).status).toBe(204)
  expect(await fixture.files()).toEqual([])
  expect((await fixture.call('DELETE', '/api/v1/firmware/2')).body).toMatchObject({ code: 'OTA_FIRMWARE_UNKNOWN' })
})

test('firmware that a campaign needs is not removed', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=1', 'abc')
  await fixture.call('POST', '/api/v1/campaigns', { firmware: '1', name: 'Spring' })
  expect(await fixture.call('DELETE', '/api/v1/firmware/1')).toMatchObject({
    status: 409,
    body: { code: 'OTA_FIRMWARE_IN_USE', detail: 'campaign 1 (Spring) needs firmware 1; cancel it first' },
  })
  expect(await fixture.files()).toEqual([sha256OfAbc])
})

test('the body may be of any content type, JSON and forms included', async () => {
  const fixture = await createAdminFixture()
  for (const [at, type] of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'image/x-own; a=b'].entries()) {
    const put = await fixture.call('PUT', `/api/v1/firmware?product=pk&version=${at}`, '{"not json', { 'content-type': type })
    expect(put).toMatchObject({ status: 201, body: { size: 10 } })
  }
})

test('all faults of the query are named', async () => {
  const fixture = await createAdminFixture()
  const bad = await fixture.upload(`product=a%2Fb&version=%20&module=${'m'.repeat(65)}`)
  expect(bad).toMatchObject({ status: 400, body: { code: 'OTA_BAD_REQUEST' } })
  expect(JSON.stringify(bad.body['faults'])).toMatch(/"product".*"version".*"module"/)
  const missing = await fixture.upload('signMethod=md5&colour=red')
  expect(missing.body['faults']).toEqual([
    { path: 'product', message: 'is missing', code: 'field_missing', params: {} },
    { path: 'version', message: 'is missing', code: 'field_missing', params: {} },
    { path: 'colour', message: 'is unknown', code: 'field_unknown', params: {} },
    {
      path: 'signMethod',
      message: 'must be one of MD5, SHA256',
      code: 'field_not_allowed',
      params: { allowed: ['MD5', 'SHA256'] },
    },
  ])
  expect(await fixture.files()).toEqual([])
})

test('an empty body is refused, with a length and without', async () => {
  const fixture = await createAdminFixture()
  expect(await fixture.upload('product=pk&version=1', '')).toMatchObject({ status: 400, body: { code: 'OTA_FIRMWARE_EMPTY' } })
  const line = openRawHttp(
    fixture.admin.port,
    `PUT /api/v1/firmware?product=pk&version=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  )
  await line.has('OTA_FIRMWARE_EMPTY')
  line.socket.destroy()
  expect(await fixture.files()).toEqual([])
})

test('an image that is too large is refused by its length before a byte is read, or without one by its bytes', async () => {
  const fixture = await createAdminFixture({ maxFileBytes: 100_000 })
  const declared = openRawHttp(
    fixture.admin.port,
    `PUT /api/v1/firmware?product=pk&version=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100001\r\n\r\n`,
  )
  await declared.has('OTA_FIRMWARE_TOO_LARGE')
  declared.socket.destroy()
  const endless = flood(`${fixture.admin.url}/api/v1/firmware?product=pk&version=1`, { authorization: `Bearer ${token}` })
  expect(await endless.answer).toMatchObject({ status: 413, text: expect.stringContaining('OTA_FIRMWARE_TOO_LARGE') })
  await endless.closed
  expect(await fixture.files()).toEqual([])
})

test('a torn upload leaves nothing behind', async () => {
  const fixture = await createAdminFixture()
  const line = openRawHttp(
    fixture.admin.port,
    `PUT /api/v1/firmware?product=pk&version=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: 1000\r\n\r\nabc`,
  )
  await until(async () => (await fixture.files()).length === 1)
  line.socket.destroy()
  await until(async () => (await fixture.files()).length === 0)
  expect([...fixture.store.reads.firmwares()]).toEqual([])
  expect(fixture.logged.filter(({ level }) => level === 'error')).toEqual([])
  expect((await fixture.upload('product=pk&version=1', 'abc')).status).toBe(201)
})

test('100 Continue is sent only for a valid token and request', async () => {
  const fixture = await createAdminFixture()
  const head = (query: string, shown: string, length = 3): string =>
    `PUT /api/v1/firmware?${query} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${shown}\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`
  const good = openRawHttp(fixture.admin.port, head('product=pk&version=1', token))
  await good.has('HTTP/1.1 100 Continue\r\n\r\n')
  good.socket.write('abc')
  await good.has('201 Created')
  good.socket.destroy()
  for (const [query, shown, length, status] of [
    ['product=pk&version=1', 'wrong', 3, '401'],
    ['product=pk', token, 3, '400'],
    ['product=pk&version=1', token, 99_999_999, '413'],
  ] as const) {
    const refused = openRawHttp(fixture.admin.port, head(query, shown, length))
    await refused.closed
    expect(refused.text()).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(refused.text()).toMatch(/\r\nconnection: close\r\n/i)
  }
})

test('a JSON body after 100 Continue is read', async () => {
  const fixture = await createAdminFixture()
  const body = '{"tags":["t"]}'
  const line = openRawHttp(
    fixture.admin.port,
    `PUT /api/v1/devices/pk/dn HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
  )
  await line.has('100 Continue')
  line.socket.write(body)
  await line.has('201 Created')
  line.socket.destroy()
})

test('a flood without a token gets 401, is not read to the end, and is disconnected', async () => {
  const fixture = await createAdminFixture()
  const endless = flood(`${fixture.admin.url}/api/v1/firmware?product=pk&version=1`, {})
  expect(await endless.answer).toMatchObject({ status: 401 })
  await endless.closed
  expect(endless.sent()).toBeLessThan(20_000_000)
})

test('warnings say what small devices may not be able to read, and only then', async () => {
  const fixture = await createAdminFixture()
  expect((await fixture.upload('product=pk&version=1')).body).not.toHaveProperty('warnings')
  const long = await fixture.upload(`product=pk&version=${'1'.repeat(33)}&description=${'x'.repeat(700)}`)
  expect(long.body['warnings']).toEqual([expect.stringContaining('33 characters'), expect.stringContaining('1023')])
  expect(long.body['warningDetails']).toMatchObject([
    { path: 'version', code: 'firmware_version_long', params: { length: 33, most: 32 } },
    { path: 'description', code: 'firmware_message_long', params: { most: 1023 } },
  ])
  expect((await fixture.call('GET', '/api/v1/firmware/2')).body).not.toHaveProperty('warnings')
})

test('the message in the warning is as long as the one that is sent, except for its link', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload('product=pk&version=1.0&description=%E5%9B%BA%22')
  const device = await fixture.join('pk/dn')
  await fixture.report(device, 'version.post', { version: '0.9' })
  await fixture.call('POST', '/api/v1/campaigns', { firmware: 1, start: true })
  await fixture.settle()
  const sent = fixture.sent.find(({ text }) => text.includes('firmware.post'))?.text ?? ''
  const { url, task_id: task } = JSON.parse(sent).params
  const id = String(JSON.parse(sent).id)
  const firmware = fixture.store.reads.firmware(1)
  const slack =
    `http://255.255.255.255:65535${'/'.repeat(65)}`.length -
    url.length +
    '2147483647'.length -
    task.length +
    '4294967295'.length -
    id.length
  expect(firmware && messageBytes(firmware)).toBe(Buffer.byteLength(sent) + slack)
})

test('pages are in the order of ids', async () => {
  const fixture = await createAdminFixture()
  for (const version of ['1', '2', '3']) await fixture.upload(`product=pk&version=${version}`)
  const first = await fixture.call('GET', '/api/v1/firmware?limit=2')
  expect(first.body).toMatchObject({ items: [{ id: '1' }, { id: '2' }], next: '2' })
  expect((await fixture.call('GET', '/api/v1/firmware?limit=2&after=2')).body).toMatchObject({ items: [{ id: '3' }], next: null })
  expect(await fixture.call('GET', '/api/v1/firmware?after=x')).toMatchObject({ status: 400, body: { faults: [{ path: 'after' }] } })
  for (const bad of [
    'limit=0',
    'limit=1001',
    'limit=1.5',
    'limit=',
    'limit=1&limit=2',
    'limit=ten',
    'limit=1e1',
    'limit=0x9',
    'limit=%207',
  ]) {
    expect(await fixture.call('GET', `/api/v1/firmware?${bad}`)).toMatchObject({ status: 400, body: { faults: [{ path: 'limit' }] } })
  }
})

test('an invalid id is not found', async () => {
  const fixture = await createAdminFixture()
  for (const id of ['0', '1', 'x', '-1', '1.0', '99999999999999999999', '%00', '1%2F2', '__proto__']) {
    expect(await fixture.call('GET', `/api/v1/firmware/${id}`)).toMatchObject({ status: 404, body: { code: 'OTA_FIRMWARE_UNKNOWN' } })
  }
})

test('a store that fails leaves no image behind', async () => {
  let isBroken = false
  const fixture = await createAdminFixture({ memory: { gate: () => (isBroken ? Promise.reject(new Error('disk full')) : setImmediate()) } })
  isBroken = true
  expect(await fixture.upload('product=pk&version=1', 'abc')).toMatchObject({ status: 503, body: { code: 'OTA_STORE_FAILED' } })
  expect(await fixture.files()).toEqual([])
  isBroken = false
  expect((await fixture.upload('product=pk&version=1', 'abc')).status).toBe(201)
})

test('an upload that stalls is disconnected and leaves nothing; one with a slow store is answered', async () => {
  let release = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  let isSlow = false
  const fixture = await createAdminFixture({ stallMs: 600, memory: { gate: () => (isSlow ? gate : Promise.resolve()) } })
  isSlow = true
  const head = (length: number): string =>
    `PUT /api/v1/firmware?product=pk&version=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${length}\r\n\r\nabc`
  const slow = openRawHttp(fixture.admin.port, head(3))
  const stalled = openRawHttp(fixture.admin.port, head(4))
  await stalled.closed
  await until(async () => !(await fixture.files()).some((name) => name.endsWith('.part')))
  expect(slow.socket.readyState).toBe('open')
  release()
  await slow.has('201 Created')
  slow.socket.destroy()
})

test('a package from its own version is refused before its bytes are sent', async () => {
  const fixture = await createAdminFixture()
  const refused = await fixture.upload('product=pk&version=2.0&from=1.0&from=2.0', 'abc')
  expect(refused).toMatchObject({ status: 400, body: { code: 'OTA_BAD_REQUEST', faults: [{ path: 'from' }] } })
  expect(refused.body['detail']).toContain('from: names 2.0, which the package leads to: leave it out')
  expect((await fixture.upload('product=pk&version=2.0&from=1.0', 'abc')).status).toBe(201)
})
