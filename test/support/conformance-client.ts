// A raw MQTT client: a socket, the packet generator and the parser, nothing that a library does by itself. Acknowledges only what a test
// makes it acknowledge. Knows no server, only a port.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { generate, type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet'
import { expect } from 'vitest'
import { createInbox, patience } from './packet-inbox.ts'

export type Cmd = Packet['cmd']
export type Of<C extends Cmd> = Extract<Packet, { cmd: C }>
export type Qos = 0 | 1 | 2
export type Sub = readonly [filter: string, qos: Qos]

/** A received PUBLISH as plain data. */
export interface Message {
  readonly topic: string
  readonly text: string
  readonly qos: Qos
  readonly retain: boolean
  readonly dup: boolean
  readonly id: number | undefined
}

export interface ConformanceClient {
  readonly socket: Socket
  /** As in CONNACK; false before it. */
  readonly present: boolean
  readonly open: boolean
  /** Packets and bytes in one write. */
  send(...parts: readonly (Packet | Uint8Array)[]): void
  /** Each byte in a separate write. */
  trickle(bytes: Uint8Array): Promise<void>
  /** Takes the next packet of that kind; others stay. Rejects if none arrives or if it differs from `shape`. */
  expect<C extends Cmd>(shape: { readonly cmd: C } & Partial<Of<C>>): Promise<Of<C>>
  /** The next packet, of any kind. */
  first(): Promise<Packet>
  /** The next PUBLISH, not acknowledged. */
  unacked(shape?: Partial<Message>): Promise<Message>
  /** The next PUBLISH, fully acknowledged. */
  message(shape?: Partial<Message>): Promise<Message>
  /** Acknowledges it fully. */
  ack(message: Message): Promise<void>
  /** The texts of the next `count` messages, acknowledged. */
  texts(count: number): Promise<readonly string[]>
  /** PINGREQ and PINGRESP: everything that the server wrote to this client has arrived, and what the client wrote was read. */
  settle(): Promise<void>
  /** After a PINGRESP there is no packet left that was not taken. */
  expectNothing(): Promise<void>
  /** The server closes the connection, and nothing arrives before that except what was taken. */
  expectClosed(): Promise<void>
  /** Resolves to whether the connection ends within `ms`. */
  closes(ms?: number): Promise<boolean>
  subscribe(...subs: readonly Sub[]): Promise<readonly number[]>
  unsubscribe(...filters: readonly string[]): Promise<void>
  /** Sends it and takes the complete answer; the text is the payload. */
  publish(topic: string, text: string, more?: Partial<IPublishPacket>): Promise<void>
  /** Sends all of them in one write, and takes the answers in any order. */
  pipeline(topic: string, texts: readonly string[], qos: Qos, more?: Partial<IPublishPacket>): Promise<void>
  /** DISCONNECT, and the end of the connection. */
  leave(): Promise<void>
  /** Ends the connection without a DISCONNECT. */
  cut(): Promise<void>
}

const plain = ({ topic, payload, qos, retain, dup, messageId }: IPublishPacket): Message => ({
  topic,
  text: payload.toString(),
  qos,
  retain,
  dup,
  id: messageId,
})

const raw = (part: Packet | Uint8Array): Uint8Array => (part instanceof Uint8Array ? part : generate(part))

