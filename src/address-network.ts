// Which addresses count as one where a client is counted by its address: of IPv6 one machine may have all that share their first 64 bits. Pure.

import { isIPv6 } from 'node:net'

const mapped = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i

/** The eight groups of a valid address; of one with an IPv4 address at its end the first six at least. */
const groupsOf = (address: string): readonly string[] => {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const [before = [], after = []] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')))
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
}

/** IPv4 as it is, also where a socket for both writes `::ffff:192.0.2.1`; of IPv6, in brackets or not, its network: `2001:db8:0:1::/64`. */
export const networkOf = (address: string): string => {
  const plain = address.replace(/^\[(.*)\]$/, '$1').replace(mapped, '')
  if (!isIPv6(plain)) return plain
  const groups = groupsOf(plain)
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
  return `${groups.join(':')}::/64`
}
