// Clients for load: packets are handled as they arrive, and the client's part of an MQTT session is kept when the connection ends.
// Know nothing of OTA.

import { connect, type Socket } from 'node:net'
import { generate, type IConnectPacket, type IPublishPacket, type Packet, parser } from 'mqtt-packet'
import { connectPacket } from './wire-client.ts'

export interface LoadClient {
  readonly socket: Socket
  readonly closed: Promise<void>
  write(...packets: readonly Packet[]): void
  /** Sends an acknowledgement without the cost of other packets. */
  ack(cmd: keyof typeof ackFirst, id: number): void
}

const ackFirst = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const

type Handle = (packet: Packet, flow: LoadClient) => void

/** Connects, and gives every packet after CONNACK to `handle`; `present` as in CONNACK. Rejects if it is not admitted. */
export const openLoadClient = async (
  port: number,
  change: Partial<IConnectPacket>,
  handle: Handle,
): Promise<{ flow: LoadClient; present: boolean }> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const flow: LoadClient = {
    socket,
    closed,
    write: (...packets) => void socket.write(Buffer.concat(packets.map((packet) => generate(packet)))),
    ack: (cmd, id) => void socket.write(Buffer.from([ackFirst[cmd], 2, id >> 8, id & 255])),
  }
  const reader = parser()
  const connack = new Promise<boolean>((resolve, reject) => {
    reader.on('packet', (packet) => {
      if (packet.cmd !== 'connack') handle(packet, flow)
      else if (packet.returnCode === 0) resolve(packet.sessionPresent)
      else reject(new Error(`CONNACK ${packet.returnCode}`))
    })
    void closed.then(() => reject(new Error('the connection ended before any CONNACK')))
  })
  socket.on('data', (bytes) => {
    // The answers to one chunk are sent in one.
    socket.cork()
    reader.parse(bytes)
    socket.uncork()
  })
  socket.on('error', () => socket.destroy())
  socket.on('connect', () => socket.write(generate(connectPacket(change))))
  return { flow, present: await connack }
}

/** The current connection of a client. */
const createSeat = () => {
  let seat: LoadClient | undefined
  return {
    take: (flow: LoadClient): void => {
      seat = flow
    },
    get flow(): LoadClient {
      if (seat === undefined) throw new Error('it was never connected')
      return seat
    },
    async close(): Promise<void> {
      seat?.socket.destroy()
      await seat?.closed
    },
  }
}

const idOf = ({ messageId = 0 }: { readonly messageId?: number }): number => messageId

export interface Received {
  readonly text: string
  readonly id: number
  readonly dup: boolean
}

export interface Subscriber {
  /** Messages as its application gets them, at QoS 2 once; they are acknowledged. */
  readonly received: readonly Received[]
  /** Connects to its session; gives whether that was there. */
  open(port: number): Promise<boolean>
  subscribe(filter: string, qos: 0 | 1 | 2): Promise<void>
  /** When it resolves, the server has read all that was sent so far; rejects when the connection ends first. */
  fence(): Promise<void>
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** A client with a persistent session that acknowledges at once. */
export const createSubscriber = (clientId: string): Subscriber => {
  const received: Received[] = []
  const held = new Set<number>()
  const answers = new Map<Packet['cmd'], () => void>()
  const seat = createSeat()

  const take = (packet: IPublishPacket, flow: LoadClient): void => {
    const id = idOf(packet)
    if (packet.qos < 2 || !held.has(id)) received.push({ text: packet.payload.toString(), id, dup: packet.dup })
    if (packet.qos === 2) held.add(id)
    if (packet.qos > 0) flow.ack(packet.qos === 2 ? 'pubrec' : 'puback', id)
  }

  const handle: Handle = (packet, flow) => {
    if (packet.cmd === 'publish') take(packet, flow)
    else if (packet.cmd === 'pubrel') {
      held.delete(idOf(packet))
      flow.ack('pubcomp', idOf(packet))
    } else answers.get(packet.cmd)?.()
  }

  const ask = (packet: Packet, answer: Packet['cmd']): Promise<void> =>
    new Promise((resolve, reject) => {
      answers.set(answer, resolve)
      void seat.flow.closed.then(() => reject(new Error(`the connection ended before any ${answer}`)))
      seat.flow.write(packet)
    })

  return {
    received,
    async open(port) {
      const { flow, present } = await openLoadClient(port, { clientId, clean: false, keepalive: 0 }, handle)
      seat.take(flow)
      return present
    },
    subscribe: (topic, qos) => ask({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos }] }, 'suback'),
    fence: () => ask({ cmd: 'pingreq' }, 'pingresp'),
    get closed() {
      return seat.flow.closed
    },
    close: seat.close,
  }
}

export interface Publisher {
  /** Messages that were fully acknowledged, by PUBACK or PUBCOMP, in this order. */
  readonly done: readonly string[]
  /** Connects to its session, and sends again what was not acknowledged. */
  open(port: number): Promise<void>
  /** Sends them one after another in one write. */
  send(topic: string, qos: 1 | 2, texts: readonly string[]): void
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** A client with a persistent session and any number of messages in flight. `answered` is called for every PUBACK, PUBREC and PUBCOMP. */
export const createPublisher = (clientId: string, answered: () => void = () => undefined): Publisher => {
  const done: string[] = []
  const inflight = new Map<number, IPublishPacket>()
  const released = new Set<number>()
  const seat = createSeat()
  let lastId = 0

  const finish = (id: number): void => {
    const message = inflight.get(id)
    if (message === undefined) return
    done.push(message.payload.toString())
    inflight.delete(id)
    released.delete(id)
  }

  const handle: Handle = (packet, flow) => {
    if (packet.cmd === 'pubrec') {
      released.add(idOf(packet))
      flow.ack('pubrel', idOf(packet))
    } else if (packet.cmd === 'puback' || packet.cmd === 'pubcomp') finish(idOf(packet))
    answered()
  }

  const again = (message: IPublishPacket): Packet =>
    released.has(idOf(message)) ? { cmd: 'pubrel', messageId: idOf(message) } : { ...message, dup: true }

  const packetOf = (topic: string, qos: 1 | 2, payload: string): IPublishPacket => {
    do lastId = (lastId % 65_535) + 1
    while (inflight.has(lastId))
    const packet: IPublishPacket = { cmd: 'publish', topic, payload, qos, messageId: lastId, retain: false, dup: false }
    inflight.set(lastId, packet)
    return packet
  }

  return {
    done,
    async open(port) {
      const { flow } = await openLoadClient(port, { clientId, clean: false, keepalive: 0 }, handle)
      seat.take(flow)
      if (inflight.size > 0) flow.write(...Array.from(inflight.values(), again))
    },
    send: (topic, qos, texts) => seat.flow.write(...texts.map((text) => packetOf(topic, qos, text))),
    get closed() {
      return seat.flow.closed
    },
    close: seat.close,
  }
}
