// Finds the servers that announce themselves on the local network. What they say is data from the network: ports are checked, text is not.

import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import type { Service } from 'bonjour-service'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { type Multicast, mdnsPort, openMulticast } from './multicast.ts'

export interface FoundServer {
  readonly name: string
  readonly version: string | null
  /** The start of its instance id. */
  readonly id: string | null
  /** The address that it answered from comes first. */
  readonly addresses: readonly string[]
  readonly mqtt: readonly string[]
  readonly firmware: string | null
  /** Null where the API is not reached from outside. */
  readonly admin: string | null
}

export interface DiscoverOptions {
  readonly seconds: number
  readonly interfaces?: () => NodeJS.Dict<NetworkInterfaceInfo[]>
  readonly port?: number
}

const schemes = ['mqtt', 'mqtts', 'ws', 'wss'] as const

const textsOf = (txt: unknown): ReadonlyMap<string, string> =>
  new Map(Object.entries(txt ?? {}).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))

const isPort = (text: string | undefined): text is string => text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65_535

const byAnswered = ({ addresses = [], referer }: Service): string[] => {
  const answered = referer === undefined ? [] : [referer.address]
  return [...new Set([...answered.filter((address) => addresses.includes(address)), ...addresses])]
}

/** What a service says of itself; null if it has no address. */
export const serverOf = (service: Service): FoundServer | null => {
  const texts = textsOf(service.txt)
  const addresses = byAnswered(service)
  const [address] = addresses
  if (address === undefined) return null
  const host = address.includes(':') ? `[${address}]` : address
  const url = (scheme: string, port: string | undefined): string[] => (isPort(port) ? [`${scheme}://${host}:${port}`] : [])
  return {
    name: service.name,
    version: texts.get('version') ?? null,
    id: texts.get('id') ?? null,
    addresses,
    mqtt: schemes.flatMap((scheme) => url(scheme, texts.get(scheme))),
    firmware: url('http', texts.get('firmware'))[0] ?? null,
    admin: url(texts.get('scheme') === 'https' ? 'https' : 'http', texts.get('admin'))[0] ?? null,
  }
}

const senders = (interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string[] =>
  Object.values(interfaces).flatMap((infos = []) =>
    infos
      .filter(({ family }) => family === 'IPv4')
      .slice(0, 1)
      .map(({ address }) => address),
  )

const opened = async (from: readonly string[], port: number): Promise<Multicast> => {
  try {
    return await openMulticast(from, port, 'answers')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new OtaError('OTA_LISTEN_FAILED', sentence('multicast_unusable', { port, why }), { cause })
  }
}

/** The servers that answer within the time, by name. OTA_LISTEN_FAILED if multicast DNS cannot be used. */
export const discover = async ({ seconds, interfaces = networkInterfaces, port = mdnsPort }: DiscoverOptions): Promise<FoundServer[]> => {
  const multicast = await opened(senders(interfaces()), port)
  try {
    const browser = multicast.bonjour.find({ type: 'fogbell' })
    // A question may be lost: it is asked three times.
    for (let asked = 1; asked <= 3; asked += 1) {
      await wait((seconds * 1000) / 3)
      if (asked < 3) browser.update()
    }
    const found = browser.services.flatMap((service) => serverOf(service) ?? [])
    return found.sort((a, b) => a.name.localeCompare(b.name))
  } finally {
    await multicast.close()
  }
}
