// A small authority for a local network, and the certificates that it signs: for the server and for devices.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { OtaError } from '../../errors.ts'
import { nameFault } from '../../ota/names.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import { reasonOf } from '../file-faults.ts'
import { certFiles, createFiles, readIfThere, replaceFiles } from './cert-files.ts'
import { authorityCertificate, type KeyedCertificate, leafCertificate, newKey } from './x509.ts'

/** What was made. */
export interface Made {
  readonly cert: string
  readonly key: string
  /** The authority's certificate, for those who check. */
  readonly authority: string
  /** In the certificate: host names and addresses of a server, or the device. */
  readonly names: readonly string[]
  readonly from: Date
  readonly until: Date
  /** SHA-256. */
  readonly fingerprint: string
}

export interface CertsOptions {
  /** Absolute. */
  readonly dir: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** A new private key as PEM. */
  readonly makeKey?: () => Promise<string>
}

const dayMs = 86_400_000
const authorityDays = 3_650
/** The longest that clients on telephones and desktops accept. */
const serverDays = 825

/** A day earlier, for boards whose clock is behind. */
const datesFrom = (now: number, days: number, end = Number.POSITIVE_INFINITY) => {
  const whole = Math.floor(now / 1000) * 1000
  return { from: new Date(whole - dayMs), until: new Date(Math.min(whole - dayMs + days * dayMs, end)) }
}

const madeOf = (files: KeyedCertificate, authority: string, names: readonly string[], cert: string): Made => {
  const { validFrom, validTo, fingerprint256 } = new X509Certificate(cert)
  return { ...files, authority, names, from: new Date(validFrom), until: new Date(validTo), fingerprint: fingerprint256 }
}

/** OTA_CERTS if the directory has an authority. */
export const makeAuthority = async ({ dir, now, makeKey = newKey }: CertsOptions): Promise<Made> => {
  const { authority } = certFiles(dir)
  for (const file of [authority.key, authority.cert])
    if ((await readIfThere(file)) !== undefined) throw new OtaError('OTA_CERTS', sentence('certs_authority_exists', { file }))
  const key = await makeKey()
  const commonName = `Fogbell CA of ${hostname()}`.slice(0, 64)
  const cert = authorityCertificate(key, commonName, datesFrom(now, authorityDays))
  await createFiles(dir, [
    { path: authority.key, text: key, audience: 'owner' },
    { path: authority.cert, text: cert, audience: 'all' },
  ])
  return madeOf(authority, authority.cert, [commonName], cert)
}

/** Why the texts are not those of an authority that can sign here; else when it ends. */
const endOfAuthority = ({ cert, key }: KeyedCertificate): number | Sentence => {
  try {
    const certificate = new X509Certificate(cert)
    const secret = createPrivateKey(key)
    if (secret.asymmetricKeyType !== 'rsa') return sentence('certs_not_rsa')
    if (!certificate.ca) return sentence('certs_no_authority')
    return certificate.checkPrivateKey(secret) ? Date.parse(certificate.validTo) : sentence('certs_no_pair')
  } catch (cause) {
    return sentence('certs_not_pem', { why: reasonOf(cause) })
  }
}

const authorityOf = async ({ dir, now }: CertsOptions): Promise<KeyedCertificate & { readonly until: number }> => {
  const files = certFiles(dir).authority
  const read = async (file: string): Promise<string> => {
    const text = await readIfThere(file)
    if (text === undefined) throw new OtaError('OTA_CERTS', sentence('certs_authority_missing', { file, dir }))
    return text
  }
  const texts = { cert: await read(files.cert), key: await read(files.key) }
  const until = endOfAuthority(texts)
  if (typeof until !== 'number') throw new OtaError('OTA_CERTS', sentence('certs_authority_unusable', { ...files, why: until }))
  if (until <= now) throw new OtaError('OTA_CERTS', sentence('certs_authority_expired', { dir, until: new Date(until).toISOString() }))
  return { ...texts, until }
}

const keyFault = (key: string): Sentence | null => {
  try {
    return createPrivateKey(key).asymmetricKeyType === 'rsa' ? null : sentence('certs_not_rsa')
  } catch (cause) {
    return sentence('certs_not_pem', { why: reasonOf(cause) })
  }
}

