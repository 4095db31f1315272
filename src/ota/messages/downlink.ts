// Downlinks: what goes down to devices, as text (protocol.md §1, §3). Pure; ids and URLs are arguments.

import type { DeviceKey, Firmware, Task } from '../model.ts'
import type { Downlink } from '../ports/mqtt.ts'
import type { RequestId, TopoMethod } from './protocol.ts'

/** One package for one device, ready to be told. */
export interface Offer {
  readonly task: Task
  readonly firmware: Firmware
  readonly url: string
}

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

const ota = (id: RequestId, method: string, rest: object): Downlink => ({
  channel: 'ota',
  text: JSON.stringify({ id, version: '1.0', method, ...rest }),
})

const headOf = (id: RequestId): string => `{"id":${typeof id === 'number' ? id : JSON.stringify(id)},`

/** A `firmware.post` behind its id: what stays the same each time the same is said. */
export const firmwareBody = (offer: Offer): string => {
  const params = { ...packageOf(offer), description: offer.firmware.description, task_id: String(offer.task.id) }
  return JSON.stringify({ version: '1.0', method: 'firmware.post', params }).slice(1)
}

/** `firmware.post`: a push (`id` of ours), or the answer to `firmware.get` (`id` of the request). `body` as `firmwareBody` gives it. */
export const firmwarePost = (id: RequestId, body: string): Downlink => ({ channel: 'ota', text: headOf(id) + body })

/** The answer of `ota.noUpdateReply: "empty"`. */
export const noUpdate = (id: RequestId): Downlink => ota(id, 'firmware.post', { code: 0, params: {} })

const element = (offer: Offer) => ({
  identity: identityOf(offer.task.device),
  ...packageOf(offer),
  desc: offer.firmware.description,
  task_id: String(offer.task.id),
})

const bytes = (text: string): number => new TextEncoder().encode(text).length

/**
 * `sub.firmware.post` messages for one gateway: at most `maxElements` and `maxBytes` each, in order. An element that is larger
 * than a message by itself goes alone. With each message the tasks that it tells of.
 */
export const subFirmwarePosts = (
  offers: readonly Offer[],
  nextId: () => number,
  maxElements: number,
  maxBytes: number,
): readonly { readonly message: Downlink; readonly tasks: readonly Task[] }[] => {
  const envelope = 100
  const groups: Offer[][] = []
  let size = 0
  for (const offer of offers) {
    const own = bytes(JSON.stringify(element(offer))) + 1
    const group = groups.at(-1)
    if (group !== undefined && group.length < maxElements && size + own <= maxBytes) group.push(offer)
    else {
      groups.push([offer])
      size = envelope
    }
    size += own
  }
  return groups.map((group) => ({
    message: ota(nextId(), 'sub.firmware.post', { params: group.map(element) }),
    tasks: group.map((offer) => offer.task),
  }))
}

/** The answer on `thing/down/topo`: the accepted children. */
export const topoAnswer = (id: RequestId, method: TopoMethod, accepted: readonly DeviceKey[], code: number): Downlink => ({
  channel: 'topo',
  text: JSON.stringify({ id, version: '1.0', method, code, params: accepted.map(identityOf) }),
})
