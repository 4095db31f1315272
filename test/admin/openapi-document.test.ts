import Schema from 'typebox/schema'
import { expect, test } from 'vitest'
import { createApp } from '../../src/admin/app.ts'
import { pagePaths, stationPath } from '../../src/admin/routes/page-routes.ts'
import { errorCodes } from '../../src/errors.ts'
import { english } from '../../src/sentences/english.ts'
import { type AdminFixture, createAdminFixture, textOf } from '../support/admin-fixture.ts'
import type { Json } from '../support/json.ts'

const documentOf = async (fixture: AdminFixture): Promise<Json> => (await fixture.call('GET', '/api/v1/openapi.json')).body

/** Every operation as `METHOD /path` with what the document says of it. */
const operations = (document: Json): readonly (readonly [string, Json])[] =>
  Object.entries(document['paths'] ?? {}).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  )

const walk = (node: unknown, see: (node: Json) => void): void => {
  if (typeof node !== 'object' || node === null) return
  see(node as Json)
  for (const child of Object.values(node)) walk(child, see)
}

test('every registered route of the API is described, and nothing else', async () => {
  const fixture = await createAdminFixture()
  const { app } = await createApp(fixture.deps, null, () => false)
  await app.ready()
  const registered = [...app.printRoutes({ commonPrefix: false }).matchAll(/\(([A-Z, ]+)\)/g)].flatMap(([, methods = '']) =>
    methods.split(', '),
  )
  const described = operations(await documentOf(fixture))
  expect(registered.filter((method) => method !== 'HEAD')).toHaveLength(described.length + pagePaths.length + [stationPath].length)
  await app.close()
})

test('the routes are those of the contract', async () => {
  const fixture = await createAdminFixture()
  expect(
    operations(await documentOf(fixture))
      .map(([route]) => route)
      .sort(),
  ).toEqual(
    [
      'GET /healthz',
      'GET /readyz',
      'GET /metrics',
      ...[
        'GET /openapi.json',
        'GET /backup',
        'GET /doctor',
        'GET /events',
        'GET /overview',
        'GET /server',
        'GET /listeners',
        'GET /settings',
        'PUT /firmware',
        'GET /firmware',
        'GET /firmware/{id}',
        'DELETE /firmware/{id}',
        'GET /connections/refused',
        'GET /connections/refused/groups',
        'POST /token/rotate',
        'GET /tokens',
        'POST /tokens',
        'DELETE /tokens/{name}',
        'GET /users',
        'POST /users',
        'PATCH /users/{name}',
        'DELETE /users/{name}',
        'DELETE /users/{name}/sessions',
        'PUT /users/{name}/password',
        'GET /whoami',
        'POST /session',
        'DELETE /session',
        'DELETE /sessions',
        'POST /session/code',
        'GET /webhooks',
        'POST /webhooks',
        'GET /webhooks/{name}',
        'PATCH /webhooks/{name}',
        'DELETE /webhooks/{name}',
        'POST /webhooks/{name}/test',
        'POST /webhooks/{name}/retry',
        'GET /audit',
        'GET /audit/verify',
        'GET /devices',
        'POST /devices/import',
        'GET /devices/{product}/{name}',
        'PUT /devices/{product}/{name}',
        'PATCH /devices/{product}/{name}',
        'DELETE /devices/{product}/{name}',
        'DELETE /devices/{product}/{name}/credential',
        'GET /devices/{product}/{name}/why',
        'GET /devices/{product}/{name}/history',
        'GET /devices/{product}/{name}/timeline',
        'POST /campaigns',
        'GET /campaigns',
        'GET /campaigns/{id}',
        'PATCH /campaigns/{id}',
        'DELETE /campaigns/{id}',
        ...['start', 'pause', 'resume', 'cancel', 'retry', 'next'].map((step) => `POST /campaigns/{id}/${step}`),
        'GET /tasks',
        'GET /tasks/{id}',
        'POST /tasks/{id}/cancel',
        'POST /tasks/{id}/push',
        'GET /procedures',
        'GET /procedures/{id}',
        'PUT /procedures/{id}',
        'POST /procedures/{id}/release',
        'GET /stations',
        'GET /stations/{id}',
        'PUT /stations/{id}',
        'DELETE /stations/{id}',
        ...['token', 'unblock', 'scan'].map((act) => `POST /stations/{id}/${act}`),
        'GET /runs',
        'GET /runs/export',
        'GET /runs/{id}',
        ...['abort', 'acknowledge', 'measurements', 'finish'].map((act) => `POST /runs/{id}/${act}`),
        'GET /units/{product}/{serial}',
        ...['release', 'rebind', 'label'].map((act) => `POST /units/{product}/{serial}/${act}`),
        'GET /yield',
      ].map((route) => route.replace(' ', ' /api/v1')),
    ].sort(),
  )
})

