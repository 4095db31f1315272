// FogCloud's OTA: its topics, its seven methods, and `topo` (protocol.md §1 to §4). Pure: bytes and text; ids and URLs are arguments.

import { owned } from '../../owned.ts'
import type { DeviceKey } from '../model.ts'
import type { Downlink, SelfTestTopic } from '../ports/mqtt.ts'
import type { DeviceTopics, Dialect, Malformed, Offer, OfferMessage, Report, RequestId, TopoMethod, TopoUplink, Uplink } from './dialect.ts'
import {
  isFields,
  malformed,
  maxElements,
  own,
  parseEnvelope,
  readGet,
  readIdentity,
  readMany,
  readOne,
  readProgressReport,
  readVersionReport,
  requestId,
  tooLarge,
  tooMany,
} from './reading.ts'

// ---------------------------------------------------------------- topics

const ends = ['/thing/down/ota', '/thing/up/ota', '/thing/down/topo', '/thing/up/topo']

/** `fogcloud/{pk}/{dn}/thing/up|down/ota|topo`, and all else of the device below the same prefix. There is one for each connection. */
class FogcloudTopics implements DeviceTopics {
  private readonly prefix: string

  constructor(prefix: string) {
    this.prefix = prefix
  }

  /** Whether the topic of the device is this one of its topics. */
  private is(topic: string, end: string): boolean {
    return topic.length === this.prefix.length + end.length && topic.endsWith(end) && this.owns(topic)
  }

  owns(topic: string): boolean {
    return topic.startsWith(this.prefix)
  }

  up(topic: string): 'ota' | 'topo' | null {
    return this.is(topic, 'thing/up/ota') ? 'ota' : this.is(topic, 'thing/up/topo') ? 'topo' : null
  }

  selfTest(topic: string): SelfTestTopic | null {
    if (this.is(topic, 'thing/up/property/post')) return 'property'
    return this.is(topic, 'thing/up/event/selftest/post') ? 'event/selftest' : null
  }

  isDown(topic: string): boolean {
    return topic.startsWith('thing/down/', this.prefix.length) && this.owns(topic)
  }

  down(channel: 'ota' | 'topo'): string {
    return `${this.prefix}thing/down/${channel}`
  }
}

const isReserved = (topic: string): boolean =>
  topic.startsWith('fogcloud/') && ends.some((end) => topic.endsWith(end)) && topic.split('/').length === 6

// ---------------------------------------------------------------- what devices say

const readParams = (method: string, params: unknown, id: RequestId): readonly (Report | Malformed)[] | Malformed => {
  switch (method) {
    case 'version.post':
      return readOne(params, readVersionReport)
    case 'upgrade.post':
      return readOne(params, readProgressReport)
    case 'firmware.get':
      return [readGet(params, id)]
    case 'sub.version.post':
      return readMany(params, readVersionReport)
    case 'sub.upgrade.post':
      return readMany(params, readProgressReport)
    case 'firmware.post':
    case 'sub.firmware.post':
      return malformed('downlink_method', `${method} goes down, not up`)
    default:
      return malformed('unknown_method', method)
  }
}

/** An uplink of `thing/up/ota`. */
const readOta = (payload: Uint8Array, maxBytes: number, maxFamilyBytes: number): Uplink | Malformed => {
  const envelope = parseEnvelope(payload, Math.max(maxBytes, maxFamilyBytes))
  if ('kind' in envelope) return envelope
  const { fields, asMeant } = envelope
  const method = own(fields, 'method')
  if (typeof method !== 'string') return malformed('unknown_method', 'method is no string')
  if (payload.length > maxBytes && !method.startsWith('sub.')) return tooLarge(payload, maxBytes)
  const id = requestId(own(fields, 'id'))
  const reports = readParams(method, own(fields, 'params'), id)
  return 'kind' in reports ? reports : { kind: 'uplink', method: owned(method), id, reports, asMeant }
}

const topoMethods: readonly string[] = ['add', 'delete', 'get', 'login', 'logout']
const isTopoMethod = (method: unknown): method is TopoMethod => typeof method === 'string' && topoMethods.includes(method)