const wrap = (socket: Socket): ConformanceClient => {
  const { packets, state, until, take } = createInbox(socket)
  let lastId = 0
  const newId = (): number => {
    lastId = (lastId % 60_000) + 1
    return lastId
  }
  let present = false
  const closes = async (ms = patience): Promise<boolean> => {
    await until(() => undefined, ms)
    return !state.open
  }
  const client: ConformanceClient = {
    socket,
    get present() {
      return present
    },
    get open() {
      return state.open
    },
    send: (...parts) => void socket.write(Buffer.concat(parts.map(raw))),
    async trickle(bytes) {
      for (const byte of bytes) await new Promise<void>((resolve) => socket.write(Buffer.of(byte), () => setImmediate(resolve)))
    },
    async expect({ cmd, ...shape }) {
      const packet = await take((each) => each.cmd === cmd, cmd)
      expect(packet).toMatchObject(shape)
      if (packet.cmd === 'connack') present = packet.sessionPresent
      return packet as Of<typeof cmd>
    },
    first: () => take(() => true, 'packet'),
    async unacked(shape = {}) {
      const message = plain(await client.expect({ cmd: 'publish' }))
      expect(message).toMatchObject(shape)
      return message
    },
    async message(shape = {}) {
      const message = await client.unacked(shape)
      await client.ack(message)
      return message
    },
    async ack({ qos, id: messageId }) {
      if (qos === 0 || messageId === undefined) return
      client.send({ cmd: qos === 1 ? 'puback' : 'pubrec', messageId })
      if (qos === 1) return
      await client.expect({ cmd: 'pubrel', messageId })
      client.send({ cmd: 'pubcomp', messageId })
    },
    async texts(count) {
      const found: string[] = []
      while (found.length < count) found.push((await client.message()).text)
      return found
    },
    async settle() {
      client.send({ cmd: 'pingreq' })
      await client.expect({ cmd: 'pingresp' })
    },
    async expectNothing() {
      await client.settle()
      expect(packets).toEqual([])
    },
    async expectClosed() {
      expect(await closes(), 'the server closed the connection').toBe(true)
      expect(packets).toEqual([])
    },
    closes,
    async subscribe(...subs) {
      const messageId = newId()
      client.send({ cmd: 'subscribe', messageId, subscriptions: subs.map(([topic, qos]) => ({ topic, qos })) })
      return (await client.expect({ cmd: 'suback', messageId })).granted.map(Number)
    },
    async unsubscribe(...filters) {
      const messageId = newId()
      client.send({ cmd: 'unsubscribe', messageId, unsubscriptions: [...filters] })
      await client.expect({ cmd: 'unsuback', messageId })
    },
    async publish(topic, text, more = {}) {
      const messageId = newId()
      client.send(publishPacket(topic, text, { messageId, ...more }))
      await finish(client, more.qos ?? 0, more.messageId ?? messageId)
    },
    async pipeline(topic, texts, qos, more = {}) {
      const packets = texts.map((text) => publishPacket(topic, text, { messageId: newId(), qos, ...more }))
      const ids = packets.map(({ messageId = 0 }) => messageId)
      const answers = async (cmd: 'puback' | 'pubrec' | 'pubcomp'): Promise<void> => {
        const came = new Set<number>()
        while (came.size < ids.length) came.add((await client.expect({ cmd })).messageId ?? 0)
        expect(came).toEqual(new Set(ids))
      }
      client.send(...packets)
      if (qos === 0) return client.settle()
      await answers(qos === 1 ? 'puback' : 'pubrec')
      if (qos === 1) return
      client.send(...ids.map((messageId) => ({ cmd: 'pubrel', messageId }) as const))
      await answers('pubcomp')
    },
    async leave() {
      socket.end(generate({ cmd: 'disconnect' }))
      await closes()
      socket.destroy()
    },
    async cut() {
      socket.destroy()
      await closes()
    },
  }
  return client
}

/** The rest of a PUBLISH's exchange, as its sender. */
const finish = async (client: ConformanceClient, qos: Qos, messageId: number): Promise<void> => {
  if (qos === 0) return client.settle()
  await client.expect({ cmd: qos === 1 ? 'puback' : 'pubrec', messageId })
  if (qos === 1) return
  client.send({ cmd: 'pubrel', messageId })
  await client.expect({ cmd: 'pubcomp', messageId })
}

export const publishPacket = (topic: string, payload: string | Buffer, more: Partial<IPublishPacket> = {}): IPublishPacket => ({
  cmd: 'publish',
  topic,
  payload,
  qos: 0,
  retain: false,
  dup: false,
  ...more,
})

let made = 0
/** A name that no other test of this file uses. */
export const fresh = (name = 'c'): string => {
  made += 1
  return `${name}${made}`
}

export const connectPacket = (more: Partial<IConnectPacket> = {}): IConnectPacket => ({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clientId: fresh('client'),
  clean: true,
  keepalive: 60,
  ...more,
})

/** A connection that has sent nothing yet. */
export const dial = async ({ port }: { readonly port: number }): Promise<ConformanceClient> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const client = wrap(socket)
  await once(socket, 'connect')
  return client
}

/** An admitted client. */
export const enter = async (target: { readonly port: number }, more: Partial<IConnectPacket> = {}): Promise<ConformanceClient> => {
  const client = await dial(target)
  client.send(connectPacket(more))
  await client.expect({ cmd: 'connack', returnCode: 0 })
  return client
}

/** A client with a persistent session. */
export const stay = (target: { readonly port: number }, clientId: string, more: Partial<IConnectPacket> = {}): Promise<ConformanceClient> =>
  enter(target, { clientId, clean: false, ...more })

/** Those of the named byte sequences after which the server keeps the connection open; each gets its own connection, admitted before if `login`. */
export const survivors = async (
  target: { readonly port: number },
  login: boolean,
  attempts: { readonly [name: string]: Uint8Array },
): Promise<readonly string[]> => {
  const tries = Object.entries(attempts).map(async ([name, bytes]) => {
    const client = await (login ? enter(target) : dial(target))
    client.send(bytes)
    const closed = await client.closes(2500)
    await client.cut()
    return closed ? [] : [name]
  })
  return (await Promise.all(tries)).flat()
}
