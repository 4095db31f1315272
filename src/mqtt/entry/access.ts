// Who may publish and subscribe where (protocol.md §6). Pure rules over topics: no sockets, no store, no packets.
// A device has its own prefix; users have filters; OTA topics are the devices' and the server's alone.

import type { Channel } from '../../ota/ports/mqtt.ts'
import { covers, matcher, validFilter } from '../wire/filter.ts'

/** Why a PUBLISH is acknowledged and dropped. */
export type Denial = 'system_topic' | 'foreign_topic' | 'down_topic' | 'ota_topic' | 'not_covered'

/** What becomes of a PUBLISH: an uplink of that channel, an ordinary message, or nothing. */
export type Verdict = Channel | 'pass' | Denial

export interface Rights {
  publish(topic: string): Verdict
  /** Whether the filter may be subscribed; false is SUBACK 128. */
  subscribe(filter: string): boolean
  /** Whether a message may go out to it: rights may have changed since it subscribed. */
  receive(topic: string): boolean
}

export const topicPrefix = (product: string, name: string): string => `fogcloud/${product}/${name}/`

/** The down topic of a channel under a device's prefix. */
export const downTopic = (prefix: string, channel: Channel): string => `${prefix}thing/down/${channel}`

const otaEnds = ['/thing/down/ota', '/thing/up/ota', '/thing/down/topo', '/thing/up/topo']

/** Whether it is an OTA topic of any device: `fogcloud/{pk}/{dn}/thing/up|down/ota|topo`. */
export const isOtaTopic = (topic: string): boolean =>
  topic.startsWith('fogcloud/') && otaEnds.some((end) => topic.endsWith(end)) && topic.split('/').length === 6

/** A device's rights: all below its own prefix, but for publishing below `thing/down/`. Its strings are made once, for the walk of each report. */
export const deviceRights = (product: string, name: string): Rights => {
  const prefix = topicPrefix(product, name)
  const [upOta, upTopo] = [`${prefix}thing/up/ota`, `${prefix}thing/up/topo`]
  const [downOta, downTopo] = [downTopic(prefix, 'ota'), downTopic(prefix, 'topo')]
  const down = `${prefix}thing/down/`
  return {
    publish: (topic) => {
      if (topic === upOta) return 'ota'
      if (topic === upTopo) return 'topo'
      if (!topic.startsWith(prefix)) return topic.startsWith('$') ? 'system_topic' : 'foreign_topic'
      return topic.startsWith(down) ? 'down_topic' : 'pass'
    },
    subscribe: (filter) => filter.startsWith(prefix) && validFilter(filter),
    // What the server says on the down topics is written by push.ts itself: passed on here, it would arrive twice.
    receive: (topic) => topic.startsWith(prefix) && topic !== downOta && topic !== downTopo,
  }
}

/** A user's rights by its filters, which must be valid. Nobody but a device reports on OTA topics, nobody but the server speaks on them. */
export const filterRights = (publish: readonly string[], subscribe: readonly string[]): Rights => {
  const mayPublish = matcher(publish)
  const mayReceive = matcher(subscribe)
  return {
    publish: (topic) => {
      if (topic.startsWith('$')) return 'system_topic'
      if (isOtaTopic(topic)) return 'ota_topic'
      return mayPublish(topic) ? 'pass' : 'not_covered'
    },
    subscribe: (filter) => validFilter(filter) && subscribe.some((wide) => covers(wide, filter)),
    receive: mayReceive,
  }
}
