// What settings must be in combination: TLS with certificate and key, no port and no user twice, valid URLs.
// Checks settings that fit the schema; reads no file and opens no port.

import { isIP } from 'node:net'
import { type Fault, faultAt } from '../errors.ts'
import { listenerAddress } from '../listener-address.ts'
import { type Sentence, sentence } from '../sentences/sentence.ts'
import type { Listener, Settings } from '../settings.ts'
import { shiftsFault } from '../station/rules/shifts.ts'
import { type FileOf, firmwareTlsFaults, pairFaults } from './tls-rules.ts'

/** A rule, and the settings that must be free of faults for it to apply. */
interface Rule {
  readonly needs: readonly string[]
  readonly check: (settings: Settings, fileOf: FileOf) => readonly Fault[]
}

const isTls = (scheme: string): boolean => scheme === 'mqtts' || scheme === 'wss'

const listenerFaults = (listener: Listener, path: string, fileOf: FileOf): readonly Fault[] => {
  const address = listenerAddress(listener.url)
  if (!address) return [faultAt(`${path}.url`, sentence('listener_url_invalid', { found: JSON.stringify(listener.url) }))]
  const { scheme } = address
  const faults: Fault[] = [...pairFaults(path, listener, fileOf)]
  const fault = (key: string, said: Sentence) => faults.push(faultAt(`${path}.${key}`, said))
  if (scheme.startsWith('mqtt') && address.path.length > 1) fault('url', sentence('listener_path_unused', { scheme }))
  for (const key of ['cert', 'key', 'ca', 'requestCert'] as const) {
    if (!isTls(scheme) && listener[key] !== undefined)
      fault(key, sentence('listener_not_encrypted', { scheme, secure: scheme === 'ws' ? 'wss' : 'mqtts' }))
  }
  for (const key of ['cert', 'key'] as const)
    if (isTls(scheme) && listener[key] === undefined) fault(key, sentence('listener_tls_missing', { scheme }))
  if (isTls(scheme) && listener.requestCert && listener.ca === undefined) fault('ca', sentence('listener_ca_missing'))
  return faults
}

const listeners: Rule = {
  needs: ['mqtt.listeners'],
  check: ({ mqtt }, fileOf) => mqtt.listeners.flatMap((listener, index) => listenerFaults(listener, `mqtt.listeners[${index}]`, fileOf)),
}

const users: Rule = {
  needs: ['mqtt.users'],
  check: ({ mqtt }) =>
    mqtt.users.flatMap(({ username }, index) => {
      const first = mqtt.users.findIndex((each) => each.username === username)
      if (first === index) return []
      const repeated = sentence('username_repeated', { username: JSON.stringify(username), other: `mqtt.users[${first}]` })
      return [faultAt(`mqtt.users[${index}].username`, repeated)]
    }),
}

const adminTls: Rule = {
  needs: ['admin.cert', 'admin.key'],
  check: ({ admin }, fileOf) => {
    if (admin.cert !== null && admin.key === null) return [faultAt('admin.key', sentence('admin_key_missing'))]
    if (admin.cert === null && admin.key !== null) return [faultAt('admin.cert', sentence('admin_cert_missing'))]
    return pairFaults('admin', admin, fileOf)
  },
}

/** An address, or a network with the length of its prefix. */
const isProxy = (text: string): boolean => {
  const [address = '', bits] = text.split('/')
  const family = isIP(address)
  if (family === 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
}

const proxies: Rule = {
  needs: ['admin.trustedProxies'],
  check: ({ admin }) =>
    admin.trustedProxies.flatMap((proxy, index) =>
      isProxy(proxy) ? [] : [faultAt(`admin.trustedProxies[${index}]`, sentence('field_not_a_proxy'))],
    ),
}

const firmwareTls: Rule = {
  needs: ['firmware'],
  check: ({ firmware }, fileOf) => firmwareTlsFaults(firmware, fileOf),
}

const urlFaults = (path: string, text: string | null): readonly Fault[] => {
  const url = text === null || !URL.canParse(text) ? null : new URL(text)
  if (text === null || (url && url.search === '' && url.hash === '' && url.username === '')) return []
  return [faultAt(path, sentence('public_url_invalid', { found: JSON.stringify(text) }))]
}

const publicUrls: Rule = {
  needs: ['firmware.publicUrl', 'firmware.tlsPublicUrl'],
  check: ({ firmware }) => (['publicUrl', 'tlsPublicUrl'] as const).flatMap((name) => urlFaults(`firmware.${name}`, firmware[name])),
}

interface ListenPort {
  readonly path: string
  readonly host: string
  readonly port: number
}

const listenPorts = ({ mqtt, firmware, admin }: Settings): readonly ListenPort[] => [
  ...mqtt.listeners.flatMap((listener, index) => {
    const address = listenerAddress(listener.url)
    return address ? [{ path: `mqtt.listeners[${index}].url`, host: address.host, port: address.port }] : []
  }),
  ...(firmware.plain ? [{ path: 'firmware.listen.port', ...firmware.listen }] : []),
  ...(firmware.cert === null ? [] : [{ path: 'firmware.tlsListen.port', ...firmware.tlsListen }]),
  { path: 'admin.listen.port', ...admin.listen },
]

const overlap = (left: string, right: string): boolean =>
  left === right ||
  [left, right].includes('::') ||
  (left === '0.0.0.0' && !right.includes(':')) ||
  (right === '0.0.0.0' && !left.includes(':'))

const ports: Rule = {
  needs: ['mqtt.listeners', 'firmware.listen', 'firmware.tlsListen', 'firmware.plain', 'firmware.cert', 'admin.listen'],
  check: (settings) =>
    listenPorts(settings).flatMap((used, index, all) => {
      const other = all.slice(0, index).find((each) => each.port !== 0 && each.port === used.port && overlap(each.host, used.host))
      return other ? [faultAt(used.path, sentence('port_taken', { port: used.port, other: other.path }))] : []
    }),
}

const shifts: Rule = {
  needs: ['station.shifts'],
  check({ station }) {
    const said = station.shifts.length === 0 ? null : shiftsFault(station.shifts)
    return said === null ? [] : [faultAt('station.shifts', said)]
  },
}

const isTimeZone = (timeZone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}

const timeZone: Rule = {
  needs: ['station.timeZone'],
  check: ({ station }) =>
    station.timeZone === null || isTimeZone(station.timeZone)
      ? []
      : [faultAt('station.timeZone', sentence('setting_time_zone_unknown', { found: JSON.stringify(station.timeZone) }))],
}

const mesUrls: Rule = {
  needs: ['mes.validate', 'mes.webhook'],
  check: ({ mes }) =>
    (['validate', 'webhook'] as const).flatMap((name) => {
      const url = mes[name]?.url
      return url === undefined || URL.canParse(url)
        ? []
        : [faultAt(`mes.${name}.url`, sentence('mes_url_invalid', { found: JSON.stringify(url) }))]
    }),
}

const rules = [listeners, users, adminTls, proxies, firmwareTls, publicUrls, ports, shifts, timeZone, mesUrls]

/**
 * The faults of settings in combination. `wrong` holds the paths that already have faults: rules that need them are skipped. `fileOf`: from
 * which files secrets were read.
 */
export const ruleFaults = (settings: Settings, wrong: readonly string[], fileOf: FileOf): readonly Fault[] => {
  const isValid = (need: string): boolean => !wrong.some((path) => path.startsWith(need) || need.startsWith(`${path}.`))
  return rules.filter((rule) => rule.needs.every(isValid)).flatMap((rule) => rule.check(settings, fileOf))
}
