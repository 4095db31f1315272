// Names that are hard to distinguish or to write: each works with MQTT, HTTP API, command and download, or is refused with a reason.

import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { callFogbell } from '../support/call-fogbell.ts'
import { type DeviceClient, downTopic, enter, knock, type Name } from '../support/device-client.ts'
import type { Json } from '../support/json.ts'
import { addImage, createServerFixture, listOf, makePlace, type ServerFixture, textOf } from '../support/server-fixture.ts'
import { waitFor } from '../support/until.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let server: ServerFixture
let clean: () => Promise<void>
beforeAll(async () => {
  const place = await makePlace()
  clean = place.clean
  server = await createServerFixture(join(place.path, 'data'), { ota: { settleSeconds: 0 } })
})
afterAll(async () => {
  await server.stop()
  await clean()
})

/** Names that could be mistaken for one another are side by side. */
const good: readonly Name[] = [
  { product: 'p', name: 'dev1' },
  { product: 'p', name: 'dev10' },
  { product: 'p', name: 'DEV1' },
  { product: 'my product', name: 'a b' },
  { product: 'my product', name: 'a  b' },
  { product: 'my product', name: ' a b ' },
  { product: 'p|q', name: 'd|1' },
  { product: 'p', name: 'q|d|1' },
  { product: 'Gerät', name: '设备-①' },
  { product: 'Gerät', name: '🚀' },
  { product: 'p', name: 'caf\u00e9' },
  { product: 'p', name: 'cafe\u0301' },
  { product: '__proto__', name: 'constructor' },
  { product: '__proto__', name: '__proto__' },
  { product: 'p', name: 'toString' },
  { product: 'say "hi"', name: "it's \\ here" },
  { product: '100%', name: '%2F' },
  { product: '100%', name: '%252F' },
  { product: 'p?x=1', name: 'a=b;c,d' },
  { product: 'p', name: '<b>.json' },
  { product: 'p', name: '...' },
  { product: 'p', name: `${'n'.repeat(255)}1` },
  { product: 'p', name: `${'n'.repeat(255)}2` },
]

/** Usernames and paths of names that are not allowed. */
const bad: readonly Name[] = [
  { product: 'p', name: 'a/b' },
  { product: 'p/q', name: 'a' },
  { product: 'p', name: 'a+' },
  { product: 'p', name: '#' },
  { product: 'p&q', name: 'a' },
  { product: 'p', name: 'a&b' },
  { product: 'p', name: '' },
  { product: '', name: 'a' },
  { product: 'p', name: '.' },
  { product: '..', name: 'a' },
  { product: '$SYS', name: 'a' },
  { product: 'p', name: 'a\tb' },
  { product: 'p', name: 'n'.repeat(257) },
]

const textOfName = ({ product, name }: Name): string => `${product}/${name}`
const pathOf = (who: Name): string => `/devices/${encodeURIComponent(who.product)}/${encodeURIComponent(who.name)}`
const versionOf = (who: Name): string => `v${good.indexOf(who)}`
/** A module with a unique name for each device. */
const moduleOf = (who: Name): string => (who.name === 'constructor' ? '__proto__' : `m${good.indexOf(who)}`)

const expectItself = (found: Json | undefined, who: Name): void => {
  expect(textOf(found?.['product'])).toBe(who.product)
  expect(textOf(found?.['name'])).toBe(who.name)
  const modules = Object.entries(found?.['modules'] ?? {}).map(([name, { version }]) => [name, textOf(version)])
  expect(modules).toEqual([[moduleOf(who), versionOf(who)]])
}