/** A message of `thing/up/topo` (protocol.md §4 `sub.*`); an element may hold its names itself or under `identity`. */
const readTopo = (payload: Uint8Array, maxBytes: number): TopoUplink | Malformed => {
  const envelope = parseEnvelope(payload, maxBytes)
  if ('kind' in envelope) return envelope
  const { fields, asMeant } = envelope
  const method = own(fields, 'method')
  if (!isTopoMethod(method)) return malformed('unknown_method', typeof method === 'string' ? method : 'method is no string')
  const params = own(fields, 'params') ?? []
  const list = Array.isArray(params) ? (params as readonly unknown[]) : [params]
  const read = list
    .slice(0, maxElements)
    .map((element) => readIdentity(isFields(element) && isFields(own(element, 'identity')) ? own(element, 'identity') : element))
  return {
    kind: 'topo',
    method,
    id: requestId(own(fields, 'id')),
    children: read.filter((child) => typeof child === 'string'),
    refused: [...read.filter((child) => typeof child !== 'string'), ...tooMany(list)],
    asMeant,
  }
}

// ---------------------------------------------------------------- what they are sent

const packageOf = ({ task, firmware, url }: Offer) => ({
  size: firmware.size,
  sign: firmware.signMethod === 'SHA256' ? firmware.sha256 : firmware.md5,
  version: firmware.version,
  url,
  sign_method: firmware.signMethod,
  checksum: firmware.checksum,
  module: task.module,
})

const identityOf = (key: DeviceKey) => {
  const slash = key.indexOf('/')
  return { product_key: key.slice(0, slash), device_name: key.slice(slash + 1) }
}

const headOf = (id: RequestId): string => `{"id":${typeof id === 'string' ? JSON.stringify(id) : String(id)},`

const messageText = (id: RequestId, method: string, rest: object): string =>
  headOf(id) + JSON.stringify({ version: '1.0', method, ...rest }).slice(1)

const ota = (id: RequestId, method: string, rest: object): Downlink => ({ channel: 'ota', text: messageText(id, method, rest) })

/** A `firmware.post` after its id: the part that stays the same each time it is sent. */
const offerBody = (offer: Offer): string => {
  const params = { ...packageOf(offer), description: offer.firmware.description, task_id: String(offer.task.id) }
  return JSON.stringify({ version: '1.0', method: 'firmware.post', params }).slice(1)
}

/** `firmware.post`: a push (`id` of ours), or the answer to `firmware.get` (`id` of the request). `body` as `offerBody` gives it. */
const offerMessage = (id: RequestId, body: string): Downlink => ({ channel: 'ota', text: headOf(id) + body })

/** The answer of `ota.noUpdateReply: "empty"`. */
const noUpdate = (id: RequestId): Downlink => ota(id, 'firmware.post', { code: 0, params: {} })

const element = (offer: Offer) => ({
  identity: identityOf(offer.task.device),
  ...packageOf(offer),
  desc: offer.firmware.description,
  task_id: String(offer.task.id),
})

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

/**
 * `sub.firmware.post` messages for one gateway: at most so many elements and bytes each, in order. An element that is larger
 * than a message by itself is sent in a message of its own. With each message the tasks that it offers.
 */
const subOffers: Dialect['subOffers'] = (offers, nextId, { elements, bytes }) => {
  const envelope = 100
  const groups: Offer[][] = []
  let size = 0
  for (const offer of offers) {
    const next = bytesOf(JSON.stringify(element(offer))) + 1
    const group = groups.at(-1)
    if (group !== undefined && group.length < elements && size + next <= bytes) group.push(offer)
    else {
      groups.push([offer])
      size = envelope
    }
    size += next
  }
  return groups.map(
    (group): OfferMessage => ({
      message: ota(nextId(), 'sub.firmware.post', { params: group.map(element) }),
      tasks: group.map((offer) => offer.task),
    }),
  )
}

/** The answer on `thing/down/topo`: the accepted children. */
const topoAnswer = (id: RequestId, method: TopoMethod, accepted: readonly DeviceKey[], code: number): Downlink => ({
  channel: 'topo',
  text: messageText(id, method, { code, params: accepted.map(identityOf) }),
})

export const fogcloud: Dialect = {
  topicsOf: (product, name) => new FogcloudTopics(`fogcloud/${product}/${name}/`),
  isReserved,
  read: (up, payload, maxBytes, maxFamilyBytes = maxBytes) =>
    up === 'topo' ? readTopo(payload, maxFamilyBytes) : readOta(payload, maxBytes, maxFamilyBytes),
  offerBody,
  offerMessage,
  noUpdate,
  subOffers,
  topoAnswer,
}
