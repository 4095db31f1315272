// Addresses as URLs write them (protocol.md §3).

import { expect, test } from 'vitest'
import { remoteName, urlHost } from '../../../src/mqtt/listen/address.ts'

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['2001:db8::1', '[2001:db8::1]'],
  ['fe80::1%eth0', '[fe80::1]'],
  ['::1', '[::1]'],
  ['', ''],
])('%s is written %s', (address, host) => expect(urlHost(address)).toBe(host))

test('the client is named with its port', () => {
  expect(remoteName('::ffff:192.0.2.7', 50_123)).toBe('192.0.2.7:50123')
  expect(remoteName(undefined, undefined)).toBe('?:0')
})
