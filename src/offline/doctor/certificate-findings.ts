// Whether certificates are valid, named for this machine, whole, and have their keys. Functions of PEM texts.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import { doubtful, type Finding, faulty, fine } from '../../finding.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import { reasonOf } from '../file-faults.ts'

/** A certificate in use; `key` null: not known, as of one that a server has shown. */
export interface CertificateUse {
  /** The setting that holds it, or the address that has shown it. */
  readonly where: string
  readonly cert: string
  readonly key: string | null
  readonly ca: string | null
}

/** How clients name this machine. */
export interface MachineNames {
  readonly addresses: readonly string[]
  readonly hostname: string
  /** Names that clients are given: the host of publicUrl. */
  readonly wanted: readonly string[]
}

const soonDays = 30
const dayMs = 86_400_000

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

const chainOf = (text: string): readonly X509Certificate[] => (text.match(pemBlock) ?? []).map((block) => new X509Certificate(block))

const covers = (cert: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? cert.checkHost(name) : cert.checkIP(name)) !== undefined

/** The names that it is for, as `DNS:x, IP Address:y`. */
const namesOf = (cert: X509Certificate): string => cert.subjectAltName ?? cert.subject.replaceAll('\n', ', ')

/** Names of which this machine cannot tell whether they are its own: it is not asked who resolves them. */
const hasForeignName = (cert: X509Certificate): boolean => /DNS:(?!localhost\b)/.test(cert.subjectAltName ?? '')

const renew = (where: string): Sentence => sentence('doctor_try_certificate', { where })

const timeFinding = (where: string, cert: X509Certificate, now: number): Finding | null => {
  const [from, until] = [Date.parse(cert.validFrom), Date.parse(cert.validTo)]
  const ends = new Date(until).toISOString()
  if (now >= until) return faulty('certificates', sentence('doctor_certificate_expired', { where, ends }), renew(where))
  if (now < from)
    return faulty(
      'certificates',
      sentence('doctor_certificate_early', { where, begins: new Date(from).toISOString() }),
      sentence('doctor_try_clock'),
    )
  const days = Math.floor((until - now) / dayMs)
  return days < soonDays ? doubtful('certificates', sentence('doctor_certificate_ends', { where, ends, days }), renew(where)) : null
}

const nameFinding = (where: string, cert: X509Certificate, names: MachineNames): Finding | null => {
  const missing = names.wanted.filter((name) => !covers(cert, name))
  const remedy = renew(where)
  if (missing.length > 0)
    return faulty('certificates', sentence('doctor_certificate_unnamed', { where, names: namesOf(cert), missing }), remedy)
  const isForMachine = [...names.addresses, names.hostname].some((name) => covers(cert, name))
  if (isForMachine || hasForeignName(cert) || names.addresses.length === 0) return null
  return doubtful(
    'certificates',
    sentence('doctor_certificate_elsewhere', { where, names: namesOf(cert), addresses: [...names.addresses] }),
    remedy,
  )
}

const ownsKey = (cert: X509Certificate, key: string): boolean => {
  try {
    return cert.checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

/** Public authorities sign with a certificate in between, which servers have to send, and say where it can be fetched. */
const isCutChain = (chain: readonly X509Certificate[], ca: string | null): boolean => {
  const last = chain.at(-1)
  if (last === undefined || last.checkIssued(last)) return false
  const known = [
    ...chainOf(ca ?? ''),
    ...(last.infoAccess?.includes('CA Issuers') === true ? rootCertificates.map((each) => new X509Certificate(each)) : []),
  ]
  return last.infoAccess?.includes('CA Issuers') === true && !known.some((issuer) => last.checkIssued(issuer))
}

const isOutOfOrder = (chain: readonly X509Certificate[]): boolean =>
  chain.some((cert, at) => {
    const issuer = chain[at + 1]
    return issuer !== undefined && !cert.checkIssued(issuer)
  })

const chainFinding = (where: string, chain: readonly X509Certificate[], ca: string | null): Finding | null => {
  const remedy = sentence('doctor_try_chain', { where })
  if (isOutOfOrder(chain)) return faulty('certificates', sentence('doctor_chain_disordered', { where }), remedy)
  return isCutChain(chain, ca) ? doubtful('certificates', sentence('doctor_chain_cut', { where }), remedy) : null
}

const check = ({ where, cert, key, ca }: CertificateUse, names: MachineNames, now: number): readonly Finding[] => {
  const chain = chainOf(cert)
  const [leaf] = chain
  if (leaf === undefined) throw new Error('no certificate in it')
  const mismatch = key !== null && !ownsKey(leaf, key)
  const found = [
    mismatch ? faulty('certificates', sentence('doctor_key_mismatch', { where }), sentence('doctor_try_key', { where })) : null,
    timeFinding(where, leaf, now),
    nameFinding(where, leaf, names),
    chainFinding(where, chain, ca),
  ].filter((each) => each !== null)
  const ends = new Date(Date.parse(leaf.validTo)).toISOString()
  return found.length > 0 ? found : [fine('certificates', sentence('doctor_certificate_ok', { where, names: namesOf(leaf), ends }))]
}

/** `now` in milliseconds. */
export const certificateFindings = (use: CertificateUse, names: MachineNames, now: number): readonly Finding[] => {
  try {
    return check(use, names, now)
  } catch (cause) {
    const said = sentence('doctor_certificate_unreadable', { where: use.where, why: reasonOf(cause) })
    return [faulty('certificates', said, renew(use.where))]
  }
}
