// `fogbell doctor` beside a running server: it reads files that change, asks the server, and takes no lock.

import { open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { selfSigned } from '../../support/certificate.ts'
import { type Examined, examine, harmless } from '../../support/doctor-fixture.ts'
import { type InsideServer, startInside } from '../../support/inside-server.ts'
import { addImage, makePlace } from '../../support/server-fixture.ts'

let server: InsideServer
let data: string
let clean: () => Promise<void>

beforeAll(async () => {
  const place = await makePlace()
  data = join(place.path, 'data')
  clean = place.clean
  server = await startInside(data)
  await addImage(server, { product: 'lamp', version: '2.0.0' }, Buffer.alloc(1000, 7))
  for (let at = 0; at < 20; at += 1) await server.call('PUT', `/devices/lamp/l${at}`, {})
}, 30_000)
afterAll(async () => {
  await server.stop()
  await clean()
})

/** The fixture's server says that it has version 0.0.0, and listens on the loopback address only. */
const older = 'warning doctor_other_version'
const hidden = ['warning doctor_mqtt_loopback', 'warning doctor_firmware_loopback']

const look = async (...more: readonly string[]): Promise<Examined> => {
  const config = `${data}.doctor.json`
  await writeFile(config, JSON.stringify(harmless))
  return await examine('--data', data, '--config', config, ...more)
}

/** Flips a bit, and flips it back at the end of the test. */
const plant = async (file: string, at: number): Promise<void> => {
  const flip = async (): Promise<void> => {
    const handle = await open(file, 'r+')
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at)
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at)
    await handle.close()
  }
  await flip()
  onTestFinished(flip)
}

test('a server without a fault: it is asked, its address is tried, and it goes on', async () => {
  const { status, wrong, of, findings } = await look()
  expect(wrong).toEqual([older, ...hidden])
  expect(status).toBe(0)
  expect(of('doctor_server_runs')?.params['pid']).toBe(process.pid)
  expect(of('doctor_devices_ok')?.text).toBe('20 devices, 0 online; no name is used twice')
  expect(of('doctor_firmware_ok')?.params['names']).toEqual([server.description.firmware])
  expect(findings.filter(({ area }) => area === 'images').map(({ code }) => code)).toEqual(['doctor_images_ok'])
  expect(findings.filter(({ area }) => area === 'ports')).toEqual([])
  await server.call('PUT', '/devices/lamp/later', {})
})

test('a flipped bit in the log of the store, while the server writes it', async () => {
  const names = await readdir(join(data, 'store'))
  await plant(join(data, 'store', names.find((name) => name.endsWith('.log')) ?? ''), 40)
  const { wrong } = await look('--quick')
  expect(wrong).toEqual([older, 'fault doctor_log_damaged', ...hidden])
})

test('an image that was damaged under the running server', async () => {
  const [image = ''] = (await readdir(join(data, 'images'))).filter((name) => /^[0-9a-f]{64}$/.test(name))
  await plant(join(data, 'images', image), 500)
  const { wrong, of } = await look()
  expect(wrong).toEqual([older, 'fault doctor_image_damaged', ...hidden])
  expect(of('doctor_image_damaged')?.remedy?.text).toContain('`fogbell firmware add FILE --product lamp --version 2.0.0 --data ')
})

test('without the token the server cannot be asked, and the rest is looked at', async () => {
  const { wrong, of, findings } = await look('--quick', '--token', 'wrong')
  expect(wrong).toEqual([older])
  expect(of('doctor_server_refuses')).toMatchObject({ result: 'skipped', remedy: { code: 'doctor_try_sudo' } })
  expect(findings.some(({ code }) => code === 'doctor_store_ok')).toBe(true)
})

test('a server whose API has a certificate that the system does not know', async () => {
  const place = await makePlace()
  onTestFinished(place.clean)
  const secured = await startInside(join(place.path, 'data'), { admin: selfSigned() })
  try {
    const config = join(place.path, 'doctor.json')
    await writeFile(config, JSON.stringify(harmless))
    const { wrong, of } = await examine('--data', join(place.path, 'data'), '--config', config)
    expect(wrong).toEqual([older, ...hidden])
    expect(of('doctor_devices_ok')).toBeDefined()
  } finally {
    await secured.stop()
  }
})
