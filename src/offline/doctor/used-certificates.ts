// Which certificates are in use: those in the settings, and those that listeners show.

import { X509Certificate } from 'node:crypto'
import { doubtful, type Finding } from '../../finding.ts'
import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Settings } from '../../settings.ts'
import { type CertificateUse, certificateFindings, type MachineNames } from './certificate-findings.ts'

const pemIn = (holder: object, name: string): string | null => {
  const value: unknown = Reflect.get(holder, name)
  return typeof value === 'string' ? value : null
}

interface NamedUse extends CertificateUse {
  readonly wanted: readonly string[]
}

/** Every certificate in the settings. */
const certificatesIn = ({ admin, firmware, mqtt }: Settings): readonly NamedUse[] => {
  const url = firmware.publicUrl === null ? null : new URL(firmware.publicUrl)
  const ofUrl = url?.protocol === 'https:' ? [url.hostname.replace(/^\[(.*)\]$/, '$1')] : []
  const holders: readonly (readonly [where: string, holder: object, wanted: readonly string[]])[] = [
    ['admin', admin, []],
    ['firmware', firmware, ofUrl],
    ...mqtt.listeners.map((listener, at) => [`mqtt.listeners[${at}]`, listener, []] as const),
  ]
  return holders.flatMap(([where, holder, wanted]) => {
    const cert = pemIn(holder, 'cert')
    return cert === null ? [] : [{ where: `${where}.cert`, cert, key: pemIn(holder, 'key'), ca: pemIn(holder, 'ca'), wanted }]
  })
}

const fingerprint = (pem: string): string => {
  try {
    return new X509Certificate(pem).fingerprint256
  } catch {
    return ''
  }
}

export interface UsedCertificates {
  /** null: they have faults. */
  readonly settings: Settings | null
  /** PEM of the chains that listeners have shown, by their address. */
  readonly chains: ReadonlyMap<string, string>
  readonly names: Omit<MachineNames, 'wanted'>
  readonly now: number
  /** How the server reads the settings again; null: it is not known that they are its settings. */
  readonly reload: Sentence | null
}

/** Those of the settings, and those that listeners show where these are others: of a server that has not reloaded them. */
export const usedCertificates = ({ settings, chains, names, now, reload }: UsedCertificates): readonly Finding[] => {
  const configured = settings === null ? [] : certificatesIn(settings)
  const known = new Set(configured.map(({ cert }) => fingerprint(cert)))
  const found = configured.flatMap(({ wanted, ...use }) => certificateFindings(use, { ...names, wanted }, now))
  for (const [where, cert] of chains) {
    if (known.has(fingerprint(cert))) continue
    known.add(fingerprint(cert))
    if (reload !== null) found.push(doubtful('certificates', sentence('doctor_certificate_old', { where }), reload))
    found.push(...certificateFindings({ where, cert, key: null, ca: null }, { ...names, wanted: [] }, now))
  }
  return found
}
