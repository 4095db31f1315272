// A board at a test station on raw MQTT: connects, reports its version, fetches what it is offered, restarts, sends its self-test; again and again,
// whenever its connection ends, until its run is over.

import type { IPublishPacket } from 'mqtt-packet'
import { type DeviceClient, enter, type Name, prefixOf, uplink, upTopic } from './device-client.ts'
import type { Json } from './json.ts'
import { textOf } from './server-fixture.ts'
import { publishPacket } from './wire-client.ts'

export interface BoardClient {
  readonly who: Name
  /** What it does with an offer and as its self-test; `silent`: it connects and says nothing. */
  readonly does: 'good' | 'bad' | 'refuses' | 'silent'
  /** The version in its flash. */
  version: string
  isOver: boolean
}

/** Where it connects to, once that is there. */
export interface BoardServer {
  readonly up: () => Promise<{ readonly port: number }>
  /** Called at everything that it sends, with what that is. */
  readonly note: (what: string) => void
}

const offerIn = async ({ wire }: DeviceClient): Promise<Json> => {
  for (;;) {
    const { payload, messageId }: IPublishPacket = await wire.next('publish')
    if (messageId !== undefined) wire.write({ cmd: 'puback', messageId })
    const { params }: Json = JSON.parse(payload.toString())
    if (params?.['url'] !== undefined) return params
  }
}

const testItself = async ({ wire }: DeviceClient, { who, does }: BoardClient): Promise<void> => {
  const values = { Vbat: does === 'bad' ? 2.9 : 3.3 }
  wire.write(publishPacket(`${prefixOf(who)}thing/up/event/selftest/post`, JSON.stringify(values), { messageId: 99 }))
  await wire.next('puback')
}

/** One connection: up to its restart, or its end. */
const live = async (device: DeviceClient, board: BoardClient, target: string, { note }: BoardServer): Promise<void> => {
  const { who, does } = board
  await device.listen()
  if (does === 'silent') return device.wire.closed
  note('version')
  device.wire.write(publishPacket(upTopic(who), uplink('version.post', { version: board.version, module: 'default' })))
  await device.wire.next('puback')
  if (board.version === target) {
    note('selftest')
    await testItself(device, board)
    return device.wire.closed
  }
  const offer = await offerIn(device)
  note('offer')
  if (does === 'refuses') {
    const said = { step: -1, desc: 'no space', module: 'default', task_id: textOf(offer['task_id']) }
    await device.report('upgrade.post', said)
    return device.wire.closed
  }
  const response = await fetch(textOf(offer['url']))
  if ((await response.arrayBuffer()).byteLength === 0 || !response.ok) throw new Error(`the download was answered with ${response.status}`)
  note('fetched')
  board.version = target
}

/** Resolves when its run is over: `over` resolves then, and `isOver` is set. */
export const playBoard = async (server: BoardServer, board: BoardClient, target: string, over: Promise<unknown>): Promise<void> => {
  while (!board.isOver) {
    const at = await server.up()
    const device = await enter(at, board.who).catch(() => undefined)
    if (device === undefined) continue
    const life = live(device, board, target, server).catch(() => undefined)
    await Promise.race([life, over])
    await device.wire.end()
    await life
  }
}
