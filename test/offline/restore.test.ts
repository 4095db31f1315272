// A backup of a real server, its check and its restore: everything as before but for what must not meet the old life, and never half of it.

import { existsSync, watch } from 'node:fs'
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { asOtaError } from '../../src/errors.ts'
import { checkBackup } from '../../src/offline/backup-file.ts'
import { restore } from '../../src/offline/restore.ts'
import { callFogbell } from '../support/call-fogbell.ts'
import { enter } from '../support/device-client.ts'
import { type InsideServer, startInside } from '../support/inside-server.ts'
import type { Json } from '../support/json.ts'
import { addImage, makePlace, push } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'
import { enterAs, publishPacket, subscribe } from '../support/wire-client.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const settings = { mqtt: { anonymous: { publish: ['#'], subscribe: ['#'] } }, devices: { enrolment: 'open' } }

const d1 = { product: 'pk', name: 'd1' }

let place: Awaited<ReturnType<typeof makePlace>>
let file: string
let before: readonly Json[]
let token: string

const paths = ['/devices', '/firmware', '/campaigns', '/tasks?attempts=all']

const ofPresence = new Set(['connection', 'lastSeen', 'timesOutAt'])

/** At any depth: a device shows its open tasks. */
const withoutPresence = (record: Json): Json =>
  JSON.parse(JSON.stringify(record, (name, value: unknown) => (ofPresence.has(name) ? undefined : value)))

/**
 * All records as the API lists them, without the last connection, which a server remembers only while it runs, its time, written later, and
 * when a task times out, which the time that the server was away puts off.
 */
const dump = async (server: InsideServer): Promise<readonly Json[]> => {
  const lists = await Promise.all(paths.map((path) => server.call('GET', path)))
  return lists.flatMap(({ items }) => Object.values(items ?? {})).map(withoutPresence)
}

/** A session with a subscription and a queued message, and a retained message. */
const fillSessions = async ({ port }: InsideServer): Promise<void> => {
  const away = await enterAs(port, undefined, { clientId: 'away', clean: false })
  await subscribe(away, ['a/#', 1])
  await away.end()
  const other = await enterAs(port, undefined, { clientId: 'other' })
  other.write(publishPacket('a/kept', 'retained text', { qos: 1, retain: true, messageId: 7 }))
  await other.next('puback')
  await other.end()
}

beforeAll(async () => {
  place = await makePlace()
  file = join(place.path, 'backup.tar')
  const data = join(place.path, 'data')
  const server = await startInside(data, settings)
  await server.call('PUT', '/devices/pk/d1', { secret: 'the-secret' })
  await push(server, { product: 'pk', version: '1.0.1' }, Buffer.from('image one'))
  await addImage(server, { product: 'pk', version: '1.0.2' }, Buffer.from('image two'))
  await fillSessions(server)
  const device = await enter(server, d1)
  await device.listen()
  await device.report('version.post', { module: 'default', version: '1.0.0' })
  expect((await device.next()).task).toBe('1')
  await device.report('upgrade.post', { module: 'default', step: 40, desc: '', task_id: '1' })
  await device.wire.end()
  await waitFor('the device is away', async () => JSON.stringify((await server.call('GET', '/devices/pk/d1'))['online']) === 'false')
  before = await dump(server)
  token = server.token
  const { status, stderr } = await callFogbell(['backup', file, '--data', data])
  expect([status, stderr]).toEqual([0, ''])
  await server.stop()
})
afterAll(() => place.clean())

const fresh = (name: string): string => join(place.path, name)

const refusal = (working: Promise<unknown>): Promise<string> =>
  working.then(
    () => 'done',
    (thrown: unknown) => asOtaError(thrown).sentence?.code ?? String(thrown),
  )

const restoreTo = (dataDir: string, from = file): Promise<string> => refusal(restore({ file: from, dataDir, passphrase: null }))

const startRefusal = (data: string): Promise<string> =>
  startInside(data, settings).then(
    async (server) => {
      await server.stop()
      return 'started'
    },
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  )

