// What certificates, keys and the settings around them must be: pairs that belong together, keys without a passphrase, HTTPS only where
// there is a certificate. Opens no file and no port.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { type Fault, faultAt } from '../errors.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { Settings } from '../settings.ts'
import { tryPair } from '../tls-pair.ts'

export interface Pair {
  readonly cert?: string | null | undefined
  readonly key?: string | null | undefined
  readonly ca?: string | null | undefined
}

/** The file that a setting was read from, as the settings name it. */
export type FileOf = (path: string) => string | undefined

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const failure = (act: () => unknown): Error | null => {
  try {
    act()
    return null
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

const blocks = (pem: string): readonly string[] => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

const inFile = (file: string | undefined) => ({ isFile: file === undefined ? 'no' : 'yes', file: file ?? '' })

/** Each certificate by itself: OpenSSL passes over what it cannot read behind the first one. */
const certificatesFault = (path: string, pem: string, fileOf: FileOf): Fault | null => {
  const found = blocks(pem)
  const cause = found.length === 0 ? new Error('no certificate') : failure(() => found.map((block) => new X509Certificate(block)))
  return cause && faultAt(path, sentence('certificate_unreadable', { ...inFile(fileOf(path)), why: cause.message }))
}

const keyFault = (path: string, key: string, fileOf: FileOf): Fault | null => {
  const cause = failure(() => createPrivateKey(key))
  if (cause === null) return null
  const file = inFile(fileOf(path))
  const isEncrypted = /-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(key)
  return faultAt(path, isEncrypted ? sentence('key_encrypted', file) : sentence('key_unreadable', { ...file, why: cause.message }))
}

const togetherFault = (path: string, { cert, key, ca }: Pair, fileOf: FileOf): Sentence | null => {
  const cause = failure(() => tryPair({ cert: cert ?? '', key: key ?? '', ...(ca ? { ca } : {}) }))
  if (cause === null) return null
  const files = { cert: fileOf(`${path}.cert`), key: fileOf(`${path}.key`) }
  if (files.cert === undefined || files.key === undefined) return sentence('tls_pair_unusable', { why: messageOf(cause) })
  return sentence('tls_files_unusable', { cert: files.cert, key: files.key, why: messageOf(cause) })
}

/** What is wrong with the certificate, the key and the authorities at `path`, with the files that they are in. */
export const pairFaults = (path: string, pair: Pair, fileOf: FileOf): readonly Fault[] => {
  const { cert, key, ca } = pair
  const single = [
    cert ? certificatesFault(`${path}.cert`, cert, fileOf) : null,
    key ? keyFault(`${path}.key`, key, fileOf) : null,
    ca ? certificatesFault(`${path}.ca`, ca, fileOf) : null,
  ].filter((fault) => fault !== null)
  if (single.length > 0 || !cert || !key) return single
  const together = togetherFault(path, pair, fileOf)
  return together === null ? [] : [faultAt(path, together)]
}

const schemeFaults = ({ schemes, plain, cert, tlsPublicUrl }: Settings['firmware']): readonly Fault[] =>
  schemes.flatMap(({ product, scheme }, at) => {
    const path = `firmware.schemes[${at}]`
    const first = schemes.findIndex((each) => each.product === product)
    if (first !== at) return [faultAt(`${path}.product`, sentence('product_repeated', { product, other: `firmware.schemes[${first}]` }))]
    if (scheme === 'http' && !plain) return [faultAt(`${path}.scheme`, sentence('scheme_http_closed'))]
    if (scheme === 'https' && cert === null && tlsPublicUrl === null) return [faultAt(`${path}.scheme`, sentence('scheme_https_closed'))]
    return []
  })

/** What is missing, or excludes another setting, in the settings of downloads. */
export const firmwareTlsFaults = (firmware: Settings['firmware'], fileOf: FileOf): readonly Fault[] => {
  const { cert, key, plain } = firmware
  if (cert !== null && key === null) return [faultAt('firmware.key', sentence('firmware_key_missing'))]
  if (cert === null && key !== null) return [faultAt('firmware.cert', sentence('firmware_cert_missing'))]
  const closed = !plain && cert === null ? [faultAt('firmware.plain', sentence('firmware_closed'))] : []
  return [...pairFaults('firmware', firmware, fileOf), ...closed, ...schemeFaults(firmware)]
}
