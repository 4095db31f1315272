// The directories of a migration: what it refuses and leaves as it was, what it says, and what it writes.

import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readRow } from '../../src/mqtt/sessions/rows.ts'
import { lockFile } from '../../src/offline/file-lock.ts'
import { openLevel } from '../../src/store/level.ts'
import type { Json } from '../support/json.ts'
import { fillOld, fingerprint, migrate, migrateAlone, openOld, startOldBroker } from '../support/migrate-fixture.ts'
import { bin, makePlace } from '../support/server-fixture.ts'

vi.setConfig({ testTimeout: 30_000 })

let place: Awaited<ReturnType<typeof makePlace>>
let from: string
let data: string

beforeEach(async () => {
  place = await makePlace()
  from = join(place.path, 'aedes')
  data = join(place.path, 'data')
})
afterEach(() => place.clean())

interface Refusal {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The message of a refusal with that code. */
const refused = ({ status, stdout, stderr }: Refusal, code: string, exit = 1): string => {
  expect([status, stdout]).toEqual([exit, ''])
  const problem = JSON.parse(stderr) as { readonly code: string; readonly detail: string }
  expect(problem.code).toBe(code)
  return problem.detail
}

describe('a source is refused', () => {
  it('if it does not exist, or is not a LevelDB directory', async () => {
    expect(refused(await migrate(from, '--data', data, '--json'), 'OTA_STORE_UNREADABLE')).toContain('does not exist')
    await mkdir(from)
    expect(refused(await migrate(from, '--data', data, '--json'), 'OTA_STORE_UNREADABLE')).toContain('not a LevelDB directory')
    await writeFile(join(place.path, 'file'), '')
    expect(refused(await migrate(join(place.path, 'file'), '--data', data, '--json'), 'OTA_STORE_UNREADABLE')).toContain(
      'not a LevelDB directory',
    )
    expect(await readdir(place.path)).not.toContain('data')
  })

  it('if another program wrote it', async () => {
    const db = new Level(from)
    await db.put('retained', 'no colon')
    await db.close()
    const before = await fingerprint(from)
    expect(refused(await migrate(from, '--data', data, '--json'), 'OTA_STORE_UNREADABLE')).toContain('nothing of aedes-persistence-level')
    expect(await fingerprint(from)).toEqual(before)
    expect(await readdir(place.path)).not.toContain('data')
  })

  it('while a broker runs on it', async () => {
    const old = await startOldBroker(from)
    const before = await fingerprint(from)
    expect(refused(await migrate(from, '--data', data, '--json'), 'OTA_STORE_LOCKED')).toContain('stop the broker')
    expect(await fingerprint(from)).toEqual(before)
    await old.stop()
  })

  it('if a value or a table in it cannot be read', async () => {
    await fillOld(from, { retained: 3 })
    const db = new Level(from)
    await db.put('retained:bad', '\u0092')
    await db.close()
    refused(await migrate(from, '--data', data, '--json'), 'OTA_STORE_UNREADABLE')
    await writeFile(join(from, 'CURRENT'), 'MANIFEST-999999\n')
    expect(refused(await migrate(from, '--data', data, '--json'), 'OTA_STORE_UNREADABLE')).toContain('cannot be read')
    expect(await readdir(place.path)).not.toContain('data')
  })

  it('if the data directory is inside it', async () => {
    await fillOld(from, { retained: 1 })
    expect(refused(await migrate(from, '--data', join(from, 'data'), '--json'), 'OTA_DATA_DIR')).toContain('is inside')
    expect(refused(await migrate(from, '--data', from, '--json'), 'OTA_DATA_DIR')).toContain('is inside')
  })

  it('if the data directory is inside it by way of a link', async () => {
    await fillOld(from, { retained: 1 })
    const link = join(place.path, 'link')
    await symlink(from, link)
    const before = await fingerprint(from)
    for (const [source, inside] of [
      [link, join(from, 'new', 'data')],
      [from, join(link, 'new', 'data')],
      [from, link],
    ] as const)
      expect(refused(await migrate(source, '--data', inside, '--json'), 'OTA_DATA_DIR')).toContain('is inside')
    expect(await fingerprint(from)).toEqual(before)
  })

  it.each(['000099.log', 'CURRENT', 'LOCK'])('if %s in it is not a regular file', async (name) => {
    await fillOld(from, { retained: 1 })
    await rm(join(from, name), { force: true })
    execFileSync('mkfifo', [join(from, name)])
    const said = refused(await migrate(from, '--data', data, '--json'), 'OTA_STORE_UNREADABLE')
    expect(said).toContain(`${join(from, name)} is not a regular file`)
    expect(await readdir(place.path)).not.toContain('data')
  })
})

describe('the data directory', () => {
  it('must be empty; a token, a description and lost+found do not count', async () => {
    await fillOld(from, { retained: 1 })
    await mkdir(join(data, 'lost+found'), { recursive: true })
    await writeFile(join(data, 'admin.token'), 'secret\n')
    await writeFile(join(data, 'fogbell.json'), '{}')
    await writeFile(join(data, 'notes.txt'), '')
    const held = ['admin.token', 'fogbell.json', 'lost+found']
    expect(refused(await migrate(from, '--data', data, '--json'), 'OTA_DATA_DIR')).toContain('not empty (notes.txt)')
    expect((await readdir(data)).sort()).toEqual([...held, 'notes.txt'])
    await rm(join(data, 'notes.txt'))
    await chmod(data, 0o750)
    expect((await migrate(from, '--data', data, '--json')).status).toBe(0)
    expect((await readdir(data)).sort()).toEqual(['admin.token', 'fogbell.json', 'instance.json', 'lost+found', 'store'])
    expect((await stat(data)).mode & 0o777).toBe(0o750)
    expect(refused(await migrate(from, '--data', data, '--json'), 'OTA_DATA_DIR')).toContain('not empty (instance.json, store)')
  })

  it('must be one that can be made', async () => {
    await fillOld(from, { retained: 1 })
    await writeFile(join(place.path, 'file'), '')
    refused(await migrate(from, '--data', join(place.path, 'file'), '--json'), 'OTA_DATA_DIR')
    refused(await migrate(from, '--data', join(place.path, 'file', 'data'), '--json'), 'OTA_DATA_DIR')
    await symlink(join(place.path, 'nowhere'), data)
    for (const dir of [data, join(data, 'inside')]) {
      refused(await migrate(from, '--data', dir, '--json'), 'OTA_DATA_DIR')
      refused(await migrate(from, '--data', dir, '--dry-run', '--json'), 'OTA_DATA_DIR')
    }
  })

  it('is named where it has no room for the copy', async () => {
    await fillOld(from, { retained: 300 })
    const limited = `trap '' XFSZ; ulimit -f 64; exec "$@"`
    const args = ['-c', limited, 'sh', process.execPath, bin, 'migrate', 'aedes', from, '--data', data, '--json']
    const ended = spawnSync('sh', args, { encoding: 'utf8' })
    expect(refused(ended, 'OTA_DATA_DIR')).toContain(`the copy of ${from} cannot be written to ${data}`)
    expect(await readdir(place.path)).not.toContain('data')
  })

  it('is filled by one migration at a time, in whichever container; what a killed one left is removed', async () => {
    await fillOld(from, { retained: 1 })
    const temporary = join(data, 'migration.tmp')
    await mkdir(temporary, { recursive: true })
    const other = await lockFile(join(temporary, 'LOCK'), join(temporary, 'other'))
    expect(refused(await migrateAlone(from, '--data', data, '--json'), 'OTA_DATA_DIR')).toContain('another migration')
    expect((await readdir(temporary)).sort()).toEqual(['LOCK', 'other'])
    await other.close()
    await mkdir(join(data, 'migration.0123456789abcdef.tmp', 'source'), { recursive: true })
    expect((await migrate(from, '--data', data, '--json')).status).toBe(0)
    expect(await readdir(data)).toEqual(['instance.json', 'store'])
  })

  it.skipIf(process.getuid?.() !== 0)('keeps its owner, who owns what is in it too', async () => {
    await fillOld(from, { retained: 1 })
    await mkdir(data)
    await chown(data, 1234, 1235)
    expect((await migrate(from, '--data', data, '--json')).status).toBe(0)
    const store = join(data, 'store')
    const paths = [data, join(data, 'instance.json'), store, ...(await readdir(store)).map((name) => join(store, name))]
    const owners = await Promise.all(paths.map(async (path) => `${(await stat(path)).uid}:${(await stat(path)).gid}`))
    expect(new Set(owners)).toEqual(new Set(['1234:1235']))
  })

  it('is for its owner alone if it is new, and so is what is in it', async () => {
    await fillOld(from, { retained: 1 })
    expect((await migrate(from, '--data', join(data, 'deep'), '--json')).status).toBe(0)
    for (const path of ['', 'deep', 'deep/store']) expect((await stat(join(data, path))).mode & 0o777).toBe(0o700)
  })
})

describe('sessions that no rule places', () => {
  it('are listed and refused, until the map or an option places them or leaves them out', async () => {
    await fillOld(from, { clients: ['scada-1', 'pk&dn|signmethod=hmacsha1|', 'with, "comma"'] })
    const real = await migrate(from, '--data', data, '--json')
    expect(JSON.parse(real.stderr)).toMatchObject({
      detailCode: 'migrate_unplaced',
      params: { count: 2 },
      faults: [
        { path: 'scada-1', message: 'subscribed to plant/#' },
        { path: 'with, "comma"', message: 'subscribed to plant/#' },
      ],
    })
    const rehearsed = await migrate(from, '--data', data, '--json', '--dry-run')
    expect([rehearsed.status, rehearsed.stderr]).toEqual([2, real.stderr])
    expect(real.status).toBe(2)
    expect(JSON.parse(rehearsed.stdout)).toMatchObject({ dryRun: true, device: 1, unplaced: ['scada-1', 'with, "comma"'] })
    const shown = await migrate(from, '--data', data, '--dry-run')
    expect(shown.stdout).toContain('the migration would be refused')
    expect(shown.stderr).toContain('  scada-1: subscribed to plant/#')
    const map = join(place.path, 'map.csv')
    await writeFile(map, 'client_id,username\r\n"with, ""comma""",dn2&pk\r\nnobody,\r\n')
    const args = [from, '--data', data, '--map', map, '--json', '--dry-run']
    const dry = JSON.parse((await migrate(...args)).stdout) as Json
    expect(dry).toMatchObject({ dryRun: true, device: 2, unplaced: ['scada-1'], warnings: [{ path: '--map', code: 'migrate_map_unused' }] })
    const anonymous = JSON.parse((await migrate(...args, '--anonymous')).stdout) as Json
    expect(anonymous).toMatchObject({ device: 2, anonymous: 1, unplaced: [], warnings: [{ code: 'migrate_no_anonymous' }, {}] })
    expect(await readdir(place.path)).not.toContain('data')
    const left = JSON.parse((await migrate(from, '--data', data, '--json', '--skip-unplaced')).stdout) as Json
    expect(left).toMatchObject({ device: 1, unplaced: ['scada-1', 'with, "comma"'] })
  })

  it('are not placed by a map with faults, which are named by their line', async () => {
    await fillOld(from, { clients: ['a'] })
    const map = join(place.path, 'map.csv')
    await writeFile(map, 'client_id,username\na,x&y&z\nb\na,user\n')
    const ended = await migrate(from, '--data', data, '--map', map, '--json')
    refused(ended, 'OTA_BAD_REQUEST', 2)
    const { faults } = JSON.parse(ended.stderr) as { faults: readonly { path: string; code: string }[] }
    expect(faults.map(({ path, code }) => [path, code])).toEqual([
      ['line 2', 'migrate_user_invalid'],
      ['line 3', 'migrate_map_line'],
      ['line 4', 'migrate_client_twice'],
    ])
    expect(refused(await migrate(from, '--data', data, '--user', 'x&', '--json'), 'OTA_BAD_REQUEST', 2)).toContain('x&')
    expect((await migrate(from, '--data', data, '--user', 'x', '--anonymous')).status).toBe(2)
  })
})

it('what is not taken over is listed with its reason', async () => {
  const { db, writer } = openOld(from)
  await writer.addSubscriptions({ id: 'c' }, [
    { topic: 'a#', qos: 1 },
    { topic: 'fogcloud/#', qos: 1 },
    { topic: 'zero', qos: 0 },
  ])
  const queue = (topic: string, brokerCounter: number, more: object = {}) =>
    writer.outgoingEnqueue({ clientId: 'c' }, { topic, payload: Buffer.from('x'), qos: 1, brokerId: 'b', brokerCounter, ...more })
  await queue('fogcloud/pk/dn/thing/down/ota', 1)
  await queue('zero', 2)
  await queue('fogcloud/x', 3)
  await queue('a/+', 4)
  for (const topic of ['$SYS/uptime', 'fogcloud/pk/dn/thing/down/ota', 'fine'])
    await writer.storeRetained({ topic, payload: Buffer.from('\u001b[31m'), qos: 1, retain: true })
  await writer.putWill({ id: 'c' }, { topic: 'a/#', payload: Buffer.from('x'), qos: 0, retain: false })
  await db.put('something:else', 'x')
  await db.close()
  const { status, stdout } = await migrate(from, '--data', data, '--user', 'scada')
  expect(status).toBe(0)
  expect(stdout.replaceAll(place.path, '')).toMatchInlineSnapshot(`
    "read               /aedes (copied; not changed)
    written            /data
    sessions           1 (1 of users)
    subscriptions      2
    queued messages    1 (0 in flight, 11 B)
    QoS 2 ids          0
    retained messages  1 (9 B)
    wills              0
    not taken over:
      1 subscription: not a valid filter, so it matches nothing (a#)
      1 queued message: on a topic of firmware updates: Fogbell creates those messages itself (for c)
      1 queued message: matched by subscriptions at QoS 0 only, which keep nothing for clients that are away (for c)
      1 queued message: not a valid topic (for c)
      1 retained message: on a topic that begins with $, which is for the server ($SYS/uptime)
      1 retained message: on a topic of firmware updates: Fogbell creates those messages itself (fogcloud/pk/dn/thing/down/ota)
      1 will: not a valid topic (a/#)
      1 key: not as aedes-persistence-level 9 writes it
    warning: mqtt.users: a session belongs to a user not in mqtt.users (scada), whose clients are refused until that changes
    "
  `)
})

it('a message in several queues is stored once; two messages under one number of the old broker stay two', async () => {
  const { db, writer } = openOld(from)
  for (const id of ['one', 'two', 'three']) await writer.addSubscriptions({ id }, [{ topic: 'a', qos: 1 }])
  for (const [clientId, text] of [
    ['one', 'same'],
    ['two', 'same'],
    ['three', 'other'],
  ] as const)
    await writer.outgoingEnqueue({ clientId }, { topic: 'a', payload: Buffer.from(text), qos: 1, brokerId: 'fixed', brokerCounter: 1 })
  await db.close()
  expect((await migrate(from, '--data', data, '--anonymous')).status).toBe(0)
  const { batches, sessions } = await openLevel(join(data, 'store'))
  const texts = new Map<number, string>()
  const queues: number[] = []
  for await (const piece of sessions.pieces()) {
    for (const [key, value] of piece) {
      const row = readRow(key, value)
      if (row?.kind === 'message') texts.set(row.message.seq, row.message.payload.toString())
      else if (row?.kind === 'entry') queues.push(row.seq)
    }
  }
  await batches.close()
  expect(texts.size).toBe(2)
  expect(queues.map((seq) => String(texts.get(seq))).sort()).toEqual(['other', 'same', 'same'])
})
