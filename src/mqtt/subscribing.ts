// A client's SUBSCRIBE and UNSUBSCRIBE packets. While one is being stored, the client's later packets wait, so that they take effect in
// order. Decides rights by access.ts alone.

import type { Entered } from './client.ts'
import type { DeviceClients } from './device-clients.ts'
import type { Notices } from './notices.ts'
import type { Feed } from './sessions/feed.ts'
import type { Session } from './sessions/session.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Qos, Subscribe, Unsubscribe } from './wire/packets.ts'
import { encodeSuback, encodeUnsuback } from './wire/writer.ts'

/** What all connections share. */
export interface SubscribingDeps {
  readonly deviceClients: () => DeviceClients
  readonly feed: Feed
  readonly sessions: Sessions
  readonly notices: Notices
}

type Code = Qos | 128
type Granted = readonly (readonly [filter: string, qos: Qos])[]

/** A SUBSCRIBE may have thousands of filters: after this many, other clients get a turn. */
const portion = 100

/** Bound of all filters of one session, in characters: each message is matched against them. */
const maxFilterBytes = 1_048_576

const bytesOf = ({ filters }: Session): number => {
  let bytes = 0
  for (const filter of filters.keys()) bytes += filter.length
  return bytes
}

interface Judging {
  readonly deps: SubscribingDeps
  readonly entered: Entered
  /** Characters of all filters, those granted so far included. */
  bytes: number
}

/** A code for each filter in the packet [MQTT-3.8.4-5]; if one appears twice, the last one holds [MQTT-3.8.4-3]. */
const judge = (judging: Judging, filters: Subscribe['filters'], granted: Map<string, Qos>): readonly Code[] => {
  const { client, session } = judging.entered
  return filters.map(({ filter, qos }) => {
    const more = session.filters.has(filter) || granted.has(filter) ? 0 : filter.length
    if (client.rights.subscribe(filter) && judging.bytes + more <= maxFilterBytes) {
      judging.bytes += more
      granted.set(filter, qos)
      return qos
    }
    judging.deps.notices.subscribeDenied(client, filter)
    return 128
  })
}

/** A filter that appears twice counts twice, as if in two packets [MQTT-3.8.4-4]. */
const grantedIn = (filters: Subscribe['filters'], codes: readonly Code[]): Granted => {
  const granted: (readonly [string, Qos])[] = []
  for (const [at, { filter }] of filters.entries()) {
    const code = codes[at] ?? 128
    if (code !== 128) granted.push([filter, code])
  }
  return granted
}

export const subscribe = (deps: SubscribingDeps, entered: Entered, { id, filters }: Subscribe): void => {
  const { client, session, socket } = entered
  const judging: Judging = { deps, entered, bytes: bytesOf(session) }
  const codes: Code[] = []

  const finish = (): void => {
    socket.writeBuffer.write(encodeSuback(id, codes))
    if (!socket.destroyed) {
      deps.deviceClients().resubscribed(client)
      deps.feed.feed(session, grantedIn(filters, codes))
    }
    socket.resume()
  }

  const next = (): void => {
    const granted = new Map<string, Qos>()
    const judged = judge(judging, filters.slice(codes.length, codes.length + portion), granted)
    deps.sessions.subscribe(session, [...granted], (stored) => {
      for (const code of judged) codes.push(stored ? code : 128)
      if (codes.length < filters.length) setImmediate(next)
      else finish()
    })
  }

  socket.hold()
  next()
}

export const unsubscribe = (deps: SubscribingDeps, { client, session, socket }: Entered, { id, filters }: Unsubscribe): void => {
  const finish = (): void => {
    socket.writeBuffer.write(encodeUnsuback(id))
    if (!socket.destroyed) deps.deviceClients().resubscribed(client)
    socket.resume()
  }

  const next = (from: number): void =>
    deps.sessions.unsubscribe(session, filters.slice(from, from + portion), () => {
      if (from + portion < filters.length) setImmediate(next, from + portion)
      else finish()
    })

  socket.hold()
  next(0)
}
