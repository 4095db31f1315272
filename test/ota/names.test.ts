import { expect, test } from 'vitest'
import { nameFault, parseDeviceKey } from '../../src/ota/names.ts'
import { say } from '../../src/sentences/sentence.ts'

test.each([
  ['pk', 'dn'],
  ['a b', 'c|d'],
  ['产品', '设备'],
  ['pk', '__proto__'],
  ['pk', 'x'.repeat(256)],
  ['.x', '..y'],
])('%j/%j can be used', (product, name) => {
  expect(nameFault(product, name)).toBeNull()
})

test.each([
  ['', 'dn', 'empty'],
  ['pk', '', 'empty'],
  ['a/b', 'dn', '/'],
  ['pk', 'a+', '+'],
  ['pk', '#', '#'],
  ['pk', 'a&b', '&'],
  ['pk', 'a\0', '0000'],
  ['pk', 'a\nb', 'n'],
  ['$SYS', 'dn', '$'],
  ['pk', '..', 'URL'],
  ['pk', '\uD800', 'contains'],
  ['pk', '\uFFFD', 'contains'],
  ['pk', 'x'.repeat(257), '256'],
])('%j/%j is refused with the reason', (product, name, word) => {
  const fault = nameFault(product, name)
  expect(fault && say(fault)).toContain(word)
})

test('pk/dn is split at the first slash', () => {
  expect(parseDeviceKey('pk/dn')).toEqual({ product: 'pk', name: 'dn' })
  expect(parseDeviceKey('pk/dn/x')).toBeNull()
  expect(parseDeviceKey('pk')).toBeNull()
})
