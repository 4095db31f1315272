// `fogbell doctor` finds each fault that is planted in a directory, in settings or on the machine, and reports none of them without it.

import { cp, mkdir, open, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { selfSigned } from '../../support/certificate.ts'
import { type Examined, examine, harmless, type LeftData, leaveData, mib } from '../../support/doctor-fixture.ts'
import { makePlace } from '../../support/server-fixture.ts'

let left: LeftData

beforeAll(async () => {
  left = await leaveData()
}, 30_000)
afterAll(() => left.clean())

/** A copy of the directory, to plant a fault in. */
const copyData = async (): Promise<string> => {
  const { path, clean } = await makePlace()
  onTestFinished(clean)
  await cp(left.data, join(path, 'data'), { recursive: true, preserveTimestamps: true })
  return join(path, 'data')
}

const flip = async (file: string, at: number): Promise<void> => {
  const handle = await open(file, 'r+')
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at)
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at)
  await handle.close()
}

const withSettings = async (settings: object, data = left.data): Promise<Examined> => {
  const [, , ...config] = await left.settings(settings)
  return await examine('--data', data, ...config)
}

const imageIn = (data: string): string => left.image.replace(left.data, data)
const logIn = async (data: string): Promise<string> =>
  join(data, 'store', (await readdir(join(data, 'store'))).find((name) => name.endsWith('.log')) ?? '')

test('a directory without a fault has none, and everything is said to be as it has to be', async () => {
  const { status, wrong, findings, of } = await withSettings(harmless)
  expect(wrong).toEqual([])
  expect(status).toBe(0)
  expect(of('doctor_images_ok')?.text).toBe('1 image is as uploaded (3 MiB)')
  expect(findings.map(({ area }) => area)).toEqual(
    expect.arrayContaining(['settings', 'directory', 'store', 'images', 'rights', 'disk', 'descriptors', 'clock']),
  )
  expect(findings.filter(({ result, remedy }) => (result === 'ok') !== (remedy === null) && result !== 'skipped')).toEqual([])
})

const plants: readonly (readonly [what: string, plant: (data: string) => Promise<void>, wrong: string, text: RegExp])[] = [
  [
    'a restore that was killed',
    async (data) => await mkdir(join(data, 'restore.tmp')),
    'fault doctor_restore_unfinished',
    /^a restore into .*data was interrupted/,
  ],
  ['a missing image', (data) => rm(imageIn(data)), 'fault doctor_image_missing', /^the image of lamp\/2\.0\.0 is missing/],
  [
    'a flipped bit of an image, with its place',
    (data) => flip(imageIn(data), mib + 5),
    'fault doctor_image_damaged',
    /is damaged, in the MiB at byte 1,048,576 /,
  ],
  ['an image that was cut', (data) => truncate(imageIn(data), mib), 'fault doctor_image_cut', /has 1,048,576 bytes instead of 2,621,440/],
  ['a missing file of the store', (data) => rm(join(data, 'store', 'CURRENT')), 'fault doctor_store_damaged', /^CURRENT is missing$/],
  [
    "a flipped bit in the store's log",
    async (data) => flip(await logIn(data), 20),
    'fault doctor_log_damaged',
    /the server does not start/,
  ],
  [
    "a cut end of the store's log",
    async (data) => {
      const file = await logIn(data)
      const handle = await open(file)
      const { size } = await handle.stat()
      await handle.close()
      await truncate(file, size - 3)
    },
    'warning doctor_log_torn',
    /as after a power cut/,
  ],
  [
    'a log of LevelDB that names dropped bytes',
    (data) => writeFile(join(data, 'store', 'LOG'), '2026/01/01 000003.log: dropping 4711 bytes; Corruption\n'),
    'warning doctor_log_dropped',
    /4,711 bytes/,
  ],
  [
    'the marker of another store',
    (data) => writeFile(join(data, 'instance.json'), '{"id":"another","format":3}'),
    'fault doctor_other_store',
    /expected|belongs to \(another/,
  ],
  ['a missing store', (data) => rm(join(data, 'store'), { recursive: true }), 'fault doctor_store_missing', /store is missing beside/],
  [
    'an address file of a server that was killed',
    (data) => writeFile(join(data, 'fogbell.json'), '{"pid":4194304,"version":"0.0.0","admin":"http://127.0.0.1:1"}'),
    'warning doctor_server_gone',
    /process 4194304, which was killed/,
  ],
  [
    'a clock behind the newest file',
    async (data) => {
      const later = new Date(Date.now() + 86_400_000)
      await utimes(join(data, 'store', 'CURRENT'), later, later)
    },
    'fault doctor_clock_behind_files',
    /the machine's clock is behind$/,
  ],
]

test.each(plants)('%s', async (_what, plant, wanted, text) => {
  const data = await copyData()
  await plant(data)
  const { status, wrong, of } = await withSettings(harmless, data)
  expect(wrong).toEqual([wanted])
  const [result, code = ''] = wanted.split(' ')
  expect(status).toBe(result === 'fault' ? 1 : 0)
  expect(of(code)?.text).toMatch(text)
  expect(of(code)?.remedy).not.toBeNull()
})

test('a taken port, with who has it', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { status, wrong, of } = await withSettings({ ...harmless, admin: { listen: { host: '127.0.0.1', port } } })
  expect(wrong).toEqual(['fault doctor_port_taken'])
  expect(status).toBe(1)
  expect(of('doctor_port_taken')?.params['port']).toBe(port)
  if (process.platform === 'linux') expect(of('doctor_port_taken')?.text).toContain(`process ${process.pid} has it`)
})

