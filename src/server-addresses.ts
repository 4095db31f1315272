// Where a running server can be reached from its own machine, for fogbell.json and the line with `ready`.

import { X509Certificate } from 'node:crypto'
import type { Description } from './data-dir.ts'
import type { OpenPorts } from './download/messages.ts'
import type { Listening } from './lan/announcement.ts'
import { listenerAddress } from './listener-address.ts'
import type { Settings } from './settings.ts'

/** For use on this machine: a wildcard address becomes the loopback address. */
const reachable = (url: string): string => url.replace(/^(\w+:\/\/)(?:\[::\]|0\.0\.0\.0)(?=[:/])/, '$1127.0.0.1')

const urlOn = (scheme: 'http' | 'https', host: string, port: number): string =>
  `${scheme}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`

/** Where the downloads listen; a wildcard host stays one. */
const firmwareListening = ({ firmware }: Settings, { plain, tls }: OpenPorts): Listening[] => [
  ...(plain === null ? [] : [{ scheme: 'http', host: firmware.listen.host, port: plain }]),
  ...(tls === null ? [] : [{ scheme: 'https', host: firmware.tlsListen.host, port: tls }]),
]

/** Where the downloads are: plain HTTP if there is any. */
const firmwareUrls = (
  { listen, tlsListen }: Settings['firmware'],
  { plain, tls }: OpenPorts,
): Pick<Description, 'firmware' | 'firmwareTls'> => {
  const secure = tls === null ? null : reachable(urlOn('https', tlsListen.host, tls))
  return {
    firmware: plain === null ? (secure ?? '') : reachable(urlOn('http', listen.host, plain)),
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

/** What listens where, for the announcement on the local network. */
export const listeningOf = (settings: Settings, { mqtt, downloads, admin }: Omit<Addresses, 'version'>) => {
  const api = new URL(admin)
  return {
    mqtt: mqtt.flatMap((url): Listening[] => {
      const address = listenerAddress(url)
      return address === undefined ? [] : [address]
    }),
    firmware: firmwareListening(settings, downloads),
    admin: { scheme: api.protocol.replace(':', ''), host: settings.admin.listen.host, port: Number(api.port) },
  }
}

/** The URLs of the downloads; a wildcard host stays one. */
export const firmwareListenersOf = (settings: Settings, ports: OpenPorts): string[] =>
  firmwareListening(settings, ports).map(({ scheme, host, port }) => urlOn(scheme === 'https' ? 'https' : 'http', host, port))

/** How devices should reach the server; a wildcard host stays one. */
export const reachOf = (settings: Settings, mqtt: readonly string[], ports: OpenPorts) => {
  const { publicUrl, tlsPublicUrl } = settings.firmware
  return {
    mqtt,
    firmware: firmwareListenersOf(settings, ports),
    publicUrls: [
      { setting: 'firmware.publicUrl', url: publicUrl },
      { setting: 'firmware.tlsPublicUrl', url: tlsPublicUrl },
    ].flatMap(({ setting, url }) => (url === null ? [] : [{ setting, url }])),
  }
}
