// Addresses of sockets as logs and URLs write them. Pure.

/** An address of a socket as a URL's host: `::ffff:192.0.2.7` is written as IPv4, IPv6 in brackets, without a zone id. */
export const urlHost = (address: string): string => {
  // IPv4, as most are.
  if (!address.includes(':')) return address.split('%', 1)[0] ?? ''
  const plain = (address.split('%', 1)[0] ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
  return plain.includes(':') ? `[${plain}]` : plain
}

/** `192.0.2.7:50123`, for the log. */
export const remoteName = (address: string | undefined, port: number | undefined): string => `${urlHost(address ?? '?')}:${port ?? 0}`

/** The address in a result of `remoteName`. */
export const addressOf = (remote: string): string => remote.slice(0, remote.lastIndexOf(':'))
