// Which address a request came from, and whether it came encrypted: what a proxy says counts only if the settings trust the proxy. Pure.

import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { TLSSocket } from 'node:tls'

export interface ClientOrigin {
  readonly address: string
  readonly isTls: boolean
}

/** IPv4 as such, also where a socket for both says `::ffff:192.0.2.1`. */
export const plainAddress = (address: string): string => (/^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address)

/** An address, or a network as `10.0.0.0/8`. */
const addTo = (list: BlockList, proxy: string): void => {
  const [address = '', bits] = proxy.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (bits === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(bits), family)
}

const textOf = (header: string | string[] | undefined): string => (Array.isArray(header) ? header.join(',') : (header ?? ''))

/** The last address that no trusted proxy has is the client's: anybody may have written what precedes it. */
const clientOf = (socket: string, forwarded: string, isTrusted: (address: string) => boolean): string => {
  const hops = forwarded
    .split(',')
    .map((hop) => plainAddress(hop.trim().replace(/^\[(.*)\](:\d+)?$|^([\d.]+):\d+$/, '$1$3')))
    .filter((hop) => hop !== '')
  let client = socket
  for (const hop of hops.reverse()) {
    if (!isTrusted(client) || isIP(hop) === 0) break
    client = hop
  }
  return client
}

/** `trusted`: addresses and networks of proxies, valid ones. */
export const createOrigins = (trusted: readonly string[]): ((request: IncomingMessage) => ClientOrigin) => {
  const list = new BlockList()
  for (const proxy of trusted) addTo(list, proxy)
  const isTrusted = (address: string): boolean => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return ({ socket, headers }) => {
    const peer = plainAddress(socket.remoteAddress ?? '')
    const isTls = socket instanceof TLSSocket
    if (trusted.length === 0 || isIP(peer) === 0 || !isTrusted(peer)) return { address: peer, isTls }
    const scheme = textOf(headers['x-forwarded-proto']).split(',').at(-1)?.trim()
    return { address: clientOf(peer, textOf(headers['x-forwarded-for']), isTrusted), isTls: isTls || scheme === 'https' }
  }
}
