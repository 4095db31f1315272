// X.509 certificates (RFC 5280) of a small authority: what is in them, and their signature. Knows no file and no clock.

import { generateKeyPair, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import forge from 'node-forge'

/** PEM texts. */
export interface KeyedCertificate {
  readonly cert: string
  readonly key: string
}

interface Dates {
  readonly from: Date
  readonly until: Date
}

export interface LeafPlan extends Dates {
  readonly commonName: string
  /** Host names and IP addresses; for a server. */
  readonly names: readonly string[]
  readonly use: 'serverAuth' | 'clientAuth'
}

const keyBits = 2048

/** A new RSA key as PEM (PKCS #8): what every board can check. */
export const newKey = (): Promise<string> =>
  new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: keyBits }, (error, _public, key) => {
      if (error === null) resolve(key.export({ type: 'pkcs8', format: 'pem' }).toString())
      else reject(error)
    })
  })

/** 128 bits, of which the first two make it positive and 16 bytes long. */
const serial = (): string => {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

const nameOf = (commonName: string): forge.pki.CertificateField[] => [
  // UTF-8, since names of devices may hold any character.
  { name: 'commonName', value: commonName, valueTagClass: forge.asn1.Type.UTF8 as unknown as forge.asn1.Class },
]

const publicKeyOf = (key: string): forge.pki.rsa.PublicKey => {
  const { n, e } = forge.pki.privateKeyFromPem(key)
  return forge.pki.setRsaPublicKey(n, e)
}

const begin = (key: string, subject: string, { from, until }: Dates): forge.pki.Certificate => {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKeyOf(key)
  certificate.serialNumber = serial()
  certificate.validity.notBefore = from
  certificate.validity.notAfter = until
  certificate.setSubject(nameOf(subject))
  return certificate
}

const signed = (certificate: forge.pki.Certificate, key: string): string => {
  certificate.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate).replaceAll('\r', '')
}

/** The certificate of an authority that signs leaves and no other authority. */
export const authorityCertificate = (key: string, commonName: string, dates: Dates): string => {
  const certificate = begin(key, commonName, dates)
  certificate.setIssuer(certificate.subject.attributes)
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ])
  return signed(certificate, key)
}

const alternativeName = (name: string): object => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })

/** A certificate of a server or a device, signed by the authority. */
export const leafCertificate = (authority: KeyedCertificate, key: string, plan: LeafPlan): string => {
  const issuer = forge.pki.certificateFromPem(authority.cert)
  const certificate = begin(key, plan.commonName, plan)
  certificate.setIssuer(issuer.subject.attributes)
  const names = plan.names.length === 0 ? [] : [{ name: 'subjectAltName', altNames: plan.names.map(alternativeName) }]
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', [plan.use]: true },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    ...names,
  ])
  return signed(certificate, authority.key)
}
