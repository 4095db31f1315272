// Announces the server on the local network, so that devices and commands find it without an address: `_mqtt._tcp`, `_secure-mqtt._tcp` and
// `_fogbell._tcp` by DNS-SD (RFC 6763) over multicast DNS (RFC 6762).

import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { Service } from 'bonjour-service'
import type { Log } from '../log.ts'
import { type LanInterface, lanInterfaces } from './interfaces.ts'
import { type Multicast, mdnsPort, openMulticast } from './multicast.ts'

/** Where one listener listens; `scheme` as in its URL. */
export interface Listening {
  readonly scheme: string
  readonly host: string
  readonly port: number
}

export interface AnnounceOptions {
  readonly mqtt: readonly Listening[]
  readonly firmware: readonly Listening[]
  readonly admin: Listening
  readonly version: string
  /** The instance id of the store. */
  readonly id: string
  readonly log: Log
  /** The machine's; of a test its own. */
  readonly interfaces?: () => NodeJS.Dict<NetworkInterfaceInfo[]>
  readonly port?: number
  /** How often to look whether the machine's addresses have changed; 30 s. */
  readonly lookMs?: number
}

export interface Announcement {
  /** Says goodbye, so that others forget the server at once. */
  close(): Promise<void>
}

interface Announced {
  readonly type: string
  readonly port: number
}

const shownDigits = 6
/** A label has at most 63 bytes (RFC 1035 §2.3.4). */
const hostBytes = 36

const isLoopback = (host: string): boolean => /^(127\.|::1$|localhost$)/i.test(host)
const isReached = ({ host }: Listening): boolean => !isLoopback(host)

/** The services for what is reached from outside. `_fogbell._tcp` names the admin API, or else the broker. */
const servicesOf = ({ mqtt, admin }: AnnounceOptions): Announced[] => {
  const first = (scheme: string, type: string): Announced[] =>
    mqtt
      .filter((each) => each.scheme === scheme && isReached(each))
      .slice(0, 1)
      .map(({ port }) => ({ type, port }))
  const brokers = [...first('mqtt', 'mqtt'), ...first('mqtts', 'secure-mqtt')]
  const main = isReached(admin) ? admin.port : brokers[0]?.port
  return main === undefined ? brokers : [...brokers, { type: 'fogbell', port: main }]
}

/** The TXT record: ports of what is reached from outside, by its scheme. */
const textOf = ({ mqtt, firmware, admin, version, id }: AnnounceOptions): Record<string, string> => {
  const images = firmware.map((each) => ({ ...each, scheme: each.scheme === 'https' ? 'firmwares' : 'firmware' }))
  const ports = [...mqtt.toReversed(), ...images].filter(isReached).map(({ scheme, port }) => [scheme, String(port)])
  const api = isReached(admin) ? { admin: String(admin.port), scheme: admin.scheme } : {}
  return { version, id: id.slice(0, shownDigits), ...Object.fromEntries(ports), ...api }
}

const withAddresses = (service: Service, addresses: readonly string[]): void => {
  const records = service.records.bind(service)
  const hosts = addresses.map((data) => ({ name: service.host, type: data.includes(':') ? 'AAAA' : 'A', ttl: 120, data }) as const)
  service.records = () => [...records().filter(({ type }) => type !== 'A' && type !== 'AAAA'), ...hosts.map((host) => ({ ...host }))]
}

/** `id`: as shown. */
export const serviceName = (id: string): string => {
  const machine = Buffer.from(hostname())
    .subarray(0, hostBytes)
    .toString()
    .replace(/\uFFFD$/, '')
  return `Fogbell on ${machine} (${id})`
}

const publish = async (options: AnnounceOptions, interfaces: readonly LanInterface[]): Promise<Multicast> => {
  const multicast = await openMulticast(
    interfaces.map(({ from }) => from),
    options.port ?? mdnsPort,
    'questions',
  )
  const id = options.id.slice(0, shownDigits)
  const common = { name: serviceName(id), host: `fogbell-${id}.local`, txt: textOf(options) }
  for (const each of servicesOf(options))
    withAddresses(
      multicast.bonjour.publish({ ...common, ...each }),
      interfaces.flatMap(({ addresses }) => addresses),
    )
  return multicast
}

const end = async ({ bonjour, close }: Multicast): Promise<void> => {
  await new Promise<void>((resolve) => bonjour.unpublishAll(() => resolve()))
  await close()
}

/**
 * Announces until `close`, and anew when the machine's addresses change. Announces nothing where everything listens on loopback only. Never
 * rejects: what fails is logged.
 */
export const announce = async (options: AnnounceOptions): Promise<Announcement> => {
  const { log, interfaces = networkInterfaces } = options
  const hosts = [...options.mqtt, options.admin].filter(isReached).map(({ host }) => host)
  let shown = '[]'
  let current: Multicast | null = null
  const renew = async (): Promise<void> => {
    const found = lanInterfaces(hosts, interfaces())
    if (JSON.stringify(found) === shown) return
    shown = JSON.stringify(found)
    const before = current
    current = null
    if (before !== null) await end(before)
    if (found.length === 0) return
    try {
      current = await publish(options, found)
      log.debug({ addresses: found.flatMap(({ addresses }) => addresses) }, 'announced on the local network')
    } catch (error) {
      log.warn(
        { err: error },
        'cannot announce the server on the local network: devices and commands need its address; `announce: false` turns this off',
      )
    }
  }
  let renewing = renew()
  const timer = setInterval(() => {
    renewing = renewing.then(renew)
  }, options.lookMs ?? 30_000)
  timer.unref()
  await renewing
  return {
    close: async () => {
      clearInterval(timer)
      await renewing
      if (current !== null) await end(current)
    },
  }
}
