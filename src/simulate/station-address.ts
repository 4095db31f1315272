// Addresses of this machine that simulated boards come from: all of 127.0.0.0/8 are its own. Pure.

/** An address in the block that a board of this machine can have; null: it is another machine's. */
export const loopbackOf = (block: string): string | null => {
  const [address = '', bits = '32'] = block.split('/')
  if (!/^127(\.\d{1,3}){3}$/.test(address)) return null
  return bits === '32' ? address : address.replace(/\.0$/, '.1')
}

/** Whether a broker at that address is on this machine, so that boards can choose which of its addresses they come from. */
export const isLocalBroker = (broker: string): boolean => {
  const { protocol, hostname } = new URL(broker)
  return protocol === 'mqtt:' && (hostname === 'localhost' || /^127(\.\d{1,3}){3}$/.test(hostname))
}