describe('valid names', () => {
  const devices = new Map<Name, DeviceClient>()

  it('connect and report', async () => {
    for (const who of good) {
      const device = await enter(server, who)
      devices.set(who, device)
      await device.listen()
      await device.report('version.post', { module: moduleOf(who), version: versionOf(who) })
    }
  })

  it('are shown unchanged by the HTTP API, one by one and in the list', async () => {
    for (const who of good) expectItself(await server.call('GET', pathOf(who)), who)
    const all = listOf((await server.call('GET', '/devices?limit=1000'))['items'])
    expect(all).toHaveLength(good.length)
    for (const who of good)
      expectItself(
        all.find(({ product, name }) => textOf(product) === who.product && textOf(name) === who.name),
        who,
      )
    for (const product of new Set(good.map((who) => who.product))) {
      const own = listOf((await server.call('GET', `/devices?limit=1000&product=${encodeURIComponent(product)}`))['items'])
      expect(own).toHaveLength(good.filter((who) => who.product === product).length)
    }
  })

  it('are in the list, page by page', async () => {
    const seen: string[] = []
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: Json = await server.call('GET', `/devices?limit=2${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`)
      seen.push(...listOf(page['items']).map(({ product, name }) => `${textOf(product)}/${textOf(name)}`))
      after = typeof page['next'] === 'string' ? page['next'] : undefined
    }
    expect([...seen].sort()).toEqual(good.map(textOfName).sort())
  })

  it('are shown unchanged by the command', async () => {
    const all = listOf(await server.command('device', 'list'))
    expect(all).toHaveLength(good.length)
    // One process each: only some of the worst.
    for (const worst of ['my product/ a b ', 'Gerät/设备-①', '__proto__/__proto__', `say "hi"/it's \\ here`, '100%/%2F']) {
      const who = good.find((each) => textOfName(each) === worst)
      expectItself(await server.command('device', 'show', worst), who ?? { product: 'no such', name: worst })
    }
  })

  it('are offered their own update only, and download it', async () => {
    for (const who of good) {
      const image = Buffer.from(`image of ${textOfName(who)}`)
      const firmware = await addImage(server, { product: who.product, module: moduleOf(who), version: `new ${versionOf(who)}` }, image)
      await server.call('POST', '/campaigns', { firmware, start: true, target: { devices: [textOfName(who)] } })
      const device = devices.get(who)
      const offer = await device?.next()
      expect(textOf(offer?.params['module'])).toBe(moduleOf(who))
      expect(offer?.packet.topic).toBe(downTopic(who))
      expect(await (await fetch(offer?.url ?? '')).text()).toBe(image.toString())
      await device?.report('version.post', { module: moduleOf(who), version: `new ${versionOf(who)}` })
      const tasks = listOf((await server.call('GET', `/tasks?device=${encodeURIComponent(textOfName(who))}`))['items'])
      expect(tasks.map(({ device: of, state }) => `${textOf(of)} ${textOf(state)}`)).toEqual([`${textOfName(who)} succeeded`])
    }
    for (const [who, device] of devices) {
      await device.wire.ping()
      expect(device.offered(), textOfName(who)).toHaveLength(1)
      await device.wire.end()
    }
  })
})

describe('invalid names', () => {
  it('are refused at CONNECT and by the HTTP API, with a reason', async () => {
    for (const who of bad) {
      const { wire, code } = await knock(server, who)
      expect(code, `CONNECT of ${textOfName(who)}`).toBe(4)
      await wire.end()
      const { status, body } = await server.ask('PUT', pathOf(who), {})
      expect([400, 404], `PUT ${pathOf(who)}: ${status}`).toContain(status)
      expect(textOf(body['detail']).length).toBeGreaterThan(10)
    }
    expect(server.output.stdout).toContain('which is reserved in topics and usernames')
  })

  it('are refused by the command with a reason, and add no device', async () => {
    const devices = async () => listOf((await server.call('GET', '/devices?limit=1000'))['items']).length
    const before = await devices()
    for (const text of ['p/a&b', 'p/']) {
      const { status, stderr } = await callFogbell(['device', 'add', text, '--data', server.data])
      expect([1, 2], text).toContain(status)
      expect(stderr).toMatch(/\S+ \S+/)
    }
    expect(await devices()).toBe(before)
  })
})

describe('client ids', () => {
  const secret = 'a secret, with & and |'
  const sign = (clientId: string, { product, name }: Name): Buffer =>
    Buffer.from(createHmac('sha1', secret).update(`clientId${clientId}deviceName${name}productKey${product}`).digest('hex'))

  it('of any length and with bars in them are authenticated', async () => {
    const who = { product: 'signed', name: 'one' }
    await server.command('device', 'add', 'signed/one', '--secret', secret)
    for (const clientId of ['signed&one', 'i'.repeat(200), 'i'.repeat(60_000), 'a|b', 'a|b=c|', '设备', '"', 'a/b+#']) {
      const signed = `${clientId}|signmethod=hmacsha1,authType=1|`
      const device = await enter(server, who, { clientId: signed, password: sign(clientId, who), clean: false })
      await device.listen()
      await device.report('version.post', { version: `of ${clientId.length}` })
      const shown = await server.call('GET', pathOf(who))
      expect(textOf(shown['modules']?.['default']?.['version'])).toBe(`of ${clientId.length}`.trim())
      await device.wire.end()
      const { wire, code } = await knock(server, who, { clientId: `${clientId}x|signmethod=hmacsha1|`, password: sign(clientId, who) })
      expect(code, 'the signature of another client id').toBe(4)
      await wire.end()
    }
  })

  it('that are the same for two devices keep two sessions', async () => {
    const [one, two] = [
      { product: 'same', name: 'one' },
      { product: 'same', name: 'two' },
    ]
    const clientId = 'c'.repeat(200)
    const first = await enter(server, one, { clientId, clean: false })
    const second = await enter(server, two, { clientId, clean: false })
    await first.wire.ping()
    await first.listen()
    await first.wire.end()
    await waitFor('the first is gone', async () => !(await server.call('GET', '/devices/same/one'))['online'])
    await second.wire.end()
    const again = await enter(server, two, { clientId, clean: false })
    await again.report('version.post', { version: '1' })
    expect(again.received()).toEqual([])
    await again.wire.end()
  })
})
