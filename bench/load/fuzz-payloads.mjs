// OTA and topology messages of devices and gateways for the fuzz: right ones, and what bad firmware makes of them. Knows no socket.

import { mutate } from './chance.mjs'

const modules = ['default', 'mcu', 'wifi', '', null, 7, '__proto__', 'constructor', 'é', 'm\u0007cu']
const versions = [
  '1.0.0',
  '2.0.0',
  '3',
  1.1,
  2,
  null,
  '',
  'x'.repeat(64),
  'x'.repeat(65),
  ' 1.0.0 ',
  '1.0.0\r\n',
  { major: 1 },
  ['1'],
  true,
]
const ids = [1, 0, -1, 4294967295, 1e30, '7', 'x'.repeat(500), null, true, {}, [], 12345678901234567890n, undefined]
const steps = [0, 1, 50, 99.5, 100, 101, -1, -2, -5, -6, -2147483648, 2147483648, 1e300, '50', '-1', 'many', null, [], {}]
const taskIds = ['1', '2', '3', '40', '007', 1, 2, 0, -1, '99999999999999999999', 1e21, 'a', null, {}, []]
const descriptions = ['', 'C:\\fw\\x.bin', 'tab\there', '"quoted"', 'x'.repeat(2000), 5, false, null, { a: 1 }, '\u0000', '电源']

const message = (chance, method, params) => ({ id: chance.one(ids), version: chance.one(['1.0', '1.0', 1, null]), method, params })

/** Up to 3 known sub-devices, numbers for names and names that cannot be used among them. */
const identityOf = (chance, { product, child }) => ({
  product_key: chance.happens(0.9) ? product : chance.one([7, '', null, 'a/b', '__proto__', 'x'.repeat(300)]),
  device_name: chance.happens(0.9) ? child() : chance.one([chance.below(50), '', null, '$x', '+', '..', 'x'.repeat(257), `${child()}\n`]),
})

const versionParams = (chance) => ({ module: chance.one(modules), version: chance.one(versions) })
const upgradeParams = (chance) => ({
  module: chance.one(modules),
  step: chance.one(steps),
  desc: chance.one(descriptions),
  task_id: chance.one(taskIds),
})

const listLength = (chance) => (chance.happens(0.03) ? chance.one([1999, 2000, 2001, 2500]) : chance.between(0, 12))
const list = (chance, one) => {
  const element = one()
  const length = listLength(chance)
  return Array.from({ length }, () => (length > 100 ? element : one()))
}

const deep = (chance) => {
  const levels = chance.one([50, 1000, 20_000])
  return chance.happens(0.5)
    ? `{"id":1,"version":"1.0","method":"version.post","params":${'['.repeat(levels)}${']'.repeat(levels)}}`
    : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
}

const makers = {
  version: (chance) => message(chance, 'version.post', versionParams(chance)),
  upgrade: (chance) => message(chance, 'upgrade.post', upgradeParams(chance)),
  get: (chance) => message(chance, 'firmware.get', { module: chance.one(modules) }),
  subVersion: (chance, names) =>
    message(
      chance,
      'sub.version.post',
      list(chance, () => ({ identity: identityOf(chance, names), ...versionParams(chance) })),
    ),
  subUpgrade: (chance, names) =>
    message(
      chance,
      'sub.upgrade.post',
      list(chance, () => ({ identity: identityOf(chance, names), ...upgradeParams(chance) })),
    ),
  subGet: (chance, names) =>
    message(
      chance,
      'sub.firmware.get',
      list(chance, () => ({ identity: identityOf(chance, names) })),
    ),
  odd: (chance) =>
    message(
      chance,
      chance.one(['firmware.post', 'sub.firmware.post', '', null, 7, 'toString', 'x'.repeat(900)]),
      chance.one([1, 'a', null, [], {}]),
    ),
}

const writable = (value) => JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? Number(each) : each))

const latin1 = (textOf) => Buffer.from(textOf.replaceAll('"desc":""', '"desc":"Stromausfall beim L\u00f6schen \u00e4"'), 'latin1')
const utf16 = (textOf) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(textOf, 'utf16le')])

/** What bad firmware makes of a right text. */
const spoil = (chance, textOf) =>
  chance.one([
    () => Buffer.from(textOf),
    () => mutate(chance, Buffer.from(textOf)),
    () => mutate(chance, Buffer.from(textOf)),
    () => Buffer.from(textOf.slice(0, chance.below(textOf.length))),
    () => Buffer.from(textOf.replace(/":"/, '":"\u0001\n\\q')),
    () => Buffer.from(textOf.replaceAll('"', "'")),
    () => Buffer.from(textOf.replaceAll(/"(\w+)":/g, '$1:')),
    () => Buffer.from(`\ufeff${textOf}\u0000\u0000trailing`),
    () => Buffer.from(textOf.replace('}', ',}')),
    () => Buffer.from(textOf.replaceAll('null', 'None').replaceAll('true', 'True')),
    () => latin1(textOf),
    () => utf16(textOf),
    () => Buffer.from(`${textOf}${textOf}`),
    () => Buffer.from(textOf.replaceAll('\\', '\\\\\\')),
    () => chance.bytes(chance.below(300)),
  ])()

/** A larger packet would close the connection, rightly. */
const fitting = (payload) => payload.subarray(0, 1_000_000)

/** A payload for the ota topic. `names`: `{ product, child() }`, the sub-devices that may be named. */
export const otaPayload = (chance, names) => {
  if (chance.happens(0.01)) return Buffer.from(deep(chance))
  if (chance.happens(0.01)) return Buffer.alloc(chance.one([65_536, 65_537, 524_289, 1_000_000]), chance.one(['[', '"', '\\', '{"a":']))
  return fitting(spoil(chance, writable(chance.one(Object.values(makers))(chance, names))))
}

/** A payload for the topo topic. */
export const topoPayload = (chance, names) => {
  const params = list(chance, () => identityOf(chance, names))
  const method = chance.one(['add', 'add', 'login', 'delete', 'delete', 'logout', 'get', 'x', null])
  return fitting(spoil(chance, writable(message(chance, method, chance.happens(0.9) ? params : params[0]))))
}
