// The server's figures below `$SYS/broker/`, told every ten seconds to who may hear them, and kept for who subscribes later.

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

/** Tells what has changed since it was last called. */
export const createSysTopics = ({ sessions, router, traffic, version, now }: SysTopicsDeps): (() => void) => {
  const startedAt = now()
  const told = new Map<string, string>()
  const loads = createLoads()
  let takenAt = startedAt

  const figures = (at: number): Figures => {
    const { pool, retained, filters } = sessions
    const kept = retained.tree.size - told.size
    return {
      uptime: Math.floor((at - startedAt) / 1000),
      clientsConnected: traffic.clients,
      clientsDisconnected: sessions.away(),
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

  const tell = ({ topic, text }: SysMessage): void => {
    if (told.get(topic) === text) return
    told.set(topic, text)
    router.show(topic, Buffer.from(text))
  }

  return () => {
    const at = now()
    const current = figures(at)
    for (const each of [...sysMessages(current, version), ...loads.take(current, (at - takenAt) / 1000)]) tell(each)
    takenAt = at
  }
}
