// Searches of devices compared with a filter and a sort of all of them, on random fleets that change between the pages.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allDevices } from '../../src/admin/all-devices.ts'
import { type DeviceFilter, type Looking, natural } from '../../src/admin/device-filter.ts'
import { findDevices } from '../../src/admin/device-search.ts'
import { createTurns } from '../../src/admin/turns.ts'
import type { Device, DeviceKey } from '../../src/ota/model.ts'
import type { Watcher } from '../../src/ota/ports/store.ts'
import { newDevice } from '../../src/ota/rules/new-device.ts'
import { createRoster } from '../../src/ota/state/roster.ts'
import { createAdminFixture } from '../support/admin-fixture.ts'

interface Fleet {
  readonly looking: Looking
  readonly all: ReadonlyMap<DeviceKey, Device>
  put(device: Device): void
  remove(key: DeviceKey): void
  connect(key: DeviceKey, address: string | null): void
}

/** Parts of at most three devices, so that they are divided and removed all the time. */
const createFleet = (operators: Looking, first: readonly Device[]): Fleet => {
  const all = new Map(first.map((device) => [device.key, device]))
  const connected = new Map<DeviceKey, string>()
  const watchers: Watcher[] = []
  const reads = { ...operators.reads, device: (key: DeviceKey) => all.get(key), devices: () => all.values() }
  const roster = createRoster(reads, { watch: (watcher) => void watchers.push(watcher) }, 3)
  const change = (before: Device | undefined, after: Device | undefined): void => {
    if (before !== undefined && after === undefined) all.delete(before.key)
    if (after !== undefined) all.set(after.key, after)
    for (const watcher of watchers) watcher('device', before, after)
  }
  const address = (of: DeviceKey | Device): string | null => {
    const key = typeof of === 'string' ? of : of.key
    return connected.get(key) ?? all.get(key)?.address ?? null
  }
  const looking: Looking = {
    reads,
    devices: {
      ...operators.devices,
      presence: (of) => (connected.has(typeof of === 'string' ? of : of.key) ? 'reachable' : 'offline'),
      lastSeen: (of) => (typeof of === 'string' ? all.get(of) : of)?.lastSeen ?? null,
    },
    connections: { ...operators.connections, address, addresses: () => connected.entries() },
    fleet: { ...operators.fleet, known: () => all.size, parts: roster.parts },
  }
  return {
    looking,
    all,
    put: (device) => change(all.get(device.key), device),
    remove: (key) => change(all.get(key), undefined),
    connect: (key, at) => void (at === null ? connected.delete(key) : connected.set(key, at)),
  }
}

// ---------------------------------------------------------------- the same, naively

const has = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase())

const matches = ({ connections, devices }: Looking, search: DeviceFilter, device: Device): boolean => {
  const { q, product, tag, online, version, not } = search
  const isThere =
    q === undefined ||
    has(q.includes('/') ? device.key : device.name, q) ||
    device.tags.some((one) => has(one, q)) ||
    (/^[\d.:a-f]+$/i.test(q) && has(connections.address(device) ?? '', q))
  const versions = device.modules.map((module) => module.version)
  return (
    isThere &&
    (product === undefined || device.product === product) &&
    (tag === undefined || device.tags.includes(tag)) &&
    (online === undefined || (devices.presence(device) !== 'offline') === online) &&
    (version === undefined || versions.includes(version)) &&
    (not === undefined || (versions.length > 0 && !versions.includes(not)))
  )
}

const valueFor = ({ sort }: DeviceFilter, device: Device): string | number =>
  sort === undefined
    ? 0
    : sort.endsWith('name')
      ? device.name
      : sort.endsWith('lastSeen')
        ? (device.lastSeen ?? 0)
        : natural((device.modules.find(({ name }) => name === 'default') ?? device.modules[0])?.version ?? '')

const naively = ({ all, looking }: Fleet, search: DeviceFilter): readonly Device[] => {
  const sign = search.sort?.startsWith('-') === true ? -1 : 1
  return [...all.values()]
    .filter((device) => matches(looking, search, device))
    .sort((one, other) => {
      const [a, b] = [valueFor(search, one), valueFor(search, other)]
      return a === b ? (one.key < other.key ? -1 : 1) : a < b ? -sign : sign
    })
}

// ---------------------------------------------------------------- random fleets

const key = fc
  .tuple(fc.constantFrom('lamp', 'fan'), fc.constantFrom('a1', 'A2', 'b10', 'b1f', '灯7', 'k-ab', 'c', 'd', 'e', 'g', 'h'))
  .map((parts) => parts.join('/'))
const address = fc.option(fc.constantFrom('10.0.0.1', '10.0.0.10', 'fe80::ab', '192.0.2.7'), { nil: null })
const tags = fc.uniqueArray(fc.constantFrom('Hall', 'b1', 'x/y', '灯'), { maxLength: 2 })
const versions = fc.array(fc.constantFrom('1.9', '1.10', '2.0'), { maxLength: 2 })
const lastSeen = fc.option(fc.nat(3), { nil: null })

