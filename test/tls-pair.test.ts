// A certificate and a key that do not belong together are found, whatever kinds they are of.

import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkPairs } from '../src/certificates.ts'
import { tlsOf } from '../src/mqtt/listen/endpoint.ts'
import { pairFaults } from '../src/settings/tls-rules.ts'
import { tryPair } from '../src/tls-pair.ts'

const pem = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures/tls', `${name}.pem`), 'utf8')
const cert = pem('server.cert')
const pemOf = { type: 'pkcs8', format: 'pem' } as const
const keys = {
  'its own': pem('server.key'),
  'of another certificate': pem('renewed.key'),
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pemOf).toString(),
  EC: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export(pemOf).toString(),
  Ed25519: generateKeyPairSync('ed25519').privateKey.export(pemOf).toString(),
}

test('its own key', () => {
  expect(() => tryPair({ cert, key: keys['its own'] })).not.toThrow()
})

test.each(['of another certificate', 'RSA', 'EC', 'Ed25519'] as const)('a key %s is refused', (name) => {
  const pair = { cert, key: keys[name] }
  expect(() => tryPair(pair)).toThrow('mismatch')
  expect(() => checkPairs({ 'admin.cert': pair })).toThrow('setting')
  expect(() => tlsOf({ url: 'mqtts://[::]:8883', ...pair }, 0)).toThrow('mismatch')
  expect(pairFaults('admin', pair, () => undefined)).toHaveLength(1)
})
