// What settings must be in combination, checked through the loader as a server does.

import { createPrivateKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { selfSigned } from '../support/certificate.ts'
import { createSettingsFixture } from '../support/settings-fixture.ts'

const { faults, write } = createSettingsFixture()

describe('what settings must be in combination', () => {
  const pair = selfSigned()
  const listeners = (...list: unknown[]) => ({ file: { mqtt: { listeners: list } } })

  it('mqtts and wss need certificate and key', () => {
    expect(faults(listeners({ url: 'mqtts://[::]:1' }, { url: 'wss://[::]:2/mqtt', cert: pair.cert }))).toEqual([
      'mqtt.listeners[0].cert: missing; mqtts needs cert and key',
      'mqtt.listeners[0].key: missing; mqtts needs cert and key',
      'mqtt.listeners[1].key: missing; wss needs cert and key',
    ])
    expect(faults(listeners({ url: 'mqtts://[::]:1', ...pair, ca: pair.cert, requestCert: true }))).toEqual([])
  })

  it('a certificate on a listener without TLS is refused', () => {
    expect(faults(listeners({ url: 'mqtt://[::]:1', cert: pair.cert }))).toEqual([
      'mqtt.listeners[0].cert: mqtt is not encrypted, so it does not use this setting; use mqtts, or omit it',
    ])
  })

  it('a key of another certificate is found before anything listens', () => {
    expect(faults(listeners({ url: 'mqtts://[::]:1', cert: pair.cert, key: selfSigned().key }))[0]).toMatch(
      /^mqtt\.listeners\[0\]: certificate and key cannot be used together \(.*mismatch/,
    )
  })

  it('requestCert needs CA certificates', () => {
    expect(faults(listeners({ url: 'mqtts://[::]:1', ...pair, requestCert: true }))[0]).toMatch(/^mqtt\.listeners\[0\]\.ca: missing/)
  })

  it('the admin certificate and key need each other', () => {
    expect(faults({ file: { admin: { cert: pair.cert } } })).toEqual(['admin.key: missing; admin.cert needs its key'])
    expect(faults({ file: { admin: { key: pair.key } } })).toEqual(['admin.cert: missing; admin.key needs its certificate'])
  })

  it('a key that is encrypted, or is no key, is named as such', () => {
    const encrypted = createPrivateKey(pair.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
    expect(faults({ file: { firmware: { cert: pair.cert, key: encrypted } } })[0]).toMatch(/^firmware\.key: the key is encrypted/)
    const key = { file: write('encrypted.key', encrypted) }
    expect(faults({ file: { admin: { cert: pair.cert, key } } })[0]).toMatch(/^admin\.key: \/.*encrypted\.key is encrypted/)
    const torn = '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----'
    expect(faults({ file: { admin: { cert: pair.cert, key: torn } } })[0]).toMatch(/^admin\.key: the key cannot be read/)
    expect(faults({ file: { admin: { cert: torn, key: pair.key } } })[0]).toMatch(/^admin\.cert: the certificate cannot be read/)
  })

  it('HTTPS for images needs a certificate, and so does its absence of plain HTTP', () => {
    const firmware = (change: object) => faults({ file: { firmware: change } })
    expect(firmware({ key: pair.key })).toEqual(['firmware.cert: missing; firmware.key needs its certificate'])
    expect(firmware({ cert: pair.cert })).toEqual(['firmware.key: missing; firmware.cert needs its key'])
    expect(firmware({ plain: false })[0]).toMatch(/^firmware\.plain: false, but there is no HTTPS either/)
    expect(firmware({ ...pair, plain: false, listen: { port: 8071 } })).toEqual([])
    expect(firmware({ ...pair, listen: { port: 8071 } })).toEqual([
      'firmware.tlsListen.port: port 8071 is already used by firmware.listen.port; choose another',
    ])
    const scheme = (product: string, of: string) => ({ product, scheme: of })
    expect(firmware({ schemes: [scheme('a', 'https')] })[0]).toMatch(/^firmware\.schemes\[0\]\.scheme: there is no HTTPS/)
    expect(firmware({ ...pair, plain: false, schemes: [scheme('a', 'http')] })[0]).toMatch(/there is no plain HTTP/)
    expect(firmware({ ...pair, schemes: [scheme('a', 'https'), scheme('a', 'http')] })[0]).toMatch(
      /product a is already in firmware\.schemes\[0\]/,
    )
  })

  it('URLs have a host and a port and no unused parts', () => {
    expect(faults(listeners({ url: 'mqtt://localhost' }))[0]).toMatch(
      /^mqtt\.listeners\[0\]\.url: found "mqtt:\/\/localhost"; expected scheme, host and port/,
    )
    expect(faults(listeners({ url: 'mqtt://x:65536' }))).toHaveLength(1)
    expect(faults(listeners({ url: 'mqtt://user:pw@x:1' }))).toHaveLength(1)
    expect(faults(listeners({ url: 'mqtt://x:1/mqtt' }))).toEqual(['mqtt.listeners[0].url: mqtt has no path; only ws and wss have one'])
    expect(faults({ file: { firmware: { publicUrl: 'http://x/?a=1' } } })).toHaveLength(1)
    expect(faults({ file: { firmware: { publicUrl: 'http://' } } })).toHaveLength(1)
  })

  it('a port is used once, unless it is 0 or on another address', () => {
    expect(faults({ flags: { adminPort: 8070 } })).toEqual([
      'admin.listen.port: port 8070 is already used by firmware.listen.port; choose another',
    ])
    expect(faults({ flags: { firmwarePort: 1883 } })).toEqual([
      'firmware.listen.port: port 1883 is already used by mqtt.listeners[0].url; choose another',
    ])
    expect(faults({ flags: { mqttPort: 0, firmwarePort: 0, adminPort: 0 } })).toEqual([])
    expect(faults(listeners({ url: 'mqtt://127.0.0.1:5' }, { url: 'mqtt://127.0.0.2:5' }, { url: 'mqtt://[::1]:5' }))).toEqual([])
    expect(faults(listeners({ url: 'mqtt://127.0.0.1:5' }, { url: 'mqtt://0.0.0.0:5' }))).toHaveLength(1)
  })

  it('a username is used once', () => {
    const users = ['ops', 'ops'].map((username) => ({ username, passwordHash: 'scrypt$x' }))
    expect(faults({ file: { mqtt: { users } } })).toEqual(['mqtt.users[1].username: "ops" is already used by mqtt.users[0]'])
  })

  it('skips settings that have faults of their own', () => {
    expect(faults({ file: { mqtt: { listeners: [{ url: 5 }] } } })).toEqual([
      'mqtt.listeners[0].url: found 5; expected a string that matches ^(mqtt|mqtts|ws|wss)://',
    ])
  })

  it('the time zone of shifts is one that is known', () => {
    expect(faults({ file: { station: { timeZone: 'Asia/Shanghai' } } })).toEqual([])
    expect(faults({ file: { station: { timeZone: 'Asia/Atlantis' } } })).toEqual([
      'station.timeZone: found "Asia/Atlantis"; expected the name of a time zone, such as Asia/Shanghai',
    ])
  })

  it('shifts are times of the day, ascending', () => {
    expect(faults({ file: { station: { shifts: ['06:00', '14:00', '22:00'] } } })).toEqual([])
    expect(faults({ file: { station: { shifts: ['14:00', '06:00'] } } })).toEqual(['station.shifts: "06:00" is not later than "14:00"'])
    expect(faults({ file: { station: { shifts: ['6:00'] } } })[0]).toMatch(/^station\.shifts\[0\]: found "6:00"/)
  })

  it('addresses of the production system are URLs, and its secret is long', () => {
    const webhook = { url: 'http://mes.example/results', secret: 'a secret of the production' }
    const validate = { url: 'https://mes.example/route', timeoutMs: 500, onUnreachable: 'refuse' }
    expect(faults({ file: { mes: { validate, webhook } } })).toEqual([])
    expect(faults({ file: { mes: { validate: { url: 'https://mes.example' } } } })).toEqual([])
    expect(faults({ file: { mes: { validate: { url: 'http://' } } } })).toEqual([
      'mes.validate.url: found "http://"; expected http:// or https:// and a host',
    ])
    expect(faults({ file: { mes: { validate: { url: 'ftp://mes' } } } })[0]).toMatch(/^mes\.validate\.url: found "ftp:/)
    expect(faults({ file: { mes: { webhook: { ...webhook, secret: 'short' } } } })[0]).toMatch(/^mes\.webhook\.secret: /)
    expect(faults({ file: { mes: { webhook: { url: webhook.url } } } })[0]).toMatch(/^mes\.webhook\.secret: missing/)
  })
})
