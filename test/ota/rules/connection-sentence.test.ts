import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { connectionSentence } from '../../../src/ota/rules/connection-sentence.ts'
import { say } from '../../../src/sentences/sentence.ts'
import { createAdminFixture } from '../../support/admin-fixture.ts'

/** The reasons that the page on metrics names for ends of connections. */
const endsOfThePage = (): readonly string[] => {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const row = page.split('\n').find((line) => line.includes('fogbell_disconnects_total')) ?? ''
  return [...row.matchAll(/`([a-z_]+)`/g)]
    .map(([, word = '']) => word)
    .filter((word) => word !== 'reason' && word !== 'fogbell_disconnects_total')
}

test('every end of a connection that is no violation of the protocol has a sentence of its own', () => {
  const reasons = endsOfThePage()
  expect(reasons.length).toBeGreaterThan(8)
  const codes = reasons.map((reason) => connectionSentence({ what: 'disconnected', reason }).code)
  expect(new Set(codes).size).toBe(reasons.length)
  expect(codes).not.toContain('connection_ended_protocol_error')
})

test('a reason that is not listed is named', () => {
  expect(say(connectionSentence({ what: 'disconnected', reason: 'bad_length' }))).toBe('the client violated the MQTT protocol (bad_length)')
  expect(say(connectionSentence({ what: 'refused', reason: 'constructor' }))).toBe('refused (constructor)')
})

test('a device shows why its last connection ended, as a word and as a sentence', async () => {
  const fixture = await createAdminFixture()
  await fixture.join('pk/a')
  fixture.core.noteConnection('pk/a', 'disconnected', 'keepalive_timeout', '192.0.2.7')
  expect((await fixture.call('GET', '/api/v1/devices/pk/a')).body['connection']).toEqual({
    what: 'disconnected',
    reason: 'keepalive_timeout',
    at: '2026-01-02T03:04:05.000Z',
    address: '192.0.2.7',
    text: 'the client sent nothing for one and a half times its keep-alive',
    code: 'connection_ended_keep_alive',
    params: {},
  })
})
