// The identity that a CONNECT claims, and how it is proved (protocol.md §6).

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { firstUseHash, isSecret, knownSignMethod, provesSecret, signature } from '../../../src/mqtt/entry/credential.ts'
import { type DeviceIdentity, identify, isRefusal, parseClientId, sessionId } from '../../../src/mqtt/entry/identity.ts'

const noUsers = () => false
const device = (username: string, clientId = 'c'): DeviceIdentity => {
  const identity = identify(clientId, username, noUsers)
  if (isRefusal(identity) || identity.kind !== 'device') throw new Error(`no device: ${JSON.stringify(identity)}`)
  return identity
}
const refused = (username: string): string => {
  const identity = identify('c', username, noUsers)
  return isRefusal(identity) ? `${identity.code} ${identity.reason} ${identity.text}` : 'let through'
}

test('deviceName comes before productKey', () => expect(device('dn&pk')).toMatchObject({ key: 'pk/dn', product: 'pk', name: 'dn' }))
test.each(['a b&p k', 'dn|x&pk', '设备&产品', 'dev.1&pk'])('%j is a device', (username) => expect(device(username).kind).toBe('device'))

test.each([
  ['a&b&c', 'more than one "&"'],
  ['&pk', 'the device name is empty'],
  ['dn&', 'the product key is empty'],
  ['d/n&pk', 'the device name contains "/"'],
  ['dn&p+k', 'the product key contains "+"'],
  ['d#n&pk', 'contains "#"'],
  ['d\0n&pk', 'contains "\\u0000"'],
  ['d\nn&pk', 'contains "\\n"'],
  ['.&pk', 'which cannot be part of a URL path'],
  ['dn&..', 'which cannot be part of a URL path'],
  ['$SYS&pk', 'starts with "$"'],
  [`${'x'.repeat(257)}&pk`, 'longer than 256'],
])('%j is refused with its reason', (username, why) =>
  expect(refused(username)).toMatch(new RegExp(`^4 bad_name .*${why.replace(/[+$.*\\]/g, '\\$&')}`, 's')),
)

test('a username that is neither a user nor a device is refused', () => expect(refused('alice')).toMatch(/^4 unknown_user .*"alice"/))
test('a name may have 256 characters', () => expect(device(`${'x'.repeat(256)}&pk`).name).toHaveLength(256))
test('a user of the settings is recognised by its whole name, also with "&"', () => {
  expect(identify('c', 'ops&desk', (name) => name === 'ops&desk')).toEqual({ kind: 'user', name: 'ops&desk' })
})
test.each([undefined, ''])('without a username (%j) a client is anonymous', (username) =>
  expect(identify('c', username, noUsers)).toEqual({ kind: 'anonymous' }),
)

test.each([
  ['abc|signmethod=hmacmd5,authType=1|', 'abc', 'hmacmd5'],
  ['abc|authType=1,signmethod=HmacSHA256|', 'abc', 'hmacsha256'],
  ['a|b|signmethod=hmacmd5,authType=1|', 'a|b', 'hmacmd5'],
  ['abc|securemode=3|', 'abc', 'hmacsha1'],
  ['|signmethod=hmacmd5|', '', 'hmacmd5'],
  ['abc', 'abc', 'hmacsha1'],
  ['abc|', 'abc|', 'hmacsha1'],
  ['a|b|', 'a|b|', 'hmacsha1'],
  ['|', '|', 'hmacsha1'],
  ['', '', 'hmacsha1'],
  ['x'.repeat(200), 'x'.repeat(200), 'hmacsha1'],
])('client id %j is %j by %s', (text, clientId, signMethod) => expect(parseClientId(text)).toEqual({ clientId, signMethod }))

test('sessions of different identities never have the same name', () => {
  const names = [
    sessionId(device('b&a'), 'c/d'),
    sessionId(device('b&a'), 'c'),
    sessionId({ kind: 'user', name: 'a/b' }, 'c/d'),
    sessionId({ kind: 'user', name: 'a' }, 'b/c/d'),
    sessionId({ kind: 'anonymous' }, 'a/b/c/d'),
  ]
  expect(new Set(names).size).toBe(names.length)
  expect(sessionId(device('b&a'), '')).toBe('')
})

describe('proof', () => {
  const secret = '0123456789abcdef0123456789abcdef'
  const by = (method: string): DeviceIdentity => device('dn1&pk1', `pk1&dn1|signmethod=${method},authType=1|`)
  const vectors = [
    ['hmacsha1', '51a5413ec0633726fda22945279c06a16f9df2e9'],
    ['hmacmd5', 'c5764fd95505fbb1fbb247a7d02f6f3d'],
  ] as const

  test.each(vectors)('the vector of %s', (method, hex) => {
    expect(signature(by(method), secret)).toBe(hex)
    expect(provesSecret(by(method), secret, Buffer.from(hex))).toBe(true)
    expect(provesSecret(by(method), secret, Buffer.from(hex.toUpperCase()))).toBe(true)
    expect(provesSecret(by(method), secret, Buffer.from(hex.replace(/.$/, '0')))).toBe(false)
    expect(provesSecret(by(method), secret, Buffer.from(hex.slice(1)))).toBe(false)
    expect(provesSecret(by(method), 'other', Buffer.from(hex))).toBe(false)
  })

  test('hmacsha256 is known; an unknown method proves nothing', () => {
    expect(signature(by('hmacsha256'), secret)).toHaveLength(64)
    expect([knownSignMethod('hmacsha256'), knownSignMethod('sha1'), knownSignMethod('__proto__')]).toEqual([true, false, false])
    expect(provesSecret(by('sha1'), secret, Buffer.from(''))).toBe(false)
  })

  test('a plain password is compared as a whole', () => {
    expect(isSecret(secret, Buffer.from(secret))).toBe(true)
    expect(isSecret(secret, Buffer.from(secret.slice(1)))).toBe(false)
  })

  test('a first password is stored as a hash; the hex digits of an HMAC match in either case', () => {
    const [, hex] = vectors[0]
    expect(firstUseHash(Buffer.from(hex.toUpperCase()))).toBe(createHash('sha256').update(hex).digest('hex'))
    expect(firstUseHash(Buffer.from('Secret'))).toBe(createHash('sha256').update('Secret').digest('hex'))
    expect(firstUseHash(Buffer.from('ABC'))).not.toBe(firstUseHash(Buffer.from('abc')))
    expect(firstUseHash(Buffer.from([0xff]))).not.toBe(firstUseHash(Buffer.from('ÿ')))
  })
})
