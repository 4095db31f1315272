// The broker's figures as messages below `$SYS/broker/`, under the names that mosquitto gives them (mosquitto(8), "Broker Status").
// Pure: counts nothing itself, publishes nothing, knows no clock.

/** Plain numbers: totals since the start, except for those marked as current. */
export interface Figures {
  /** Whole seconds since the start. */
  readonly uptime: number
  /** Current. */
  readonly clientsConnected: number
  /** Current: stored sessions of clients that are not connected. */
  readonly clientsDisconnected: number
  /** The most that were connected at the same time. */
  readonly clientsMaximum: number
  /** Sessions that were dropped because their clients did not reconnect in time. */
  readonly clientsExpired: number
  /** Packets of any type. */
  readonly messagesReceived: number
  readonly messagesSent: number
  /** Current: messages retained or queued, and the bytes of their payloads. */
  readonly storedCount: number
  readonly storedBytes: number
  /** Current. */
  readonly retainedCount: number
  /** Current. */
  readonly subscriptionCount: number
  /** Of whole packets, headers included. */
  readonly bytesReceived: number
  readonly bytesSent: number
  /** PUBLISH packets; dropped: not queued because of a limit. */
  readonly publishReceived: number
  readonly publishSent: number
  readonly publishDropped: number
  /** Payloads of PUBLISH packets. */
  readonly publishBytesReceived: number
  readonly publishBytesSent: number
  /** Sockets accepted. */
  readonly sockets: number
  /** CONNECT packets received. */
  readonly connections: number
}

export interface SysMessage {
  readonly topic: string
  readonly text: string
}

const message = (name: string, text: string): SysMessage => ({ topic: `$SYS/broker/${name}`, text })

const counts = (figures: Figures): Readonly<Record<string, number>> => ({
  'clients/total': figures.clientsConnected + figures.clientsDisconnected,
  'clients/connected': figures.clientsConnected,
  'clients/disconnected': figures.clientsDisconnected,
  'clients/maximum': figures.clientsMaximum,
  'clients/expired': figures.clientsExpired,
  'messages/received': figures.messagesReceived,
  'messages/sent': figures.messagesSent,
  'messages/stored': figures.storedCount,
  'store/messages/count': figures.storedCount,
  'store/messages/bytes': figures.storedBytes,
  'retained messages/count': figures.retainedCount,
  'subscriptions/count': figures.subscriptionCount,
  'bytes/received': figures.bytesReceived,
  'bytes/sent': figures.bytesSent,
  'publish/messages/received': figures.publishReceived,
  'publish/messages/sent': figures.publishSent,
  'publish/messages/dropped': figures.publishDropped,
  'publish/bytes/received': figures.publishBytesReceived,
  'publish/bytes/sent': figures.publishBytesSent,
})

/** All messages except the loads. `version` is Fogbell's, such as `0.1.0`. */
export const sysMessages = (figures: Figures, version: string): readonly SysMessage[] => [
  message('version', `fogbell version ${version}`),
  message('uptime', `${figures.uptime} seconds`),
  ...Object.entries(counts(figures)).map(([name, count]) => message(name, String(count))),
]

const loads = {
  'messages/received': 'messagesReceived',
  'messages/sent': 'messagesSent',
  'publish/dropped': 'publishDropped',
  'publish/received': 'publishReceived',
  'publish/sent': 'publishSent',
  'bytes/received': 'bytesReceived',
  'bytes/sent': 'bytesSent',
  sockets: 'sockets',
  connections: 'connections',
} as const satisfies Readonly<Record<string, keyof Figures>>

const spans = { '1min': 60, '5min': 300, '15min': 900 } as const

/** A moving average of a counter that starts at 0, as a rate per minute. */
const createLoad = (span: number) => {
  let rate = 0
  return (gained: number, seconds: number): number => {
    const now = (gained * 60) / seconds
    rate = now + Math.exp(-seconds / span) * (rate - now)
    return rate
  }
}

export interface Loads {
  /** The loads, with two decimals, `seconds` after the last call (or the start). If no time has passed: those of the last call. */
  take(figures: Figures, seconds: number): readonly SysMessage[]
}

/**
 * `load/…/{1min,5min,15min}`: increase per minute, averaged with weights that decay by e in that span. The same formula as mosquitto's
 * (eclipse-mosquitto/mosquitto, src/sys_tree.c, `calc_load`), so that limits and graphs made for it keep their meaning.
 */
export const createLoads = (): Loads => {
  const all = Object.entries(loads).flatMap(([name, figure]) =>
    Object.entries(spans).map(([label, span]) => ({ name: `load/${name}/${label}`, figure, load: createLoad(span) })),
  )
  let before: Partial<Figures> = {}
  let last = all.map(({ name }) => message(name, '0.00'))
  return {
    take(figures, seconds) {
      if (!(seconds > 0)) return last
      last = all.map(({ name, figure, load }) => message(name, load(figures[figure] - (before[figure] ?? 0), seconds).toFixed(2)))
      before = figures
      return last
    },
  }
}
