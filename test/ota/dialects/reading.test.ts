import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Malformed, Report, TopoUplink, Uplink } from '../../../src/ota/dialects/dialect.ts'
import { fogcloud } from '../../../src/ota/dialects/fogcloud.ts'

const decodeUplink = (payload: Uint8Array, maxBytes: number): Uplink | Malformed =>
  fogcloud.read('ota', payload, maxBytes) as Uplink | Malformed
const decodeTopo = (payload: Uint8Array, maxBytes: number): TopoUplink | Malformed =>
  fogcloud.read('topo', payload, maxBytes) as TopoUplink | Malformed

const bytes = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const reports = (value: unknown): readonly (Report | Malformed)[] => {
  const uplink = decodeUplink(bytes(value), 65_536)
  return uplink.kind === 'malformed' ? [uplink] : uplink.reports
}
const one = (value: unknown): unknown => reports(value)[0]
const upgrade = (params: object): unknown => one({ id: 1, version: '1.0', method: 'upgrade.post', params })
const post = (params: object): unknown => one({ id: 1, version: '1.0', method: 'version.post', params })
const identity = { product_key: 'pk', device_name: 'child' }

describe('the envelope', () => {
  test('one BOM and trailing NULs are tolerated', () => {
    const text = JSON.stringify({ id: 1, method: 'firmware.get', params: { module: 'mcu' } })
    expect(one(`\uFEFF${text}\0\0`)).toMatchObject({ kind: 'get', module: 'mcu', id: 1 })
  })

  test.each([
    ['{', 'not_json'],
    ['// comment\n{}', 'not_json'],
    ['\uFEFF\uFEFF{}', 'not_json'],
    ['[]', 'not_object'],
    ['3', 'not_object'],
    ['null', 'not_object'],
    ['{}', 'unknown_method'],
    ['{"method":"nope"}', 'unknown_method'],
    ['{"method":"firmware.post","params":{}}', 'downlink_method'],
    ['{"method":"sub.firmware.post","params":[]}', 'downlink_method'],
    ['{"method":"version.post","params":[]}', 'bad_params'],
    ['{"method":"version.post"}', 'bad_params'],
    ['{"method":"sub.version.post","params":3}', 'bad_params'],
    ['{"kind":"malformed","reason":"made up"}', 'unknown_method'],
  ])('%s is dropped as %s', (text, reason) => {
    expect(one(text)).toMatchObject({ kind: 'malformed', reason })
  })

  test('a payload above the limit is not read', () => {
    expect(decodeUplink(Buffer.alloc(65_537, 32), 65_536)).toMatchObject({
      reason: 'too_large',
      detail: '65537 bytes, at most 65536 are read',
    })
  })

  test('one of exactly the limit is', () => {
    const payload = Buffer.from('{"id":1,"method":"firmware.get"}'.padEnd(100))
    expect(fogcloud.read('ota', payload, 100, 200)).toMatchObject({ kind: 'uplink' })
    expect(fogcloud.read('ota', payload, 99, 200)).toMatchObject({ reason: 'too_large', figures: { sent: 100, read: 99 } })
  })

  test('an id of more digits than fit is not echoed', () => {
    const idOf = (digits: number): unknown => {
      const uplink = fogcloud.read('ota', Buffer.from(`{"id":${'9'.repeat(digits)},"method":"firmware.get"}`), 1_000)
      return uplink.kind === 'uplink' ? uplink.id : uplink
    }
    expect([idOf(128), idOf(129)]).toEqual([BigInt('9'.repeat(128)), undefined])
  })

  test('only messages about sub-devices may have more', () => {
    const message = (method: string): Uint8Array => bytes({ method, params: { version: '1', more: 'x'.repeat(70_000) } })
    expect(fogcloud.read('ota', message('version.post'), 65_536, 524_288)).toMatchObject({ reason: 'too_large' })
    expect(fogcloud.read('ota', message('sub.version.post'), 65_536, 524_288)).toMatchObject({ kind: 'uplink' })
    expect(fogcloud.read('topo', message('get'), 65_536, 524_288)).toMatchObject({ kind: 'topo' })
    expect(fogcloud.read('topo', Buffer.alloc(524_289, 32), 65_536, 524_288)).toMatchObject({ reason: 'too_large' })
  })

  test('the request id keeps its type', () => {
    for (const id of [123, '123', 0, null]) expect(one({ id, method: 'firmware.get' })).toMatchObject({ id })
    expect(one({ method: 'firmware.get' })).toMatchObject({ id: undefined, module: 'default' })
  })

  test('names such as __proto__ are data', () => {
    expect(one('{"method":"version.post","params":{"version":"1","module":"__proto__"}}')).toMatchObject({
      module: '__proto__',
      version: '1',
    })
    expect(one('{"method":"version.post","__proto__":{"params":{"version":"1"}}}')).toMatchObject({ reason: 'bad_params' })
    expect(one('{"__proto__":{"method":"firmware.get"}}')).toMatchObject({ reason: 'unknown_method' })
  })

  test('no payload throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => void decodeUplink(payload, 65_536)))
    fc.assert(fc.property(fc.json(), (text) => void [decodeUplink(bytes(text), 65_536), decodeTopo(bytes(text), 65_536)]))
    const methods = fc.constantFrom('version.post', 'upgrade.post', 'firmware.get', 'sub.version.post', 'sub.upgrade.post', 'add')
    fc.assert(
      fc.property(
        methods,
        fc.jsonValue(),
        (method, params) => void [decodeUplink(bytes({ method, params }), 65_536), decodeTopo(bytes({ method, params }), 65_536)],
      ),
    )
  })
})