test('a free port is none', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await new Promise((resolve) => server.close(resolve))
  const { wrong, of } = await withSettings({ ...harmless, admin: { listen: { host: '127.0.0.1', port } } })
  expect(wrong).toEqual([])
  expect(of('doctor_ports_free')?.text).toBe(`port ${port} is free`)
})

test('faults of settings are said as by serve --check, and what depends on them is left out', async () => {
  const { status, wrong, of, findings } = await withSettings({ mqtt: { maxConections: 3 } })
  expect(wrong).toEqual(['fault doctor_settings_fault'])
  expect(status).toBe(1)
  expect(of('doctor_settings_fault')?.text).toBe('mqtt.maxConections: unknown setting; did you mean mqtt.maxConnections?')
  expect(findings.filter(({ code }) => code === 'doctor_needs_settings')).toHaveLength(2)
})

test('more connections than files may be open', async () => {
  const { status, wrong } = await withSettings({ ...harmless, mqtt: { ...harmless.mqtt, maxConnections: 4_000_000_000 } })
  expect(wrong).toEqual(['warning doctor_descriptors_few'])
  expect(status).toBe(0)
})

test('a certificate that has expired, and one that ends soon', async () => {
  const using = (pair: { readonly cert: string; readonly key: string }) =>
    withSettings({ ...harmless, admin: { ...harmless.admin, ...pair } })
  expect((await using(selfSigned('localhost', 400))).wrong).not.toContain('fault doctor_certificate_expired')
  const expired = await using(selfSigned('localhost', 0.5))
  expect(expired.wrong).toContain('fault doctor_certificate_expired')
  expect(expired.status).toBe(1)
  const ending = await using(selfSigned('localhost', 8))
  expect(ending.wrong).toContain('warning doctor_certificate_ends')
  expect(ending.of('doctor_certificate_ends')?.params['days']).toBe(6)
})

test('a directory that does not exist is no fault, unless the settings require it', async () => {
  const missing = `${left.data}-missing`
  const first = await withSettings(harmless, missing)
  expect(first.wrong).toEqual([])
  const required = await withSettings({ ...harmless, requireExisting: true }, missing)
  expect(required.wrong).toEqual(['fault doctor_data_required'])
})

test('a file in place of the directory', async () => {
  const { wrong } = await withSettings(harmless, left.image)
  expect(wrong).toEqual(['fault doctor_not_directory'])
})

test('--quick says that the images were not read', async () => {
  const { of } = await examine(...(await left.settings(harmless)), '--quick')
  expect(of('doctor_images_quick')).toMatchObject({ result: 'skipped', text: 'the bytes of an image (--quick); it is there' })
})
