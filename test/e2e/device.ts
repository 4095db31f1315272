// A device on a raw connection: the test decides about every packet, including PUBACKs.

import type { IConnectPacket, IPublishPacket } from 'mqtt-packet'
import { connectAs, publishPacket, subscribe, type Wire } from '../mqtt/wire.ts'
import { type Json, type Server, textOf, until } from './rig.ts'

export interface Offered {
  /** As it was received. */
  readonly packet: IPublishPacket
  readonly method: string
  readonly params: Json
  readonly task: string
  readonly url: string
}

export interface Device {
  readonly wire: Wire
  /** Whether the broker still knew the session. */
  readonly present: boolean
  /** Messages on its own topics on this connection, oldest first. */
  received(): readonly IPublishPacket[]
  /** OTA messages among them. */
  offered(): readonly Offered[]
  listen(): Promise<void>
  /** Sends a report and waits for its PUBACK: then it is on disk. */
  report(method: string, params: object, id?: number | string): Promise<void>
  /** Waits for the next OTA message that was not yet waited for, and acknowledges it. */
  next(): Promise<Offered>
}

export interface Name {
  readonly product: string
  readonly name: string
}

export const prefixOf = ({ product, name }: Name): string => `fogcloud/${product}/${name}/`
export const upTopic = (who: Name): string => `${prefixOf(who)}thing/up/ota`
export const downTopic = (who: Name): string => `${prefixOf(who)}thing/down/ota`
export const uplink = (method: string, params: object, id: number | string = 1): string =>
  JSON.stringify({ id, version: '1.0', method, params })

const readOffered = (packet: IPublishPacket): Offered => {
  const { method, params }: Json = JSON.parse(packet.payload.toString())
  return { packet, method: textOf(method), params: params ?? {}, task: textOf(params?.['task_id']), url: textOf(params?.['url']) }
}

const isPublish = (packet: { readonly cmd: string }): packet is IPublishPacket => packet.cmd === 'publish'

const deviceOn = (wire: Wire, present: boolean, who: Name): Device => {
  let waitedFor = 0
  let lastId = 100
  const received = (): readonly IPublishPacket[] => wire.came.filter(isPublish)
  const offered = (): readonly Offered[] =>
    received()
      .filter(({ topic }) => topic === downTopic(who))
      .map(readOffered)
  return {
    wire,
    present,
    received,
    offered,
    async listen() {
      const granted = await subscribe(wire, [downTopic(who), 1])
      if (granted[0] !== 1) throw new Error(`SUBACK ${JSON.stringify(granted)}`)
    },
    async report(method, params, id) {
      lastId += 1
      const messageId = lastId
      wire.write(publishPacket(upTopic(who), uplink(method, params, id), { messageId }))
      const { messageId: acknowledged } = await wire.next('puback')
      if (acknowledged !== messageId) throw new Error(`PUBACK of ${acknowledged}, waited for ${messageId}`)
    },
    async next() {
      const found = await until(`an OTA message for ${who.product}/${who.name}`, () => offered()[waitedFor])
      waitedFor += 1
      if (found.packet.messageId !== undefined) wire.write({ cmd: 'puback', messageId: found.packet.messageId })
      return found
    },
  }
}

/** CONNECT as FogCloud's devices do it, whatever the answer: the CONNACK's code. */
export const knock = async ({ port }: Pick<Server, 'port'>, { product, name }: Name, change: Partial<IConnectPacket> = {}) =>
  connectAs(port, `${name}&${product}`, { clientId: name, ...change })

/** A device that is accepted. */
export const enter = async (server: Pick<Server, 'port'>, who: Name, change: Partial<IConnectPacket> = {}): Promise<Device> => {
  const { wire, code, present } = await knock(server, who, change)
  if (code !== 0) throw new Error(`${who.product}/${who.name}: CONNACK ${code}`)
  return deviceOn(wire, present, who)
}
