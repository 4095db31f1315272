// Guessing passwords is slowed; and nobody keeps others from signing in by it.

import { expect, test } from 'vitest'
import { createInTurn } from '../../src/access/in-turn.ts'
import { createTries, pauseMs } from '../../src/access/tries.ts'
import { networkOf } from '../../src/address-network.ts'
import { browserWith, clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture, itemsOf, textOf } from '../support/admin-fixture.ts'

const password = 'correct horse battery'
const path = '/api/v1/session'

const newCode = async ({ call }: Pick<AdminFixture, 'call'>): Promise<string> => textOf((await call('POST', `${path}/code`)).body['code'])

test('wrong passwords pause that name from that address, longer each time', async () => {
  const fixture = await createAdminFixture({ trustedProxies: ['127.0.0.1'] })
  await fixture.call('POST', '/api/v1/users', { name: 'mei', role: 'viewer', password })
  await fixture.call('POST', '/api/v1/users', { name: 'lin', role: 'viewer', password })
  const tryIt = async (name: string, given: string, from: string): Promise<number> =>
    (await fixture.ask('POST', '/api/v1/session', { name, password: given }, { 'x-forwarded-for': from })).status
  for (let i = 0; i < 5; i++) expect(await tryIt('mei', 'wrong password', '192.0.2.7')).toBe(401)
  expect(await tryIt('MEI', password, '192.0.2.7')).toBe(429)
  const paused = await fixture.ask('POST', '/api/v1/session', { name: 'mei', password }, { 'x-forwarded-for': '192.0.2.7' })
  expect(paused).toMatchObject({ status: 429, body: { code: 'OTA_TOO_MANY_TRIES', params: { seconds: 2 } } })
  expect(paused.headers.get('retry-after')).toBe('2')
  expect(await tryIt('mei', password, '192.0.2.8')).toBe(200)
  expect(await tryIt('lin', password, '192.0.2.7')).toBe(200)
  fixture.pass(2000)
  expect(await tryIt('mei', 'wrong password', '192.0.2.7')).toBe(401)
  fixture.pass(2000)
  expect(await tryIt('mei', password, '192.0.2.7')).toBe(429)
  fixture.pass(2000)
  expect(await tryIt('mei', password, '192.0.2.7')).toBe(200)
})

test('pauses are bounded, and end', () => {
  const clock = { now: 0 }
  const tries = createTries(() => clock.now)
  expect([4, 5, 6, 50].map(pauseMs)).toEqual([0, 2000, 4000, 300_000])
  for (let i = 0; i < 20_000; i++) tries.wrong(`10.0.${i >> 8}.${i & 255}`, 'mei')
  for (let i = 0; i < 50; i++) tries.wrong('192.0.2.7', 'mei')
  expect(() => tries.check('192.0.2.7', 'mei')).toThrow('try again in 300 seconds')
  clock.now += 300_000
  expect(() => tries.check('192.0.2.7', 'mei')).not.toThrow()
})

test('whoever has a whole IPv6 network has as many tries with it as with one address', () => {
  const tries = createTries(() => 0)
  for (let i = 1; i <= 5; i++) {
    tries.check(`2001:db8::${i}`, 'mei')
    tries.wrong(`2001:db8::${i}`, 'mei')
  }
  expect(() => tries.check('2001:db8::51', 'mei')).toThrow('try again in 2 seconds')
  tries.check('2001:db8::51', 'lin')
  tries.check('2001:db8:0:1::1', 'mei')
  tries.right('2001:db8::52', 'mei')
  tries.check('2001:db8::51', 'mei')
})

