// GET /api/v1/backup: one at a time, freed with its client, and with the images of the moment it began.

import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createMemory } from '../../src/store/memory.ts'
import { clientWith } from '../support/access-clients.ts'
import { type AdminFixture, createAdminFixture, itemsOf, textOf, token } from '../support/admin-fixture.ts'
import { readAll, refusalOf } from '../support/backup-samples.ts'
import { until } from '../support/until.ts'

const named = 'product=pk&version=1.0.1'

const open = async ({ admin }: AdminFixture, signal?: AbortSignal): Promise<Response> =>
  await fetch(`${admin.url}/api/v1/backup`, { headers: { authorization: `Bearer ${token}` }, ...(signal !== undefined && { signal }) })

const bytesOf = (response: Response): AsyncIterable<Uint8Array> => {
  if (response.body === null) throw new Error('no body')
  return response.body
}

/** An image that does not fit into the buffers between server and client. */
const large = 'image bytes '.repeat(800_000)

test('it holds records, images and the token of that moment', async () => {
  const fixture = await createAdminFixture()
  await fixture.join('pk/dn')
  const { body } = await fixture.upload(named)
  const response = await open(fixture)
  expect(response.headers.get('content-type')).toBe('application/x-tar')
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="fogbell-20260102T030405Z.backup.tar"')
  const { rows, images, token: kept, summary } = await readAll(bytesOf(response))
  expect(images.get(textOf(body['sha256']))?.toString()).toBe('image bytes')
  expect(kept).toBe(`${token}\n`)
  expect(rows.map(([key]) => key)).toEqual(expect.arrayContaining(['device/pk/dn', 'firmware/0000000001', 'format', 'last/firmware']))
  expect(summary).toMatchObject({ version: '1.2.3', instance: 'instance-of-the-tests', counts: { devices: 1, packages: 1, images: 1 } })
})

test('there is one at a time, and a client that goes away ends its own', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload(named, large)
  const leaving = new AbortController()
  await open(fixture, leaving.signal)
  const second = await fixture.call('GET', '/api/v1/backup')
  expect([second.status, second.body['code']]).toEqual([409, 'OTA_BACKUP_BUSY'])
  leaving.abort()
  await until(async () => (await refusalOf(bytesOf(await open(fixture)))) === 'whole')
  expect(fixture.logged.map(({ message }) => message)).toContain('a backup was not read to its end')
})

test('it ends when its token is removed, and frees it', async () => {
  const fixture = await createAdminFixture()
  await fixture.upload(named, large)
  const client = await clientWith(fixture, 'admin')
  const response = await fetch(`${fixture.admin.url}/api/v1/backup`, { headers: { authorization: `Bearer ${client.token}` } })
  await fixture.call('DELETE', `/api/v1/tokens/${client.name}`)
  await expect(readAll(bytesOf(response))).rejects.toThrow()
  await until(async () => (await refusalOf(bytesOf(await open(fixture)))) === 'whole')
})

test('a client that reads nothing is disconnected, and frees it', async () => {
  const fixture = await createAdminFixture({ stallMs: 200 })
  await fixture.upload(named, large)
  const idle = await open(fixture)
  await until(async () => (await refusalOf(bytesOf(await open(fixture)))) === 'whole')
  await expect(readAll(bytesOf(idle))).rejects.toThrow()
})

test('a package that is removed meanwhile is in it, and its image goes afterwards', async () => {
  const fixture = await createAdminFixture()
  const { body } = await fixture.upload(named, large)
  const response = await open(fixture)
  expect((await fixture.call('DELETE', `/api/v1/firmware/${textOf(body['id'])}`)).status).toBe(204)
  expect(await fixture.files()).toEqual([body['sha256']])
  expect((await readAll(bytesOf(response))).images.size).toBe(1)
  await until(async () => (await fixture.files()).length === 0)
})

test('it is refused where an image is missing or has another size, and can be made once it is there', async () => {
  const fixture = await createAdminFixture()
  const { body } = await fixture.upload(named)
  const file = join(fixture.directory, textOf(body['sha256']))
  await rm(file)
  const missing = await fixture.call('GET', '/api/v1/backup')
  expect([missing.status, missing.body['code'], missing.body['detail']]).toEqual([
    500,
    'OTA_BACKUP_FAILED',
    expect.stringContaining('missing from the data directory: pk/1.0.1'),
  ])
  await writeFile(file, 'image')
  expect((await fixture.call('GET', '/api/v1/backup')).status).toBe(500)
  await fixture.upload('product=pk&version=1.0.1')
  expect(await refusalOf(bytesOf(await open(fixture)))).toBe('whole')
})

test('an image whose bytes have changed ends it, and its reader learns why', async () => {
  const fixture = await createAdminFixture()
  const { body } = await fixture.upload(named)
  await writeFile(join(fixture.directory, textOf(body['sha256'])), 'image bytez')
  const reading = readAll(bytesOf(await open(fixture)))
  await expect(reading).rejects.toThrow('the server could not continue with the backup: the image of pk/1.0.1 is damaged')
  expect(fixture.logged.map(({ message }) => message)).toContain('a backup could not be made')
})

test('it needs the token', async () => {
  const { admin } = await createAdminFixture()
  expect((await fetch(`${admin.url}/api/v1/backup`)).status).toBe(401)
})

test('where the audit cannot store who asked for it, none is given', async () => {
  const memory = createMemory()
  const disk = { ...memory, isFull: false }
  disk.commit = (...given) => (disk.isFull ? Promise.reject(new Error('ENOSPC: no space left on device')) : memory.commit(...given))
  const fixture = await createAdminFixture({ disk })
  const acts = async () => itemsOf(await fixture.call('GET', '/api/v1/audit')).map(({ act }) => act)
  disk.isFull = true
  const refused = await fixture.call('GET', '/api/v1/backup')
  expect([refused.status, refused.body['code'], refused.body['detail']]).toEqual([
    503,
    'OTA_STORE_FAILED',
    expect.stringContaining('the audit could not record who asked for it'),
  ])
  disk.isFull = false
  expect(await refusalOf(bytesOf(await open(fixture)))).toBe('whole')
  expect(await acts()).toEqual(['getBackup'])
})
