// What a listener's settings say: its address and its certificate, with errors as sentences. Opens nothing.

import type { TlsOptions } from 'node:tls'
import { OtaError } from '../../errors.ts'
import { type ListenerAddress, listenerAddress } from '../../listener-address.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { Listener } from '../../settings.ts'
import { tryPair } from '../../tls-pair.ts'

/** The address in a listener's URL; a WebSocket without a path gets /mqtt. */
export const addressIn = (url: string, at: number): ListenerAddress => {
  const address = listenerAddress(url)
  if (address === undefined) throw new OtaError('OTA_BAD_SETTINGS', sentence('mqtt_listener_address_invalid', { at, url }))
  const path = address.scheme === 'ws' || address.scheme === 'wss' ? address.path.replace(/^\/?$/, '/mqtt') : ''
  return { ...address, path }
}

/** The TLS options of a secure listener, tested: OTA_BAD_SETTINGS if its PEM texts are missing or do not belong together. */
export const tlsOf = (settings: Listener, at: number): TlsOptions => {
  const { cert, key, ca, url } = settings
  if (cert === undefined || key === undefined) throw new OtaError('OTA_BAD_SETTINGS', sentence('mqtt_listener_tls_missing', { at, url }))
  const options = {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    requestCert: settings.requestCert === true,
    // The listener looks at certificates itself, to say what is wrong with them.
    rejectUnauthorized: false,
  }
  if (options.requestCert && ca === undefined) throw new OtaError('OTA_BAD_SETTINGS', sentence('mqtt_listener_ca_missing', { at }))
  try {
    tryPair(options)
    return options
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OtaError('OTA_BAD_SETTINGS', sentence('mqtt_listener_certificate_invalid', { at, url, why }), { cause })
  }
}

/** The error for an address that cannot be listened on, with a remedy. */
export const listenFailure = (url: string, cause: unknown): OtaError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return new OtaError('OTA_LISTEN_FAILED', sentence('mqtt_listen_failed', { url, code, why: code || String(cause) }), { cause })
}
