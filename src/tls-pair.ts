// A certificate and its key, tried before they are put to use.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'

/** PEM texts. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
  readonly ca?: string
}

/** Throws if they cannot be used together. OpenSSL keeps keys of each kind apart, so it takes an RSA key beside an EC certificate, and then shows none. */
export const tryPair = ({ cert, key, ca }: TlsPair): void => {
  createSecureContext({ cert, key, ...(ca !== undefined && { ca }) })
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error('key values mismatch')
}

/** What is set of a listener; null: it has none. */
export const pairOf = ({ cert, key }: { readonly cert: string | null; readonly key: string | null }): TlsPair | null =>
  cert === null || key === null ? null : { cert, key }
