// Until when the certificates in the settings are valid: for warnings long before, for the metrics, and for a check before a start.

import { X509Certificate } from 'node:crypto'
import { faultAt, OtaError } from './errors.ts'
import type { Log } from './log.ts'
import { sentence } from './sentences/sentence.ts'
import type { Settings } from './settings.ts'
import { tryPair } from './tls-pair.ts'

export interface Validity {
  /** The listener that shows it, as the metrics name it; null: it is an authority's, and is not shown. */
  readonly listener: string | null
  /** The path of the setting. */
  readonly setting: string
  /** The first end of a certificate in it, milliseconds since the epoch. */
  readonly until: number
}

const dayMs = 86_400_000
/** How long before its end a certificate is warned of. */
const soonMs = 30 * dayMs

const blocks = (pem: string): readonly string[] => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

const validity = (listener: string | null, setting: string, pem: string | null | undefined): readonly Validity[] => {
  const ends = blocks(pem ?? '').map((block) => Date.parse(new X509Certificate(block).validTo))
  return ends.length === 0 ? [] : [{ listener, setting, until: Math.min(...ends) }]
}

/** Of all certificates that are in use, in the order of the settings. */
export const validities = ({ mqtt, firmware, admin }: Settings): readonly Validity[] => [
  ...mqtt.listeners.flatMap(({ url, cert, ca }, at) => [
    ...validity(url, `mqtt.listeners[${at}].cert`, cert),
    ...validity(null, `mqtt.listeners[${at}].ca`, ca),
  ]),
  ...validity('firmware', 'firmware.cert', firmware.cert),
  ...validity('admin', 'admin.cert', admin.cert),
]

/** OTA_BAD_SETTINGS for a certificate that has expired. A server starts with it nevertheless, and warns: some clients may not look. */
export const checkValidity = (settings: Settings, now: number): void => {
  const faults = validities(settings)
    .filter(({ until }) => until <= now)
    .map(({ setting, until }) => faultAt(setting, sentence('certificate_expired', { until: new Date(until).toISOString() })))
  if (faults.length > 0) throw new OtaError('OTA_BAD_SETTINGS', sentence('settings_invalid', { faults: faults.length }), { faults })
}

/** OTA_BAD_SETTINGS if a certificate and its key cannot be used together: before any of them is put to use. */
export const checkPairs = (pairs: Readonly<Record<string, { readonly cert: string; readonly key: string } | null>>): void => {
  for (const [setting, pair] of Object.entries(pairs)) {
    try {
      if (pair !== null) tryPair(pair)
    } catch (cause) {
      const fault = faultAt(setting, sentence('tls_pair_unusable', { why: cause instanceof Error ? cause.message : String(cause) }))
      throw new OtaError('OTA_BAD_SETTINGS', sentence('settings_invalid', { faults: 1 }), { cause, faults: [fault] })
    }
  }
}

const warnOf = ({ setting, until }: Validity, now: number, log: Log): void => {
  const fields = { setting, until: new Date(until).toISOString() }
  if (until <= now) log.warn(fields, 'a certificate has expired: clients that check it do not connect; renew it and send SIGHUP')
  else if (until - now < soonMs)
    log.warn({ ...fields, days: Math.floor((until - now) / dayMs) }, 'a certificate expires soon; renew it and send SIGHUP')
}

export interface CertificateWatch {
  /** Warns of those in the settings, now and once a day. */
  use(settings: Settings): void
  /** Seconds until the end of each listener's certificate; negative: it has expired. */
  seconds(): Readonly<Record<string, number>>
  close(): void
}

export const watchCertificates = (log: Log, now: () => number): CertificateWatch => {
  let watched: readonly Validity[] = []
  const warn = (): void => {
    for (const each of watched) warnOf(each, now(), log)
  }
  const timer = setInterval(warn, dayMs)
  timer.unref()
  return {
    use(settings) {
      watched = validities(settings)
      warn()
    },
    seconds: () =>
      Object.fromEntries(
        watched.flatMap(({ listener, until }) => (listener === null ? [] : [[listener, Math.round((until - now()) / 1000)]])),
      ),
    close: () => clearInterval(timer),
  }
}
