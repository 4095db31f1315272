// Which of the machine's interfaces a listener is reached through. Pure functions of what the machine says of its interfaces.

import type { NetworkInterfaceInfo } from 'node:os'

/** One interface: the IPv4 address from which multicast is sent, and the addresses at which the listeners are reached there. */
export interface LanInterface {
  readonly from: string
  readonly addresses: readonly string[]
}

const isLinkLocal = (address: string): boolean => /^fe[89ab]/i.test(address)

const covers = (host: string, { address, family }: NetworkInterfaceInfo): boolean => {
  if (host === '::' || host === '') return true
  if (host === '0.0.0.0') return family === 'IPv4'
  return host.toLowerCase() === address.toLowerCase()
}

/**
 * The interfaces, without loopback, through which one of the hosts is reached; `::` and `0.0.0.0` are all addresses. An interface without
 * an IPv4 address is left out: multicast DNS is sent over IPv4.
 */
export const lanInterfaces = (hosts: readonly string[], interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): LanInterface[] =>
  Object.values(interfaces).flatMap((infos = []) => {
    const outer = infos.filter(({ internal, address }) => !internal && !isLinkLocal(address))
    const from = outer.find(({ family }) => family === 'IPv4')?.address
    const addresses = outer.filter((info) => hosts.some((host) => covers(host, info))).map(({ address }) => address)
    return from === undefined || addresses.length === 0 ? [] : [{ from, addresses }]
  })
