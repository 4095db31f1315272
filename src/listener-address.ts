// The URL of an MQTT listener, in its parts.

export interface ListenerAddress {
  readonly scheme: 'mqtt' | 'mqtts' | 'ws' | 'wss'
  /** As `net` takes it: IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** What follows the port: the path of ws and wss; empty if the URL has none. */
  readonly path: string
}

/** The parts of a listener's URL; undefined unless it is scheme, host, port and at most a path. The URL class would lose the port of `ws://host:80`. */
export const listenerAddress = (url: string): ListenerAddress | undefined => {
  const parts = /^(mqtt|mqtts|ws|wss):\/\/(\[[\da-f:.%a-z]+\]|[\w.-]+):(\d{1,5})(\/[^\s?#]*)?$/i.exec(url)
  const [, scheme = '', host = '', port = '', path = ''] = parts ?? []
  if (parts === null || Number(port) > 65_535) return undefined
  return { scheme: scheme.toLowerCase() as ListenerAddress['scheme'], host: host.replace(/^\[|\]$/g, ''), port: Number(port), path }
}
