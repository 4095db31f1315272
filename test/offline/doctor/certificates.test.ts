// What doctor says of certificates: their time, their names, their keys, their chains.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type CertificateUse, certificateFindings, type MachineNames } from '../../../src/offline/doctor/certificate-findings.ts'
import { selfSigned } from '../../support/certificate.ts'

const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const now = Date.now()
const here: MachineNames = { addresses: ['127.0.0.1'], hostname: 'box', wanted: [] }
const pair = selfSigned('localhost', 400)

const codes = (use: Partial<CertificateUse>, names: Partial<MachineNames> = {}, at = now): readonly string[] =>
  certificateFindings({ where: 'admin.cert', ca: null, ...pair, ...use }, { ...here, ...names }, at).map(
    ({ result, said }) => `${result} ${said.code}`,
  )

const day = 86_400_000

test.each([
  ['valid', now, 'ok doctor_certificate_ok'],
  ['ends in a month', now + 368 * day, 'ok doctor_certificate_ok'],
  ['ends in less', now + 370 * day, 'warning doctor_certificate_ends'],
  ['has expired', now + 400 * day, 'fault doctor_certificate_expired'],
  ['is not valid yet, by a clock that is behind', now - 2 * day, 'fault doctor_certificate_early'],
])('a certificate that %s', (_what, at, expected) => {
  expect(codes({}, {}, at)).toEqual([expected])
})

test('a key of another certificate', () => {
  expect(codes({ key: selfSigned().key })).toEqual(['fault doctor_key_mismatch'])
  expect(codes({ key: null })).toEqual(['ok doctor_certificate_ok'])
})

test('names of another machine, and of the URL that devices are sent to', () => {
  expect(codes({}, { addresses: ['192.0.2.7'] })).toEqual(['warning doctor_certificate_elsewhere'])
  expect(codes({}, { addresses: ['192.0.2.7'], hostname: 'localhost' })).toEqual(['ok doctor_certificate_ok'])
  expect(codes({}, { wanted: ['updates.example.net'] })).toEqual(['fault doctor_certificate_unnamed'])
  expect(codes({}, { wanted: ['localhost', '127.0.0.1'] })).toEqual(['ok doctor_certificate_ok'])
})

test('a chain in order, and one that is not', () => {
  const [leaf, authority, other] = [fixture('client.cert'), fixture('ca.cert'), fixture('renewed.cert')]
  const anywhere = { addresses: [] }
  expect(codes({ cert: leaf + authority, key: null }, anywhere)).toEqual(['ok doctor_certificate_ok'])
  expect(codes({ cert: leaf, key: null }, anywhere)).toEqual(['ok doctor_certificate_ok'])
  expect(codes({ cert: leaf + other, key: null }, anywhere)).toEqual(['fault doctor_chain_disordered'])
})

test('a text that is no certificate', () => {
  expect(codes({ cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' })).toEqual(['fault doctor_certificate_unreadable'])
  expect(codes({ cert: '' })).toEqual(['fault doctor_certificate_unreadable'])
})
