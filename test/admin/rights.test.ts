// The one table of rights, walked over every route of the API: each role is let in where the table says so, and nowhere else.

import { expect, test } from 'vitest'
import { createApp } from '../../src/admin/app.ts'
import { personRoleFor, type Right, rightOf } from '../../src/admin/rights.ts'
import { type Role, reaches, roles } from '../../src/roles.ts'
import { clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture } from '../support/admin-fixture.ts'

/** Every route of the document: method, the path as routes have it, and with something in the place of its parameters. */
const routesOf = async (fixture: AdminFixture): Promise<readonly (readonly [method: string, url: string, path: string])[]> => {
  const { body } = await fixture.call('GET', '/api/v1/openapi.json')
  return Object.entries(body['paths'] ?? {}).flatMap(([path, item]) =>
    Object.keys(item).map(
      (method) => [method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'), path.replaceAll(/\{\w+\}/g, '9999')] as const,
    ),
  )
}

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
  for (const [method, url, path] of routes) {
    // These take from the caller what the next route needs, or answer without end.
    if (['/api/v1/token/rotate', '/api/v1/events', '/api/v1/backup'].includes(url) && role === 'admin') continue
    if (url === '/api/v1/events' && role !== 'station') continue
    const client = await clientWith(fixture, role)
    const { status, body } = await client.call(method, path)
    const right = rightOf(method, url)
    if (allows(right, role)) expect([method, url, role, status]).not.toEqual([method, url, role, right === 'open' ? 401 : 403])
    else expect([method, url, status, body['code'], body['params']?.['needed']]).toEqual([method, url, 403, 'OTA_FORBIDDEN', right])
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
