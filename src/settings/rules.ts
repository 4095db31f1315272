// What settings must be together: TLS with certificate and key, no port and no user twice, URLs that can be used.
// Looks at settings that fit the schema; reads no file and opens no port.

import { createSecureContext } from 'node:tls'
import type { Fault } from '../errors.ts'
import { type Listener, listenerAddress, type Settings } from '../settings.ts'

/** A rule, and the settings that must be without fault for it to make sense. */
interface Rule {
  readonly needs: readonly string[]
  readonly check: (settings: Settings) => readonly Fault[]
}

interface Pair {
  readonly cert?: string | null | undefined
  readonly key?: string | null | undefined
  readonly ca?: string | null | undefined
}

const isTls = (scheme: string): boolean => scheme === 'mqtts' || scheme === 'wss'

/** Whether OpenSSL takes certificate and key, and they belong together. */
const pairFaults = (path: string, { cert, key, ca }: Pair): readonly Fault[] => {
  if (!cert || !key) return []
  try {
    createSecureContext({ cert, key, ...(ca ? { ca } : {}) })
    return []
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return [
      {
        path,
        message: `certificate and key cannot be used together (${reason}); give the key that the certificate was made for, without a passphrase`,
      },
    ]
  }
}

const listenerFaults = (listener: Listener, path: string): readonly Fault[] => {
  const address = listenerAddress(listener.url)
  if (!address) {
    const message = `found ${JSON.stringify(listener.url)}; wanted scheme, host and port, such as mqtt://0.0.0.0:1883 or wss://[::]:8084/mqtt`
    return [{ path: `${path}.url`, message }]
  }
  const { scheme } = address
  const faults: Fault[] = [...pairFaults(path, listener)]
  const fault = (key: string, message: string) => faults.push({ path: `${path}.${key}`, message })
  if (scheme.startsWith('mqtt') && address.path.length > 1) fault('url', `${scheme} has no path; only ws and wss have`)
  for (const key of ['cert', 'key', 'ca', 'requestCert'] as const) {
    if (!isTls(scheme) && listener[key] !== undefined)
      fault(key, `${scheme} is not encrypted and would not use it; wanted ${scheme === 'ws' ? 'wss' : 'mqtts'}, or leave it out`)
  }
  for (const key of ['cert', 'key'] as const)
    if (isTls(scheme) && listener[key] === undefined) fault(key, `missing; ${scheme} needs cert and key`)
  if (isTls(scheme) && listener.requestCert && listener.ca === undefined)
    fault('ca', 'missing; requestCert needs the authorities that clients’ certificates come from')
  return faults
}

const listeners: Rule = {
  needs: ['mqtt.listeners'],
  check: ({ mqtt }) => mqtt.listeners.flatMap((listener, index) => listenerFaults(listener, `mqtt.listeners[${index}]`)),
}

const users: Rule = {
  needs: ['mqtt.users'],
  check: ({ mqtt }) =>
    mqtt.users.flatMap(({ username }, index) => {
      const first = mqtt.users.findIndex((each) => each.username === username)
      return first === index
        ? []
        : [{ path: `mqtt.users[${index}].username`, message: `${JSON.stringify(username)} is already mqtt.users[${first}]` }]
    }),
}

const adminTls: Rule = {
  needs: ['admin.cert', 'admin.key'],
  check: ({ admin }) => {
    if (admin.cert !== null && admin.key === null) return [{ path: 'admin.key', message: 'missing; admin.cert needs its key' }]
    if (admin.cert === null && admin.key !== null) return [{ path: 'admin.cert', message: 'missing; admin.key needs its certificate' }]
    return pairFaults('admin.cert', admin)
  },
}

const publicUrl: Rule = {
  needs: ['firmware.publicUrl'],
  check: ({ firmware }) => {
    const text = firmware.publicUrl
    const url = text === null || !URL.canParse(text) ? null : new URL(text)
    if (text === null || (url && url.search === '' && url.hash === '' && url.username === '')) return []
    return [
      {
        path: 'firmware.publicUrl',
        message: `found ${JSON.stringify(text)}; wanted http:// or https://, a host, and at most a port and a path`,
      },
    ]
  },
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
  { path: 'firmware.listen.port', ...firmware.listen },
  { path: 'admin.listen.port', ...admin.listen },
]

const overlap = (left: string, right: string): boolean =>
  left === right ||
  [left, right].includes('::') ||
  (left === '0.0.0.0' && !right.includes(':')) ||
  (right === '0.0.0.0' && !left.includes(':'))

const ports: Rule = {
  needs: ['mqtt.listeners', 'firmware.listen', 'admin.listen'],
  check: (settings) =>
    listenPorts(settings).flatMap((used, index, all) => {
      const other = all.slice(0, index).find((each) => each.port !== 0 && each.port === used.port && overlap(each.host, used.host))
      return other ? [{ path: used.path, message: `port ${used.port} is already that of ${other.path}; choose another` }] : []
    }),
}

/** The faults that settings have together. `wrong` holds the paths already at fault: rules that need them are left out. */
export const ruleFaults = (settings: Settings, wrong: readonly string[]): readonly Fault[] => {
  const isSound = (need: string): boolean => !wrong.some((path) => path.startsWith(need) || need.startsWith(`${path}.`))
  return [listeners, users, adminTls, publicUrl, ports].filter((rule) => rule.needs.every(isSound)).flatMap((rule) => rule.check(settings))
}