/** The key that is there, so that a renewal replaces one file only. */
const keyAt = async (file: string, isNew: boolean, makeKey = newKey): Promise<{ readonly key: string; readonly isNew: boolean }> => {
  const text = isNew ? undefined : await readIfThere(file)
  if (text === undefined) return { key: await makeKey(), isNew: true }
  const why = keyFault(text)
  if (why !== null) throw new OtaError('OTA_CERTS', sentence('certs_key_unusable', { file, why }))
  return { key: text, isNew: false }
}

const hostPattern = /^(?=.{1,253}$)(?:\*\.)?[a-z\d_](?:[a-z\d_-]{0,62})?(?:\.[a-z\d_](?:[a-z\d_-]{0,62})?)*$/i

const checkName = (name: string): string => {
  const bare = name.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) === 0 && !hostPattern.test(bare)) throw new OtaError('OTA_BAD_REQUEST', sentence('certs_name_invalid', { name }))
  return bare.includes('%') ? bare.slice(0, bare.indexOf('%')) : bare
}

/** The names by which this machine is known on its network: its host name, with `.local` for mDNS, `localhost`, and its addresses. */
export const machineNames = (
  host = hostname(),
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): readonly string[] => {
  const addresses = Object.values(interfaces).flatMap((infos) => (infos ?? []).map(({ address }) => address.replace(/%.*/, '')))
  const short = host.split('.')[0] ?? host
  const names = [host, `${short}.local`, 'localhost'].filter((name) => hostPattern.test(name))
  return [...new Set([...names, ...addresses, '127.0.0.1', '::1'])]
}

export interface ServerCertificateOptions extends CertsOptions {
  /** Host names and addresses; empty: those of this machine. */
  readonly names: readonly string[]
  readonly newKey: boolean
}

/** A certificate for the server, with the authority's behind it; the key that is there stays, unless a new one is wanted. */
export const makeServer = async (options: ServerCertificateOptions): Promise<Made> => {
  const { dir, now } = options
  const names = options.names.length === 0 ? machineNames() : [...new Set(options.names.map(checkName))]
  const authority = await authorityOf(options)
  const files = certFiles(dir)
  const { key, isNew } = await keyAt(files.server.key, options.newKey, options.makeKey)
  const [commonName = ''] = names
  const plan = { ...datesFrom(now, serverDays, authority.until), commonName: commonName.slice(0, 64), names, use: 'serverAuth' as const }
  const cert = leafCertificate(authority, key, plan)
  await replaceFiles(dir, [
    ...(isNew ? [{ path: files.server.key, text: key, audience: 'server' as const }] : []),
    { path: files.server.cert, text: `${cert}${authority.cert}`, audience: 'all' },
  ])
  return madeOf(files.server, files.authority.cert, names, cert)
}

export interface DeviceCertificateOptions extends CertsOptions {
  readonly device: string
  readonly newKey: boolean
}

const identityOf = (device: string): { readonly product: string; readonly name: string } => {
  const slash = device.indexOf('/')
  const [product, name] = [device.slice(0, Math.max(slash, 0)), device.slice(slash + 1)]
  const fault = nameFault(product, name)
  if (fault === null) return { product, name }
  throw new OtaError('OTA_BAD_REQUEST', sentence('certs_device_invalid', { device, why: fault }))
}

/** A certificate for a device: its common name is the device's identity, and it is valid as long as the authority. */
export const makeDevice = async (options: DeviceCertificateOptions): Promise<Made> => {
  const { dir, now, device } = options
  const { product, name } = identityOf(device)
  const authority = await authorityOf(options)
  const files = certFiles(dir)
  const own = files.device(product, name)
  const { key, isNew } = await keyAt(own.key, options.newKey, options.makeKey)
  const plan = { ...datesFrom(now, authorityDays, authority.until), commonName: device, names: [], use: 'clientAuth' as const }
  const cert = leafCertificate(authority, key, plan)
  await replaceFiles(dir, [
    ...(isNew ? [{ path: own.key, text: key, audience: 'owner' as const }] : []),
    { path: own.cert, text: cert, audience: 'all' },
  ])
  return madeOf(own, files.authority.cert, [device], cert)
}
