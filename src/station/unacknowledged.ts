// How much of what a socket was given the other side has not acknowledged, as Linux lists it. Knows no printer.

import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { endianness } from 'node:os'

const hex = (number: number, digits: number): string => number.toString(16).toUpperCase().padStart(digits, '0')

/** As the kernel writes IPv4, a word in the order of the machine; of IPv6 the port is enough here. */
const hostPattern = (address: string, isIpv6: boolean): string => {
  if (isIpv6) return '[0-9A-F]{32}'
  const bytes = address.split('.').map((byte) => hex(Number(byte), 2))
  return (endianness() === 'LE' ? bytes.reverse() : bytes).join('')
}

/** In proc(5): `local remote state tx_queue:rx_queue`; `tx_queue` counts bytes until they are acknowledged. */
const unacknowledgedIn = (
  list: string,
  { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 }: Socket,
): number | null => {
  const isIpv6 = localAddress.includes(':')
  const local = `${hostPattern(localAddress, isIpv6)}:${hex(localPort, 4)}`
  const remote = `${hostPattern(remoteAddress, isIpv6)}:${hex(remotePort, 4)}`
  const queued = new RegExp(`: ${local} ${remote} [0-9A-F]{2} ([0-9A-F]{8}):`).exec(list)?.[1]
  return queued === undefined ? null : Number.parseInt(queued, 16)
}

/** null: not known, as on other systems. The list has all connections of the machine: not for hot paths. */
export const unacknowledgedBytes = async (socket: Socket): Promise<number | null> => {
  if (process.platform !== 'linux' || socket.localAddress === undefined) return null
  try {
    return unacknowledgedIn(await readFile(`/proc/net/${socket.localAddress.includes(':') ? 'tcp6' : 'tcp'}`, 'latin1'), socket)
  } catch {
    return null
  }
}
