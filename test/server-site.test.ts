import { expect, test } from 'vitest'
import { afterReload, createSite } from '../src/server-site.ts'
import type { Settings } from '../src/settings.ts'
import { loadSettings } from '../src/settings-load.ts'

const base = loadSettings({ env: {}, flags: {} })
const withCerts = (cert: string): Settings => ({
  ...base,
  mqtt: { ...base.mqtt, listeners: [{ url: 'mqtt://[::]:0' }, { url: 'mqtts://[::]:0', cert, key: 'key' }] },
  firmware: { ...base.firmware, cert, key: 'key' },
  admin: { ...base.admin, cert, key: 'key' },
})

const siteOf = (settings: () => Settings) =>
  createSite({
    dataDir: '/nowhere',
    startedAt: 5,
    broker: {
      urls: ['mqtt://[::]:1883', 'mqtts://[::]:8883'],
      connections: () => 7,
      messages: () => ({ received: 2, sent: 1 }),
    } as unknown as Parameters<typeof createSite>[0]['broker'],
    downloads: {
      ports: { plain: 8070, tls: 8071 },
      stats: () => ({ active: 1, waiting: 0, bytes: 5, requests: {} }),
    } as unknown as Parameters<typeof createSite>[0]['downloads'],
    machine: {},
    settings,
    adminUrl: () => 'https://[::]:8080',
  })

test('each listener has the port in use and its own certificate', () => {
  expect(siteOf(() => withCerts('one')).listeners()).toEqual([
    { service: 'mqtt', url: 'mqtt://[::]:1883', cert: null },
    { service: 'mqtt', url: 'mqtts://[::]:8883', cert: 'one' },
    { service: 'firmware', url: 'http://[::]:8070', cert: null },
    { service: 'firmware', url: 'https://[::]:8071', cert: 'one' },
    { service: 'admin', url: 'https://[::]:8080', cert: 'one' },
  ])
})

test('after a reload certificates, users and bounds are the new ones, and what needs a restart is as before', () => {
  const next = {
    ...withCerts('two'),
    ota: { ...base.ota, perMinute: 1 },
    log: { level: 'debug', format: 'json' },
  } as const satisfies Settings
  const moved = {
    ...next,
    mqtt: { ...next.mqtt, maxConnections: 9, listeners: [{ url: 'mqtt://[::]:1' }, { url: 'mqtts://[::]:2', cert: 'two' }] },
  }
  const effective = afterReload(withCerts('one'), moved)
  expect(
    siteOf(() => effective)
      .listeners()
      .map(({ cert }) => cert),
  ).toEqual([null, 'two', null, 'two', 'two'])
  expect(effective.mqtt.maxConnections).toBe(9)
  expect(effective.mqtt.listeners.map(({ url }) => url)).toEqual(['mqtt://[::]:0', 'mqtts://[::]:0'])
  expect([effective.ota.perMinute, effective.log]).toEqual([base.ota.perMinute, { level: 'debug', format: 'pretty' }])
})

test('what is not measured counts as nothing', () => {
  const site = siteOf(() => base)
  expect([site.storeLost(), site.descriptorsExhausted(), site.logDropped()]).toEqual([{ bytes: 0, commits: 0 }, false, 0])
})