describe('fields', () => {
  test.each([
    [undefined, 'default'],
    [null, 'default'],
    ['', 'default'],
    ['  ', 'default'],
    [' mcu ', 'mcu'],
    ['MCU', 'MCU'],
    ['x'.repeat(64), 'x'.repeat(64)],
  ])('module %j is read as %s', (module, read) => {
    expect(post({ version: '1', module })).toMatchObject({ module: read })
  })

  test.each([['x'.repeat(65)], [-3], [1.5], [true], [{}]])('module %j is bad', (module) => {
    expect(post({ version: '1', module })).toMatchObject({ reason: 'bad_module' })
  })

  test.each([
    [' 1.0 ', '1.0', false],
    [1.1, '1.1', true],
    [2, '2', true],
    ['v'.repeat(64), 'v'.repeat(64), false],
  ])('version %j is read as %s', (version, read, notString) => {
    expect(post({ version })).toMatchObject({ version: read, notString })
  })

  test.each([[''], [' '], ['v'.repeat(65)], [null], [undefined], [true], [{}]])('version %j is bad', (version) => {
    expect(post({ version })).toMatchObject({ reason: 'bad_version' })
  })

  test.each([
    ['12', 12],
    ['0012', 12],
    [12, 12],
    [' 12 ', 12],
    ['12a', null],
    [1.5, null],
    ['', null],
    [null, null],
    [-1, null],
    ['-1', null],
    [{}, null],
  ])('task_id %j is read as %j', (task_id, task) => {
    expect(upgrade({ step: 1, task_id })).toMatchObject({ task })
  })

  test.each([
    [45, 45],
    ['45', 45],
    ['-1', -1],
    [' 7 ', 7],
    [12.9, 12],
    [-0.5, 0],
    [-1.9, -1],
    ['12.9', 12],
    [100, 100],
    [100.9, 100],
    [0, 0],
    [-2_147_483_648, -2_147_483_648],
  ])('step %j is read as %d', (step, read) => {
    expect(upgrade({ step })).toMatchObject({ kind: 'progress', step: read })
  })

  test.each([[101], ['101'], [2_147_483_648], [-2_147_483_649], ['x'], [''], [null], [undefined], [true], [[]], ['0x10'], ['1e1']])(
    'step %j is dropped',
    (step) => {
      expect(upgrade({ step })).toMatchObject({ reason: 'bad_step' })
    },
  )

  test('a step beyond all numbers is dropped', () => {
    expect(one('{"method":"upgrade.post","params":{"step":1e999}}')).toMatchObject({ reason: 'bad_step' })
  })

  test('a desc that is not a string never throws, however deeply nested', () => {
    const deep = `${'['.repeat(8000)}${']'.repeat(8000)}`
    expect(one(`{"method":"upgrade.post","params":{"step":-1,"desc":${deep}}}`)).toMatchObject({ kind: 'progress', step: -1, desc: '' })
    expect(upgrade({ step: -1, desc: 7 })).toMatchObject({ desc: '7' })
  })

  test('desc is cut at 512 characters', () => {
    expect(upgrade({ step: -1, desc: 'd'.repeat(600) })).toMatchObject({ desc: 'd'.repeat(512) })
  })
})

describe('sub arrays', () => {
  test('a bad element does not affect the others', () => {
    const params = [
      { identity, version: '1' },
      3,
      { version: '1' },
      { identity: { product_key: 'a/b', device_name: 'x' }, version: '1' },
      { identity, version: '2', module: 'mcu' },
    ]
    expect(reports({ method: 'sub.version.post', params })).toMatchObject([
      { kind: 'version', identity: 'pk/child', version: '1' },
      { reason: 'bad_element' },
      { reason: 'bad_identity' },
      { reason: 'bad_identity' },
      { identity: 'pk/child', version: '2', module: 'mcu' },
    ])
  })

  test('a single object is an array of one', () => {
    expect(reports({ method: 'sub.upgrade.post', params: { identity, step: '50' } })).toMatchObject([
      { kind: 'progress', identity: 'pk/child', step: 50 },
    ])
  })

  test('at most 2,000 are read, and the rest is counted', () => {
    const list = bytes({ method: 'sub.version.post', params: Array.from({ length: 2500 }, () => ({ identity, version: '1' })) })
    expect(decodeUplink(list, 65_536)).toMatchObject({ reason: 'too_large' })
    const uplink = fogcloud.read('ota', list, 65_536, 524_288)
    const read = uplink.kind === 'uplink' ? uplink.reports : []
    expect(read).toHaveLength(2001)
    expect(read.at(-1)).toMatchObject({ reason: 'too_many_elements' })
  })
})

test('elements of topo messages hold the names of children directly or under `identity`', () => {
  const topo = decodeTopo(bytes({ id: 'a', method: 'add', params: [identity, { identity }, { product_key: 'pk' }] }), 65_536)
  expect(topo).toMatchObject({
    kind: 'topo',
    method: 'add',
    id: 'a',
    children: ['pk/child', 'pk/child'],
    refused: [{ reason: 'bad_identity' }],
  })
  expect(decodeTopo(bytes({ method: 'steal' }), 65_536)).toMatchObject({ reason: 'unknown_method' })
  expect(decodeTopo(bytes({ method: { toString: 1, valueOf: 1 } }), 65_536)).toMatchObject({ reason: 'unknown_method' })
})