describe('a restored directory', () => {
  it('has all records, the token and retained messages, goes on with updates, but has another id, no MQTT session, and ids far above the old ones', async () => {
    const data = fresh('restored')
    const restored = await restore({ file, dataDir: data, passphrase: null })
    expect(restored.restored).not.toBe(restored.instance)
    expect(JSON.parse(await readFile(join(data, 'instance.json'), 'utf8'))).toEqual({ id: restored.restored, format: 3 })
    expect((await stat(data)).mode & 0o777).toBe(0o700)
    expect((await stat(join(data, 'admin.token'))).mode & 0o777).toBe(0o600)
    expect((await readdir(data)).sort()).toEqual(['admin.token', 'images', 'instance.json', 'store'])
    const server = await startInside(data, settings)
    expect(server.token).toBe(token)
    expect(await dump(server)).toEqual(before)
    const id = await push(server, { product: 'pk', version: '1.0.3' }, Buffer.from('image three'))
    expect(Number(id)).toBeGreaterThan(1_000_000)
    const stale = await enter(server, d1)
    await stale.listen()
    await stale.report('upgrade.post', { module: 'default', step: 90, desc: '', task_id: '2' })
    await stale.report('upgrade.post', { module: 'default', step: 60, desc: '', task_id: '1' })
    const task = (): Promise<Json> => server.call('GET', '/tasks/1')
    expect(await task()).toMatchObject({ state: 'in_progress', step: 60 })
    await stale.report('version.post', { module: 'default', version: '1.0.1' })
    expect(await task()).toMatchObject({ state: 'succeeded' })
    await stale.wire.end()
    const back = await enterAs(server.port, undefined, { clientId: 'away', clean: false })
    await subscribe(back, ['a/#', 1])
    const message = await back.next('publish')
    expect([message.topic, String(message.payload), message.retain]).toEqual(['a/kept', 'retained text', true])
    await back.ping()
    expect(back.came.filter(({ cmd }) => cmd === 'publish')).toHaveLength(1)
    await back.end()
    await server.stop()
  })
})

/** Resolves as soon as images are being restored into the directory: polling might come when all is done. */
const hasBegun = (data: string): Promise<void> =>
  new Promise((resolve) => {
    const temporary = join(data, 'restore.tmp')
    const outer = watch(data, () => {
      if (!existsSync(temporary)) return
      outer.close()
      const inner = watch(temporary, () => {
        if (existsSync(join(temporary, 'images'))) done()
      })
      const done = (): void => {
        inner.close()
        resolve()
      }
      if (existsSync(join(temporary, 'images'))) done()
    })
  })

describe('a directory is refused', () => {
  it('if anything is in it, and keeps it; lost+found and a token of no store do not count', async () => {
    const data = fresh('full')
    await mkdir(join(data, 'lost+found'), { recursive: true })
    await writeFile(join(data, 'notes.txt'), 'mine')
    expect(await restoreTo(data)).toBe('restore_data_not_empty')
    expect((await readdir(data)).sort()).toEqual(['lost+found', 'notes.txt'])
    await rm(join(data, 'notes.txt'))
    await writeFile(join(data, 'admin.token'), 'another\n')
    await chmod(join(data, 'admin.token'), 0o640)
    expect(await restoreTo(data)).toBe('done')
    expect((await stat(join(data, 'admin.token'))).mode & 0o777).toBe(0o640)
    expect(await readFile(join(data, 'admin.token'), 'utf8')).toBe(`${token}\n`)
  })

  it('if the backup is inside it', async () => {
    expect(await restoreTo(place.path)).toBe('restore_within')
  })

  it('if restore.tmp leads elsewhere, where nothing is removed', async () => {
    const [data, elsewhere] = [fresh('linked'), fresh('elsewhere')]
    await mkdir(data)
    await mkdir(elsewhere)
    await writeFile(join(elsewhere, 'mine'), 'mine')
    await symlink(elsewhere, join(data, 'restore.tmp'))
    expect(await restoreTo(data)).toBe('data_dir_unusable')
    expect(await readdir(elsewhere)).toEqual(['mine'])
  })

  it('if a server that had begun before makes a store in it meanwhile, whose token stays', async () => {
    const data = fresh('meanwhile')
    await mkdir(data)
    await writeFile(join(data, 'admin.token'), 'of the server\n')
    const begun = hasBegun(data)
    const restoring = restoreTo(data)
    await begun
    await mkdir(join(data, 'store'))
    await writeFile(join(data, 'store', 'CURRENT'), 'of the server')
    expect(await restoring).toBe('restore_data_not_empty')
    expect((await readdir(data)).sort()).toEqual(['admin.token', 'store'])
    expect(await readFile(join(data, 'admin.token'), 'utf8')).toBe('of the server\n')
  })

  it('if the disk has no room for the backup', async () => {
    const [data, huge] = [fresh('small'), fresh('huge.tar')]
    const handle = await open(huge, 'w')
    await handle.truncate(2 ** 43)
    await handle.close()
    expect(await restoreTo(data, huge)).toBe('restore_no_space')
    await rm(huge)
    expect(await readdir(place.path)).not.toContain('small')
  })
})