test('the document is OpenAPI 3.1, and its references resolve', async () => {
  const fixture = await createAdminFixture()
  const document = await documentOf(fixture)
  expect(document).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'Fogbell', version: '1.2.3' },
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  })
  const schemas = document['components']?.['schemas'] ?? {}
  walk(document, (node) => {
    const ref: unknown = node['$ref']
    if (typeof ref === 'string') expect(Object.keys(schemas)).toContain(ref.replace('#/components/schemas/', ''))
    expect(node).not.toHaveProperty('nullable')
    expect(node).not.toHaveProperty('$id')
  })
  for (const schema of Object.values(schemas)) expect(() => Schema.Compile({ ...schema, components: document['components'] })).not.toThrow()
})

test('the codes of problems are listed', async () => {
  const document = await documentOf(await createAdminFixture())
  expect(document['components']?.['schemas']?.['Problem']).toMatchObject({ properties: { code: { type: 'string', enum: errorCodes } } })
})

test('each operation has a unique id, its path parameters, its answers and its refusals', async () => {
  const fixture = await createAdminFixture()
  const all = operations(await documentOf(fixture))
  expect(new Set(all.map(([, operation]) => operation['operationId'])).size).toBe(all.length)
  for (const [route, operation] of all) {
    const parameters = Object.values(operation['parameters'] ?? {})
    const named = parameters.filter((parameter) => textOf(parameter['in']) === 'path').map((parameter) => textOf(parameter['name']))
    expect([route, named]).toEqual([route, [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)])
    expect(operation['summary']).toBeTypeOf('string')
    for (const response of Object.values(operation['responses'] ?? {})) expect(response['description']).toBeTypeOf('string')
    expect(operation['responses']).toHaveProperty('4XX.content.application/problem+json.schema')
    expect(operation['responses']).toHaveProperty('5XX')
  }
})

test('what has a default or is optional is not required', async () => {
  const fixture = await createAdminFixture()
  const document = await documentOf(fixture)
  const limit = Object.values(document['paths']?.['/api/v1/tasks']?.['get']?.['parameters'] ?? {}).find(
    (parameter) => textOf(parameter['name']) === 'limit',
  )
  expect(limit).toMatchObject({ required: false, schema: { default: 100, minimum: 1, maximum: 1000 } })
  const dryRun = Object.values(document['paths']?.['/api/v1/campaigns']?.['post']?.['parameters'] ?? {})[0]
  expect(dryRun).toMatchObject({ name: 'dryRun', required: false, schema: { default: false } })
  expect(document['paths']?.['/api/v1/campaigns/{id}/cancel']).toMatchObject({ post: { requestBody: { required: false } } })
  expect(document['paths']?.['/api/v1/firmware']).toMatchObject({
    put: { requestBody: { required: true, content: { 'application/octet-stream': {} } } },
  })
})

test('every sentence of the server is in the document', async () => {
  const fixture = await createAdminFixture()
  expect((await documentOf(fixture))['x-sentences']).toEqual(english)
})

test('it keeps the rules that readers of such documents expect', async () => {
  const document = await documentOf(await createAdminFixture())
  expect(document).toMatchObject({ info: { license: { identifier: 'MIT' } }, servers: [{ url: '/' }] })
  const tags = new Map(Object.values(document['tags'] ?? {}).map((tag) => [textOf(tag['name']), textOf(tag['description'])]))
  for (const description of tags.values()) expect(description).not.toBe('')
  for (const [route, operation] of operations(document)) {
    const own = Object.values(operation['tags'] ?? {}).map(textOf)
    expect([route, own.length, own.every((tag) => tags.has(tag))]).toEqual([route, 1, true])
    expect(textOf(operation['operationId'])).toMatch(/^[a-z][A-Za-z]+$/)
    expect(Object.keys(operation['responses'] ?? {}).some((status) => status.startsWith('2'))).toBe(true)
    for (const parameter of Object.values(operation['parameters'] ?? {}))
      expect([route, parameter['name'], textOf(parameter['description'] ?? parameter['schema']?.['description'])]).not.toContain('')
  }
  const used = new Set<string>()
  walk(document, (node) => used.add(textOf(node['$ref'])))
  for (const name of Object.keys(document['components']?.['schemas'] ?? {})) expect(used).toContain(`#/components/schemas/${name}`)
})

test('each body has an example, which it accepts', async () => {
  const document = await documentOf(await createAdminFixture())
  for (const [route, operation] of operations(document)) {
    for (const [type, media] of Object.entries(operation['requestBody']?.['content'] ?? {})) {
      if (type === 'application/octet-stream') continue
      const schema = media['schema'] ?? {}
      // The generator takes a schema's examples out of it.
      const examples = 'example' in media ? [media['example']] : Object.values(media['examples'] ?? {}).map((one) => one['value'])
      expect([route, examples.length]).toEqual([route, 1])
      const check = Schema.Compile({ ...schema, components: document['components'] })
      for (const example of examples) expect([route, check.Check(example)]).toEqual([route, true])
    }
  }
})
