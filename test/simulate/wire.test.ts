// Messages and identities of simulated devices, byte by byte.

import { expect, test } from 'vitest'
import { childVoice, connectIdentity, ownVoice, parseOrders, secretOf, signatureOf, topicsOf, topo } from '../../src/simulate/wire.ts'

const dn1 = { product: 'pk1', name: 'dn1' }
const secret = '0123456789abcdef0123456789abcdef'
const push = {
  size: 3,
  sign: 'ab',
  version: '1.0.1',
  url: 'http://192.0.2.7:8070/x',
  sign_method: 'MD5',
  checksum: '26010000',
  module: 'mcu',
  task_id: '12',
}
const down = (message: unknown) => parseOrders(Buffer.from(JSON.stringify(message)))

test('the password is the HMAC of the protocol vectors', () => {
  expect(signatureOf(dn1, secret, 'pk1&dn1')).toBe('51a5413ec0633726fda22945279c06a16f9df2e9')
  expect(signatureOf(dn1, secret, 'pk1&dn1', 'hmacmd5')).toBe('c5764fd95505fbb1fbb247a7d02f6f3d')
  expect(connectIdentity(dn1, secret)).toEqual({
    clientId: 'pk1&dn1|signmethod=hmacsha1,authType=1|',
    username: 'dn1&pk1',
    password: '51a5413ec0633726fda22945279c06a16f9df2e9',
  })
})

test('a secret depends on the seed and on the whole name, and is the same in every run', () => {
  expect(secretOf(1, dn1)).toMatch(/^[0-9a-f]{32}$/)
  expect(secretOf(1, dn1)).toBe(secretOf(1, { product: 'pk1', name: 'dn1' }))
  const others = [secretOf(2, dn1), secretOf(1, { product: 'pk1d', name: 'n1' }), secretOf(1, { product: 'pk1', name: 'dn10' })]
  expect(new Set([secretOf(1, dn1), ...others]).size).toBe(4)
})

test('the topics are those of the device', () => {
  expect(topicsOf(dn1)).toEqual({
    thing: 'fogcloud/pk1/dn1/thing',
    up: 'fogcloud/pk1/dn1/thing/up/ota',
    down: 'fogcloud/pk1/dn1/thing/down/ota',
    topoUp: 'fogcloud/pk1/dn1/thing/up/topo',
    topoDown: 'fogcloud/pk1/dn1/thing/down/topo',
    downAll: 'fogcloud/pk1/dn1/thing/down/#',
  })
})

test('a child reports by sub messages with its identity', () => {
  expect(JSON.parse(childVoice(dn1).version(5, 'mcu', '2').toString())).toEqual({
    id: 5,
    version: '1.0',
    method: 'sub.version.post',
    params: [{ identity: { product_key: 'pk1', device_name: 'dn1' }, version: '2', module: 'mcu' }],
  })
  expect(JSON.parse(ownVoice.upgrade(6, { step: 50, desc: 'x', module: 'mcu', taskId: '3' }).toString())).toEqual({
    id: 6,
    version: '1.0',
    method: 'upgrade.post',
    params: { step: 50, desc: 'x', module: 'mcu', task_id: '3' },
  })
})

test('topology messages contain each child with its signature', () => {
  expect(JSON.parse(topo(1, 'add', [{ ...dn1, secret }]).toString())).toEqual({
    id: 1,
    version: '1.0',
    method: 'add',
    params: [
      {
        product_key: 'pk1',
        device_name: 'dn1',
        client_id: 'pk1&dn1',
        sign_method: 'hmacsha1',
        sign: '51a5413ec0633726fda22945279c06a16f9df2e9',
      },
    ],
  })
})

test('a push becomes an order, a sub push one order for each valid element', () => {
  const order = {
    identity: null,
    taskId: '12',
    module: 'mcu',
    version: '1.0.1',
    url: 'http://192.0.2.7:8070/x',
    size: 3,
    sign: 'ab',
    signMethod: 'MD5',
    checksum: '26010000',
  }
  expect(down({ method: 'firmware.post', params: push })).toEqual({ orders: [order], faults: [] })
  const identity = { product_key: 'pk1', device_name: 'dn1' }
  expect(down({ method: 'sub.firmware.post', params: [{ ...push, identity }, { ...push, task_id: 12, identity }, push] })).toEqual({
    orders: [{ ...order, identity: dn1 }],
    faults: ['task_id is not an integer as a string', 'identity is missing'],
  })
})

test('an empty answer means that there is no update, anything else unreadable is a fault', () => {
  expect(down({ id: 1, method: 'firmware.post', code: 0, params: {} })).toEqual({ orders: [], faults: [] })
  expect(parseOrders(Buffer.from('{'))).toEqual({ orders: [], faults: ['not a JSON object'] })
  expect(down({ method: 'version.post', params: {} }).faults).toEqual(['method is "version.post"'])
  expect(down({ method: 'firmware.post', params: { ...push, sign_method: 'md5' } }).faults).toEqual(['sign_method is "md5"'])
  expect(down({ method: 'firmware.post', params: { ...push, size: 0 } }).faults).toEqual(['size is not a number above 0'])
})
