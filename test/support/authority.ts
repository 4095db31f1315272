// Authorities and certificates for tests, made as `fogbell certs` makes them. One RSA key serves all of them: keys take long to find.

import { authorityCertificate, type KeyedCertificate, leafCertificate, newKey } from '../../src/offline/certs/x509.ts'

let shared: Promise<string> | undefined
const key = (): Promise<string> => {
  shared ??= newKey()
  return shared
}

const dayMs = 86_400_000

export interface TestAuthority extends KeyedCertificate {
  /** A certificate for a device or, with names, for a server; valid from yesterday, for `days` from today. */
  readonly sign: (
    commonName: string,
    change?: { readonly days?: number; readonly from?: Date; readonly names?: readonly string[] },
  ) => KeyedCertificate
}

export const createAuthority = async (commonName = 'Authority of the tests', ownKey = false): Promise<TestAuthority> => {
  const [own, leaf] = [ownKey ? await newKey() : await key(), await key()]
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
