// Addresses of sockets as people and URLs write them. Pure.

/** An address of a socket as a URL's host: `::ffff:192.0.2.7` is IPv4, IPv6 stands in brackets, a zone id is dropped. */
export const urlHost = (address: string): string => {
  const plain = (address.split('%')[0] ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
  return plain.includes(':') ? `[${plain}]` : plain
}

/** `192.0.2.7:50123`, for the log. */
export const peerName = (address: string | undefined, port: number | undefined): string => `${urlHost(address ?? '?')}:${port ?? 0}`

/** The address in what `peerName` gave. */
export const addressOf = (peer: string): string => peer.slice(0, peer.lastIndexOf(':'))
