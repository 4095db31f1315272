// The one table of rights, walked over every route of the API: each role is let in where the table says so, and nowhere else.

import { expect, test } from 'vitest'
import { createApp } from '../../src/admin/app.ts'
import { personRoleFor, type Right, rightOf } from '../../src/admin/rights.ts'
import type { Actor } from '../../src/ota/ports/access.ts'
import { type Role, reaches, roles } from '../../src/roles.ts'
import { clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture } from '../support/admin-fixture.ts'
import { sampleRun } from '../support/station-samples.ts'

const actorOfTests = async ({ access, token }: AdminFixture): Promise<Actor> => {
  const caller = access.gate.byToken(token, '127.0.0.1')
  if (caller === null) throw new Error('the token of the tests is unknown')
  return { caller, address: '127.0.0.1' }
}

/** Every route of the document: method, the path as routes have it, and with something in the place of its parameters. */
const routesOf = async (fixture: AdminFixture): Promise<readonly (readonly [method: string, url: string, path: string])[]> => {
  const { body } = await fixture.call('GET', '/api/v1/openapi.json')
  return Object.entries(body['paths'] ?? {}).flatMap(([path, item]) =>
    Object.keys(item).map(
      (method) => [method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'), path.replaceAll(/\{\w+\}/g, '9999')] as const,
    ),
  )
}

const isOwn = (right: Right | undefined): boolean => right === 'own or viewer' || right === 'own or operator'

const allows = (right: Right | undefined, role: Role): boolean =>
  right !== undefined && (personRoleFor(right) === null || reaches(role, personRoleFor(right) ?? 'admin'))

test('every route of the API has a row in the table of rights', async () => {
  const routes = await routesOf(await createAdminFixture())
  expect(routes.length).toBeGreaterThan(45)
  expect(routes.filter(([method, url]) => rightOf(method, url) === undefined)).toEqual([])
})

test('a route without a row is refused when it is added', async () => {
  const { deps } = await createAdminFixture()
  const { app } = await createApp(deps, null, () => false)
  expect(() => app.get('/api/v1/novelty', () => null)).toThrow('GET /api/v1/novelty has no row in rights.ts')
  await app.close()
})

test.each(roles)('a %s is let in where the table says so, and refused with the role that would be elsewhere', async (role) => {
  const fixture = await createAdminFixture()
  const routes = await routesOf(fixture)
  const client = await clientWith(fixture, role)
  // What is a station's own is tested below.
  for (const [method, url, path] of routes.filter(([method, url]) => role !== 'station' || !isOwn(rightOf(method, url)))) {
    // These take from the caller what the next route needs, or answer without end.
    if (['/api/v1/token/rotate', '/api/v1/events', '/api/v1/backup'].includes(url) && role === 'admin') continue
    if (url === '/api/v1/events') continue
    const { status, body } = await client.call(method, path)
    const right = rightOf(method, url)
    if (allows(right, role)) expect([method, url, role, status]).not.toEqual([method, url, role, right === 'open' ? 401 : 403])
    else {
      const needed = right === undefined ? null : personRoleFor(right)
      expect([method, url, status, body['code'], body['params']?.['needed']]).toEqual([method, url, 403, 'OTA_FORBIDDEN', needed])
    }
  }
})

test('what viewers and operators may do is what the project has decided', () => {
  const may = (role: Role, route: string): boolean => {
    const [method = '', path = ''] = route.split(' ')
    return allows(rightOf(method, `/api/v1${path}`), role)
  }
  const operator = [
    'POST /campaigns',
    'PUT /firmware',
    'PATCH /devices/:product/:name',
    'POST /campaigns/:id/retry',
    'POST /tasks/:id/push',
  ]
  const admin = ['POST /devices/import', 'POST /tokens', 'POST /users', 'GET /backup', 'GET /audit', 'POST /token/rotate']
  const viewer = ['GET /devices', 'GET /overview', 'GET /campaigns', 'GET /settings', 'GET /doctor']
  for (const route of viewer) expect([route, may('viewer', route), may('station', route)]).toEqual([route, true, false])
  for (const route of operator) expect([route, may('viewer', route), may('operator', route)]).toEqual([route, false, true])
  for (const route of admin) expect([route, may('operator', route), may('admin', route)]).toEqual([route, false, true])
})

test('an operator may change tags of a device, and its secret only an admin', async () => {
  const fixture = await createAdminFixture()
  await fixture.call('PUT', '/api/v1/devices/lamp/l1', {})
  const operator = await clientWith(fixture, 'operator')
  expect((await operator.call('PATCH', '/api/v1/devices/lamp/l1', { tags: ['a'] })).status).toBe(200)
  const { status, body } = await operator.call('PATCH', '/api/v1/devices/lamp/l1', { secret: 'of the device' })
  expect([status, body['code'], body['params']?.['needed']]).toEqual([403, 'OTA_FORBIDDEN', 'admin'])
  expect((await fixture.call('PATCH', '/api/v1/devices/lamp/l1', { secret: 'of the device' })).status).toBe(200)
})

test('the token of a station reaches these routes, and no other', async () => {
  const routes = await routesOf(await createAdminFixture())
  const reached = routes.filter(([method, url]) => {
    const right = rightOf(method, url)
    return right !== 'open' && (right === 'known' || isOwn(right))
  })
  expect(reached.map(([method, url]) => `${method} ${url.replace('/api/v1', '')}`).toSorted()).toEqual([
    'GET /events',
    'GET /runs/:id',
    'GET /stations/:id',
    'GET /whoami',
    'POST /runs/:id/abort',
    'POST /runs/:id/acknowledge',
    'POST /runs/:id/finish',
    'POST /runs/:id/measurements',
    'POST /stations/:id/scan',
  ])
})

const bodies: Readonly<Record<string, object>> = {
  scan: { text: 'SN-9' },
  measurements: [{ name: 'vbat', value: 3.3 }],
}

test('a station reaches what is its own, and what is of another one is refused with the role that would be allowed', async () => {
  const fixture = await createAdminFixture()
  const { stations, runs } = fixture.stations
  for (const id of ['S1', 'S2']) await stations.stations.put(id, { procedure: 'lamp-fct' })
  runs.set(1, sampleRun({ id: 1, station: 'S1' }))
  runs.set(2, sampleRun({ id: 2, station: 'S2', serial: 'SN-2' }))
  const client = await clientWith(fixture, 'station')
  const routes = await routesOf(fixture)
  const own = routes.filter(([method, url]) => isOwn(rightOf(method, url)) && !url.endsWith('/events'))
  expect(own).toHaveLength(7)
  for (const [method, url] of own) {
    const ask = (station: string, run: string) => {
      const path = url.replace('/stations/:id', `/stations/${station}`).replace('/runs/:id', `/runs/${run}`)
      return client.call(method, path, method === 'GET' ? undefined : (bodies[url.split('/').at(-1) ?? ''] ?? {}))
    }
    const { status, body } = await ask('S2', '2')
    const needed = method === 'GET' ? 'viewer' : 'operator'
    expect([url, status, body['code'], body['params']?.['needed']]).toEqual([url, 403, 'OTA_FORBIDDEN', needed])
    expect([url, (await ask('S1', '1')).status]).toEqual([url, url.endsWith('/scan') ? 201 : 200])
  }
  expect(fixture.stations.asked.filter((asked) => asked.includes('S2'))).toEqual(['["putStation","S2",{"procedure":"lamp-fct"}]'])
})

test('a token of a station that is bound to none, as by an old version, reaches no station', async () => {
  const fixture = await createAdminFixture()
  await fixture.stations.stations.stations.put('null', { procedure: 'lamp-fct' })
  const { token } = await fixture.access.tokens.add({ name: 'unbound', role: 'station', station: null }, await actorOfTests(fixture))
  const headers = { authorization: `Bearer ${token}` }
  expect((await fixture.call('GET', '/api/v1/stations/null', undefined, headers)).status).toBe(403)
  expect((await fixture.call('GET', '/api/v1/events', undefined, headers)).status).toBe(403)
})
