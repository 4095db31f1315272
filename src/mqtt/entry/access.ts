// Who may publish and subscribe where (protocol.md §6). Pure rules over topics: no sockets, no store, no packets.
// A device has its own topics, users have filters, and update topics belong to devices and the server alone. Which topics those are, the dialect says.

import type { DeviceTopics } from '../../ota/dialects/dialect.ts'
import { covers, matcher, validFilter } from '../wire/filter.ts'

/** Why a PUBLISH is acknowledged and dropped. */
export type Denial = 'system_topic' | 'foreign_topic' | 'down_topic' | 'ota_topic' | 'not_covered'

/** Whether an ordinary message is published, or why not. */
export type PublishDecision = 'pass' | Denial

export interface Rights {
  /** The uplink that is published on the topic, by the dialect's name for it; null: it is an ordinary message. */
  uplink(topic: string): string | null
  /** For an ordinary message or a will. */
  publish(topic: string): PublishDecision
  /** Whether the filter may be subscribed; false is SUBACK 128. */
  subscribe(filter: string): boolean
  /** Whether a message may be sent to the client: its rights may have changed since it subscribed. */
  receive(topic: string): boolean
}

class DeviceRights implements Rights {
  private readonly topics: DeviceTopics

  constructor(topics: DeviceTopics) {
    this.topics = topics
  }

  uplink(topic: string): string | null {
    return this.topics.up(topic)
  }

  publish(topic: string): PublishDecision {
    const { topics } = this
    if (!topics.owns(topic)) return topic.startsWith('$') ? 'system_topic' : 'foreign_topic'
    if (topics.isDown(topic)) return 'down_topic'
    return topics.up(topic) === null ? 'pass' : 'ota_topic'
  }

  subscribe(filter: string): boolean {
    return this.topics.owns(filter) && validFilter(filter)
  }

  /** transport.ts writes the server's messages on the down topics itself: routed as well, they would arrive twice. */
  receive(topic: string): boolean {
    const { topics } = this
    return topics.owns(topic) && topic !== topics.down('ota') && topic !== topics.down('topo')
  }
}

/** A device's rights: all of its own topics, except for publishing on those of the server. */
export const deviceRights = (topics: DeviceTopics): Rights => new DeviceRights(topics)

/** A user's rights by its filters, which must be valid. Only devices and the server publish on reserved topics (`Dialect.isReserved`). */
export const filterRights = (publish: readonly string[], subscribe: readonly string[], isReserved: (topic: string) => boolean): Rights => {
  const mayPublish = matcher(publish)
  const mayReceive = matcher(subscribe)
  return {
    uplink: () => null,
    publish(topic) {
      if (topic.startsWith('$')) return 'system_topic'
      if (isReserved(topic)) return 'ota_topic'
      return mayPublish(topic) ? 'pass' : 'not_covered'
    },
    subscribe: (filter) => validFilter(filter) && subscribe.some((wide) => covers(wide, filter)),
    receive: mayReceive,
  }
}
