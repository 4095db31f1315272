// Authorities and certificates for tests, made as `fogbell certs` makes them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { authorityCertificate, type KeyedCertificate, leafCertificate } from '../../src/offline/certs/x509.ts'

/** RSA keys that were found before. */
export const rsaKeys: readonly string[] = ['rsa-1', 'rsa-2'].map((name) =>
  readFileSync(join(import.meta.dirname, '../fixtures/tls', `${name}.key.pem`), 'utf8'),
)
const [leaf = '', other = ''] = rsaKeys

const dayMs = 86_400_000

export interface TestAuthority extends KeyedCertificate {
  /** A certificate for a device or, with names, for a server; valid from yesterday, for `days` from today. */
  readonly sign: (
    commonName: string,
    change?: { readonly days?: number; readonly from?: Date; readonly names?: readonly string[] },
  ) => KeyedCertificate
}

/** `isOther`: with another key than the first one. */
export const createAuthority = (commonName = 'Authority of the tests', isOther = false): TestAuthority => {
  const own = isOther ? other : leaf
  const yesterday = new Date(Date.now() - dayMs)
  const cert = authorityCertificate(own, commonName, { from: yesterday, until: new Date(Date.now() + 100 * dayMs) })
  return {
    cert,
    key: own,
    sign: (name, { days = 10, from = yesterday, names = [] } = {}) => ({
      key: leaf,
      cert: leafCertificate({ cert, key: own }, leaf, {
        commonName: name,
        names,
        from,
        until: new Date(Date.now() + days * dayMs),
        use: names.length === 0 ? 'clientAuth' : 'serverAuth',
      }),
    }),
  }
}