describe('a restore that was killed', () => {
  it('leaves nothing that a server starts on, wherever it was, and the next one begins anew', async () => {
    const order = ['images', 'admin.token', 'instance.json', 'store']
    for (let moved = 0; moved <= order.length; moved++) {
      const data = fresh(`killed-${moved}`)
      const temporary = join(data, 'restore.tmp')
      await restore({ file, dataDir: data, passphrase: null })
      await mkdir(temporary)
      await writeFile(join(temporary, 'LOCK'), '')
      await writeFile(join(temporary, 'placing'), '')
      for (const name of order.slice(moved)) await rename(join(data, name), join(temporary, name))
      expect(await startRefusal(data), `${moved} in place`).toContain('has not ended')
      expect(await restoreTo(data), `${moved} in place`).toBe('done')
      expect((await readdir(data)).sort()).toEqual([...order].sort())
    }
  })

  it('before it was whole, too', async () => {
    const data = fresh('early')
    await mkdir(join(data, 'restore.tmp', 'images'), { recursive: true })
    await writeFile(join(data, 'restore.tmp', 'images', 'x'), 'half')
    expect(await startRefusal(data)).toContain('run `fogbell restore` again')
    expect(await restoreTo(data)).toBe('done')
    expect(await startRefusal(data)).toBe('started')
  })

  it('is no reason to remove what somebody else put there', async () => {
    const data = fresh('foreign')
    await mkdir(join(data, 'restore.tmp', 'store'), { recursive: true })
    await writeFile(join(data, 'restore.tmp', 'placing'), '')
    await mkdir(join(data, 'store'))
    await writeFile(join(data, 'store', 'mine'), 'mine')
    expect(await restoreTo(data)).toBe('restore_data_not_empty')
    expect(await readdir(join(data, 'store'))).toEqual(['mine'])
  })
})

describe('a damaged backup', () => {
  it('is refused by --check and by a restore, which leaves the directory as it was', async () => {
    const bytes = await readFile(file)
    const damaged = fresh('damaged.tar')
    const places = [0, 700, Math.floor(bytes.length / 2), bytes.length - 1600, bytes.length - 1]
    for (const [at, data] of places.map((position, n) => [position, fresh(`damaged-${n}`)] as const)) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 4
      await writeFile(damaged, changed)
      expect(await refusal(checkBackup(damaged, null)), `byte ${at}`).toMatch(/^backup_/)
      expect(await restoreTo(data, damaged), `byte ${at}`).toMatch(/^backup_/)
      expect(await readdir(place.path)).not.toContain(data.split('/').at(-1))
      await mkdir(data)
      expect(await restoreTo(data, damaged)).toMatch(/^backup_/)
      expect(await readdir(data)).toEqual([])
    }
  })

  it('is refused where it ends early', async () => {
    await writeFile(fresh('short.tar'), (await readFile(file)).subarray(0, -1024))
    expect(await refusal(checkBackup(fresh('short.tar'), null))).toBe('backup_ends_early')
    expect(await restoreTo(fresh('short'), fresh('short.tar'))).toBe('backup_ends_early')
  })
})
