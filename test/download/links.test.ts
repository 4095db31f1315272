// How links begin: the scheme of the device's own connection, unless a setting says otherwise (protocol.md §3).

import { describe, expect, it } from 'vitest'
import { createLinkStart, type LinkPorts, type LinkSettings } from '../../src/download/links.ts'

const nothing: LinkSettings = { publicUrl: null, tlsPublicUrl: null, schemes: [] }
const both: LinkPorts = { plain: 8070, tls: 8071 }
const plain = { host: '192.0.2.7', tlsHost: null, product: 'pk' }
const overTls = { host: '192.0.2.7', tlsHost: 'fogbell.local', product: 'pk' }

/** The links of a device without TLS and of one with TLS. */
const starts = (settings: Partial<LinkSettings>, ports: LinkPorts = both): readonly string[] =>
  [plain, overTls].map(createLinkStart({ ...nothing, ...settings }, ports))

describe('a link begins with', () => {
  it('the scheme of the connection, and the name by which the device called the server', () => {
    expect(starts({})).toEqual(['http://192.0.2.7:8070', 'https://fogbell.local:8071'])
  })

  it('http where there is no HTTPS, and https where there is no plain HTTP', () => {
    expect(starts({}, { plain: 8070, tls: null })).toEqual(['http://192.0.2.7:8070', 'http://192.0.2.7:8070'])
    expect(starts({}, { plain: null, tls: 8071 })).toEqual(['https://192.0.2.7:8071', 'https://fogbell.local:8071'])
  })

  it('what the settings say of the product', () => {
    const other = { product: 'other', scheme: 'http' } as const
    expect(starts({ schemes: [{ product: 'pk', scheme: 'http' }] })).toEqual(['http://192.0.2.7:8070', 'http://192.0.2.7:8070'])
    expect(starts({ schemes: [other, { product: 'pk', scheme: 'https' }] })).toEqual([
      'https://192.0.2.7:8071',
      'https://fogbell.local:8071',
    ])
    expect(starts({ schemes: [other] })).toEqual(starts({}))
  })

  it('the public URL, whatever its scheme, or a public URL for each scheme', () => {
    expect(starts({ publicUrl: 'https://ota.example.com/fw/' })).toEqual(['https://ota.example.com/fw', 'https://ota.example.com/fw'])
    expect(starts({ publicUrl: 'http://a', tlsPublicUrl: 'https://b:1/' })).toEqual(['http://a', 'https://b:1'])
    expect(starts({ tlsPublicUrl: 'https://b' })).toEqual(['http://192.0.2.7:8070', 'https://b'])
    // A proxy may end TLS in front of the plain port.
    expect(starts({ tlsPublicUrl: 'https://b' }, { plain: 8070, tls: null })).toEqual(['http://192.0.2.7:8070', 'https://b'])
  })
})
