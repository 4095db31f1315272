// What a certificate says, for people who have to renew it in time. Pure.

import { X509Certificate } from 'node:crypto'
import type { CertificateJson } from './overview-schemas.ts'

const dayMs = 86_400_000

/** `CN=fog.example, O=Fog` of the lines that Node gives. */
const inOneLine = (name: string): string => name.split('\n').join(', ')

/** `DNS:a, IP Address:192.0.2.1` as the names alone. */
const namesOf = (names: string | undefined): string[] =>
  names === undefined ? [] : names.split(', ').map((name) => name.replace(/^(?:DNS|IP Address|URI|email):/, ''))

const parsed = (pem: string): X509Certificate | null => {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

/** The first certificate of a chain in PEM; null: there is none that can be read. */
export const certificateFacts = (pem: string, now: number): CertificateJson | null => {
  const certificate = parsed(pem)
  if (certificate === null) return null
  const ends = Date.parse(certificate.validTo)
  return {
    subject: inOneLine(certificate.subject),
    issuer: inOneLine(certificate.issuer),
    names: namesOf(certificate.subjectAltName),
    from: new Date(certificate.validFrom).toISOString(),
    until: new Date(ends).toISOString(),
    daysLeft: Math.floor((ends - now) / dayMs),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  }
}