const modulesOf = (of: readonly string[]): Device['modules'] =>
  of.map((version, at) => ({ name: at === 0 ? 'default' : 'mcu', version, reportedAt: 1 }))

const device: fc.Arbitrary<Device> = fc.record({ key, address, tags, versions, lastSeen }).map((one) => ({
  ...newDevice(one.key, 0),
  address: one.address,
  tags: one.tags,
  lastSeen: one.lastSeen,
  modules: modulesOf(one.versions),
}))

type Act = (fleet: Fleet) => void

const act: fc.Arbitrary<Act> = fc.oneof(
  device.map((one) => (fleet: Fleet) => fleet.put(one)),
  // A record that is changed in part: what stays the same is the same text and the same list, as in the core.
  fc.tuple(key, tags).map(([of, changed]) => (fleet: Fleet) => {
    const known = fleet.all.get(of)
    if (known !== undefined) fleet.put({ ...known, tags: changed })
  }),
  fc.tuple(key, lastSeen).map(([of, at]) => (fleet: Fleet) => {
    const known = fleet.all.get(of)
    if (known !== undefined) fleet.put({ ...known, lastSeen: at })
  }),
  fc.tuple(key, versions).map(([of, changed]) => (fleet: Fleet) => {
    const known = fleet.all.get(of)
    if (known !== undefined) fleet.put({ ...known, modules: modulesOf(changed) })
  }),
  key.map((of) => (fleet: Fleet) => fleet.remove(of)),
  fc.tuple(key, address).map(
    ([of, at]) =>
      (fleet: Fleet) =>
        fleet.all.has(of) ? fleet.connect(of, at) : undefined,
  ),
)

const maybe = <T>(...values: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...values) })

const search: fc.Arbitrary<DeviceFilter> = fc.record({
  q: fc.constantFrom(undefined, 'a', 'Hall', 'B1', 'AB', '10.0', 'fe80', '灯', 'AMP/', 'x/Y', '\n', '.', 'Hall\n', 'k'),
  product: maybe('lamp'),
  tag: maybe('Hall'),
  online: maybe(true, false),
  version: maybe('1.9'),
  not: maybe('1.10'),
  sort: fc.constantFrom(undefined, 'name', '-name', 'lastSeen', '-lastSeen', 'version', '-version'),
})

const acts = fc.array(act, { maxLength: 8 })
const history = fc.record({
  first: fc.uniqueArray(device, { minLength: 6, maxLength: 22, selector: (one) => one.key }),
  before: acts,
  search,
  limit: fc.integer({ min: 1, max: 3 }),
  between: acts,
})

/** From here on there are texts, of addresses too, and lists of versions, which must follow what changes. */
const readAll = async ({ looking }: Fleet): Promise<void> => {
  await findDevices(looking, { q: 'a', limit: 1 })
  await findDevices(looking, { sort: 'version', limit: 1 })
}

test('pages have what a filter and a sort of all devices would give, whatever changes between them', async () => {
  const { core } = await createAdminFixture()
  await fc.assert(
    fc.asyncProperty(history, async ({ first, before, search: wanted, limit, between }) => {
      const fleet = createFleet(core.operators, first)
      await readAll(fleet)
      for (const each of before) each(fleet)
      let after: string | undefined
      /** The last of the page before, as it was then. */
      let last: Device | undefined
      do {
        const page = await findDevices(fleet.looking, { ...wanted, limit, after })
        const all = naively(fleet, wanted)
        const rest = last === undefined ? all : followers(all, wanted, last)
        expect(page.items).toEqual(rest.slice(0, limit))
        expect([page.count, page.total, page.next !== null]).toEqual([all.length, fleet.all.size, rest.length > limit])
        last = page.items.at(-1)
        after = page.next ?? undefined
        for (const each of between) each(fleet)
      } while (after !== undefined)
    }),
    { numRuns: 150 },
  )
})

const followers = (all: readonly Device[], { sort }: DeviceFilter, last: Device): readonly Device[] => {
  const sign = sort?.startsWith('-') === true ? -1 : 1
  const value = valueFor({ sort }, last)
  return all.filter((one) => {
    const own = valueFor({ sort }, one)
    return own === value ? one.key > last.key : own < value === sign < 0
  })
}

test('a list of all of them is what a filter and a sort would give', async () => {
  const { core } = await createAdminFixture()
  await fc.assert(
    fc.asyncProperty(history, async ({ first, before, search: wanted }) => {
      const fleet = createFleet(core.operators, first)
      await readAll(fleet)
      for (const each of before) each(fleet)
      const found: Device[] = []
      for await (const piece of allDevices(fleet.looking, wanted, createTurns(4))) found.push(...piece)
      expect(found).toEqual(naively(fleet, wanted))
    }),
    { numRuns: 100 },
  )
})
