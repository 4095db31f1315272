// What a TLS connection says of both ends: the name by which the client called the server, and whose certificate it showed. Decides
// nothing about devices.

import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { urlHost } from './address.ts'

export interface Peer {
  /** The server's name or address on it, as a URL's host; null: not over TLS. */
  readonly tlsHost: string | null
  /** The common name of the client's certificate, which was verified; null: the listener asks for none. */
  readonly certificate: string | null
}

const hostName = /^[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/i

/** `servername` is what the client sent: a name that it can resolve, and that it looks for in certificates. */
const calledHost = ({ servername, localAddress }: TLSSocket): string => {
  const called: unknown = servername
  return typeof called === 'string' && hostName.test(called) ? called.toLowerCase() : urlHost(localAddress ?? '')
}

/** The common name of its certificate, verified or not; empty without one, or with several. */
export const commonName = (socket: TLSSocket): string => {
  const name: unknown = socket.getPeerCertificate()?.subject?.CN
  return typeof name === 'string' ? name : ''
}

/** Not over TLS. */
export const plain: Peer = { tlsHost: null, certificate: null }

export const peerOf = (socket: Socket, asksCertificate: boolean): Peer =>
  socket instanceof TLSSocket ? { tlsHost: calledHost(socket), certificate: asksCertificate ? commonName(socket) : null } : plain

export type CertificateFault = 'certificate_missing' | 'certificate_expired' | 'certificate_not_valid_yet' | 'certificate_untrusted'

const faults: Readonly<Record<string, CertificateFault>> = {
  CERT_HAS_EXPIRED: 'certificate_expired',
  CERT_NOT_YET_VALID: 'certificate_not_valid_yet',
}

/**
 * Why the client's certificate does not count; null: it does. One is looked for in any case: a resumed session without one counts as
 * verified.
 */
export const certificateFault = (socket: TLSSocket): CertificateFault | null => {
  if (socket.getPeerX509Certificate() === undefined) return 'certificate_missing'
  if (socket.authorized) return null
  const error: unknown = socket.authorizationError
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return faults[code] ?? 'certificate_untrusted'
}
