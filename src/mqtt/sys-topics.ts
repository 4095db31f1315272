// The server's figures below `$SYS/broker/`, published every ten seconds and retained in memory for later subscribers.

import type { Router } from './sessions/router.ts'
import type { Sessions } from './sessions/sessions.ts'
import { createLoads, type Figures, type SysMessage, sysMessages } from './sys.ts'
import type { Traffic } from './traffic.ts'

export interface SysTopicsDeps {
  readonly sessions: Sessions
  readonly router: Router
  readonly traffic: Traffic
  readonly version: string
  readonly now: () => number
}

/** Publishes what has changed since the last call. */
export const createSysTopics = ({ sessions, router, traffic, version, now }: SysTopicsDeps): (() => void) => {
  const startedAt = now()
  const published = new Map<string, string>()
  const loads = createLoads()
  let takenAt = startedAt

  const figures = (at: number): Figures => {
    const { pool, retained, filters } = sessions
    const kept = retained.tree.size - published.size
    return {
      uptime: Math.floor((at - startedAt) / 1000),
      clientsConnected: traffic.clients,
      clientsDisconnected: sessions.disconnected(),
      clientsMaximum: traffic.clientsMaximum,
      clientsExpired: traffic.sessionsExpired,
      messagesReceived: traffic.packetsReceived,
      messagesSent: traffic.packetsSent,
      storedCount: pool.totals.count + kept,
      storedBytes: pool.totals.bytes + retained.bytes,
      retainedCount: kept,
      subscriptionCount: filters.size,
      bytesReceived: traffic.bytesReceived,
      bytesSent: traffic.bytesSent,
      publishReceived: traffic.publishReceived,
      publishSent: traffic.publishSent,
      publishDropped: traffic.publishDropped,
      publishBytesReceived: traffic.publishBytesReceived,
      publishBytesSent: traffic.publishBytesSent,
      sockets: traffic.sockets,
      connections: traffic.connections,
    }
  }

  const publish = ({ topic, text }: SysMessage): void => {
    if (published.get(topic) === text) return
    published.set(topic, text)
    router.publishSys(topic, Buffer.from(text))
  }

  return () => {
    const at = now()
    const current = figures(at)
    for (const each of [...sysMessages(current, version), ...loads.take(current, (at - takenAt) / 1000)]) publish(each)
    takenAt = at
  }
}
