// What a listener's settings say: its place and its certificate, with faults in words. Opens nothing.

import { createSecureContext, type TlsOptions } from 'node:tls'
import { OtaError } from '../../errors.ts'
import { type Listener, type ListenerAddress, listenerAddress } from '../../settings.ts'

/** Where a listener's URL says that it listens; WebSocket has the path /mqtt where it names none. */
export const placeOf = (text: string, at: number): ListenerAddress => {
  const place = listenerAddress(text)
  if (place === undefined) {
    const example = 'mqtt://0.0.0.0:1883, mqtts://[::]:8883 or ws://0.0.0.0:8083'
    throw new OtaError('OTA_BAD_SETTINGS', `mqtt.listeners[${at}].url: ${JSON.stringify(text)} is no address as ${example}`)
  }
  const path = place.scheme === 'ws' || place.scheme === 'wss' ? place.path.replace(/^\/?$/, '/mqtt') : ''
  return { ...place, path }
}

/** The TLS options of a secure listener, tried out: OTA_BAD_SETTINGS where its PEM texts are missing or do not belong together. */
export const tlsOf = (settings: Listener, at: number): TlsOptions => {
  const path = `mqtt.listeners[${at}]`
  const { cert, key, ca } = settings
  if (cert === undefined || key === undefined) throw new OtaError('OTA_BAD_SETTINGS', `${path}: ${settings.url} needs "cert" and "key"`)
  const options = {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    requestCert: settings.requestCert === true,
    rejectUnauthorized: settings.requestCert === true,
  }
  if (options.requestCert && ca === undefined)
    throw new OtaError('OTA_BAD_SETTINGS', `${path}: "requestCert" needs "ca", the authorities that client certificates come from`)
  try {
    createSecureContext(options)
    return options
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new OtaError(
      'OTA_BAD_SETTINGS',
      `${path}: the certificate or key of ${settings.url} is not good (${said}); PEM texts that belong together are wanted`,
      { cause },
    )
  }
}

const remedies: { readonly [code: string]: string } = {
  EADDRINUSE: 'another program has the port; stop it or choose another port',
  EACCES: 'the system does not allow it; ports below 1024 need a privilege: choose a higher one',
  EADDRNOTAVAIL: 'this machine has no such address; choose one of its own, or 0.0.0.0 for all',
  ENOTFOUND: 'the name is unknown; choose an address of this machine, or 0.0.0.0 for all',
}

/** What the system says when an address cannot be had, with the remedy. */
export const listenFailure = (url: string, cause: unknown): OtaError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return new OtaError(
    'OTA_LISTEN_FAILED',
    `${url} could not be listened on (${code || String(cause)}): ${remedies[code] ?? 'see mqtt.listeners'}`,
    { cause },
  )
}
