// Where a running server can be reached from its own machine, for fogbell.json and the line with `ready`.

import { X509Certificate } from 'node:crypto'
import type { Description } from './data-dir.ts'
import type { OpenPorts } from './download/messages.ts'
import type { Settings } from './settings.ts'

/** For use on this machine: a wildcard address becomes the loopback address. */
const reachable = (url: string): string => url.replace(/^(\w+:\/\/)(?:\[::\]|0\.0\.0\.0)(?=[:/])/, '$1127.0.0.1')

const urlOn = (scheme: 'http' | 'https', host: string, port: number): string =>
  reachable(`${scheme}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`)

/** Where the downloads are: plain HTTP if there is any. */
const firmwareUrls = (
  { listen, tlsListen }: Settings['firmware'],
  { plain, tls }: OpenPorts,
): Pick<Description, 'firmware' | 'firmwareTls'> => {
  const secure = tls === null ? null : urlOn('https', tlsListen.host, tls)
  return {
    firmware: plain === null ? (secure ?? '') : urlOn('http', listen.host, plain),
    ...(secure !== null && { firmwareTls: secure }),
  }
}

/** By which the command on this machine knows the admin API, whoever signed its certificate and whatever names it has. */
const fingerprint = ({ cert }: Settings['admin']): Pick<Description, 'adminFingerprint'> =>
  cert === null ? {} : { adminFingerprint: new X509Certificate(cert).fingerprint256 }

interface Addresses {
  readonly version: string
  readonly mqtt: readonly string[]
  readonly downloads: OpenPorts
  readonly admin: string
}

export const describeServer = (settings: Settings, { version, mqtt, downloads, admin }: Addresses): Description => ({
  pid: process.pid,
  version,
  mqtt: mqtt.map(reachable),
  ...firmwareUrls(settings.firmware, downloads),
  admin,
  ...fingerprint(settings.admin),
})
