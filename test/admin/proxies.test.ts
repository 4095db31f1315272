// Whose X-Forwarded-For counts: that of trusted proxies, from the end.

import { expect, test } from 'vitest'
import { createOrigins } from '../../src/admin/proxies.ts'

const ask = (trusted: readonly string[], remoteAddress: string, headers: Record<string, string>): string =>
  createOrigins(trusted)({ socket: { remoteAddress }, headers } as unknown as Parameters<ReturnType<typeof createOrigins>>[0]).address

test.each([
  ['nobody is trusted', [], '10.0.0.1', '192.0.2.7', '10.0.0.1'],
  ['the proxy is trusted', ['10.0.0.1'], '10.0.0.1', '192.0.2.7', '192.0.2.7'],
  ['a socket for both families', ['10.0.0.0/8'], '::ffff:10.0.0.1', '192.0.2.7', '192.0.2.7'],
  ['another one is trusted', ['10.0.0.2'], '10.0.0.1', '192.0.2.7', '10.0.0.1'],
  ['the client writes its own', ['10.0.0.1'], '10.0.0.1', '127.0.0.1, 192.0.2.7', '192.0.2.7'],
  ['two proxies', ['10.0.0.0/8'], '10.0.0.1', '6.6.6.6, 192.0.2.7, 10.9.9.9', '192.0.2.7'],
  ['only proxies', ['10.0.0.0/8'], '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['no address', ['10.0.0.1'], '10.0.0.1', '192.0.2.7, unknown', '10.0.0.1'],
  ['none is sent', ['10.0.0.1'], '10.0.0.1', '', '10.0.0.1'],
  ['IPv6', ['fd00::/8'], 'fd00::1', '2001:db8::7', '2001:db8::7'],
  ['IPv4 with port', ['10.0.0.1'], '10.0.0.1', '192.0.2.7:4711', '192.0.2.7'],
  ['a port without an address', ['10.0.0.1'], '10.0.0.1', '192.0.2.7, :80', '10.0.0.1'],
  ['IPv6 of a link', ['fe80::/10'], 'fe80::1%eth0', '192.0.2.7', '192.0.2.7'],
  ['IPv6 with port', ['fd00::/8'], 'fd00::1', '[2001:db8::7]:4711', '2001:db8::7'],
] as const)('%s', (_name, trusted, peer, forwarded, address) => {
  expect(ask(trusted, peer, forwarded === '' ? {} : { 'x-forwarded-for': forwarded })).toBe(address)
})