test('wrong codes and tokens are refused for a while, and a right one from the same address counts all the same', async () => {
  const fixture = await createAdminFixture()
  const { token } = await clientWith(fixture, 'viewer')
  const code = await newCode(fixture)
  for (const wrong of [{ code: 'wrong' }, { token: 'wrong' }]) {
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push((await fixture.ask('POST', path, wrong)).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
  }
  await browserWith(fixture, { code })
  await browserWith(fixture, { token })
})

test('one who makes many codes pushes out none but the own ones', async () => {
  const fixture = await createAdminFixture()
  const code = await newCode(fixture)
  const viewer = await clientWith(fixture, 'viewer')
  const own: string[] = []
  for (let i = 0; i < 11; i++) own.push(await newCode(viewer))
  await browserWith(fixture, { code })
  await expect(browserWith(fixture, { code: own[0] ?? '' })).rejects.toThrow('sign_in_wrong')
  await browserWith(fixture, { code: own[1] ?? '' })
})

test('signing out everywhere ends the codes too that were made and not used yet', async () => {
  const fixture = await createAdminFixture()
  const viewer = await clientWith(fixture, 'viewer')
  const [code, other] = [await newCode(viewer), await newCode(fixture)]
  await viewer.call('DELETE', '/api/v1/sessions')
  await expect(browserWith(fixture, { code })).rejects.toThrow('sign_in_wrong')
  await browserWith(fixture, { code: other })
})

test('a code that is made is a line of the audit, without the code', async () => {
  const fixture = await createAdminFixture()
  const code = await newCode(await clientWith(fixture, 'viewer'))
  const { text, ...answer } = await fixture.call('GET', '/api/v1/audit')
  expect(itemsOf({ text, ...answer })[0]).toMatchObject({ act: 'newSignInCode', role: 'viewer', subject: null })
  expect(text).not.toContain(code)
})

test('the current password cannot be guessed many times at once either', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('POST', '/api/v1/users', { name: 'mei', role: 'viewer', password })
  const browser = await browserWith(fixture, { name: 'mei', password })
  const guess = async (): Promise<number> =>
    (await browser.call('PUT', '/api/v1/users/mei/password', { password: 'another sentence', current: 'a guess' })).status
  const first = await Promise.all([1, 2, 3, 4].map(guess))
  const second = await Promise.all([1, 2, 3, 4].map(guess))
  expect([...first, ...second]).toEqual([403, 403, 403, 403, 403, 429, 429, 429])
})

test('whoever lets many passwords wait leaves room for other addresses', async () => {
  const inTurn = createInTurn(5, 2)
  const release: (() => void)[] = []
  const work = (): Promise<void> => new Promise((resolve) => void release.push(resolve))
  const flood = [1, 2, 3].map(() => inTurn('2001:db8::1', work))
  for (const address of ['2001:db8::2', '2001:db8::1'])
    await expect(inTurn(address, work)).rejects.toMatchObject({ code: 'OTA_TOO_MANY_TRIES' })
  const others = ['192.0.2.7', '192.0.2.8', '2001:db8:1::1'].map((address) => inTurn(address, work))
  await expect(inTurn('192.0.2.9', work)).rejects.toMatchObject({ code: 'OTA_TOO_MANY_TRIES' })
  for (const one of [...flood, ...others]) {
    await expect.poll(() => release.length).toBeGreaterThan(0)
    release.shift()?.()
    await one
  }
  expect(await inTurn('2001:db8::1', async () => 'done')).toBe('done')
})

test('of an IPv6 address the first 64 bits are its network, and IPv4 in IPv6 is IPv4', () => {
  const networks = {
    '2001:db8::1': '2001:db8:0:0::/64',
    '[2001:0DB8:0:0:ffff::2]': '2001:db8:0:0::/64',
    '2001:db8:0:1::1': '2001:db8:0:1::/64',
    'fe80::1%eth0': 'fe80:0:0:0::/64',
    '::1': '0:0:0:0::/64',
    '1:2:3:4:5:6:7:8': '1:2:3:4::/64',
    '64:ff9b::192.0.2.7': '64:ff9b:0:0::/64',
    '::ffff:192.0.2.7': '192.0.2.7',
    '192.0.2.7': '192.0.2.7',
    '': '',
  }
  expect(Object.fromEntries(Object.keys(networks).map((address) => [address, networkOf(address)]))).toEqual(networks)
})

test('wrong sign-ins are in the log, with the names of those who are known only', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('POST', '/api/v1/users', { name: 'Mei', role: 'viewer', password })
  const proofs = [{ name: 'MEI', password: 'wrong password' }, { name: 'my password by mistake', password: 'x' }, { code: 'wrong' }]
  for (const proof of proofs) expect((await fixture.ask('POST', path, proof)).status).toBe(401)
  const lines = fixture.logged.filter(({ level }) => level === 'warn')
  expect(lines.map(({ fields }) => fields)).toEqual(['mei', null, null].map((user) => ({ address: '127.0.0.1', user })))
  expect(JSON.stringify(fixture.logged)).not.toContain('mistake')
})
