// A client of raw MQTT packets, so that a test decides every byte that is sent and sees every one that is received.

import { EventEmitter, once } from 'node:events'
import { connect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { generate, type IConnectPacket, type IPublishPacket, type Packet, parser } from 'mqtt-packet'

export type Cmd = Packet['cmd']
type Of<C extends Cmd> = Extract<Packet, { cmd: C }>

export interface WireClient {
  readonly stream: Duplex
  /** All received packets, oldest first. */
  readonly came: readonly Packet[]
  readonly closed: Promise<void>
  write(...packets: readonly Packet[]): void
  /** The next packet of that kind that was not taken yet; rejects if the connection ends first. */
  next<C extends Cmd>(cmd: C): Promise<Of<C>>
  /** A PINGREQ and its answer: everything that the broker wrote before it has arrived then. */
  ping(): Promise<void>
  end(): Promise<void>
  /** Ends the connection with RST, as a device does after it lost power. */
  reset(): void
}

/** Wraps a stream that is connected or connecting. */
export const wireOver = (stream: Duplex): WireClient => {
  const [came, waiting] = [[] as Packet[], [] as Packet[]]
  const changes = new EventEmitter().setMaxListeners(0)
  let over = false
  const reader = parser()
  reader.on('packet', (packet) => {
    came.push(packet)
    waiting.push(packet)
    changes.emit('change')
  })
  stream.on('data', (bytes: Buffer) => reader.parse(bytes))
  stream.on('error', () => stream.destroy())
  const closed = new Promise<void>((resolve) => {
    stream.once('close', () => {
      over = true
      changes.emit('change')
      resolve()
    })
  })
  const wire: WireClient = {
    stream,
    came,
    closed,
    write: (...packets) => void stream.write(Buffer.concat(packets.map((packet) => generate(packet)))),
    async next(cmd) {
      for (;;) {
        const at = waiting.findIndex((packet) => packet.cmd === cmd)
        if (at >= 0) return waiting.splice(at, 1)[0] as Of<typeof cmd>
        if (over) throw new Error(`the connection ended before any ${cmd}`)
        await once(changes, 'change')
      }
    },
    async ping() {
      wire.write({ cmd: 'pingreq' })
      await wire.next('pingresp')
    },
    async end() {
      stream.destroy()
      await closed
    },
    reset: () => void (stream instanceof Socket ? stream.resetAndDestroy() : stream.destroy()),
  }
  return wire
}

/** `from`: the client's own address. */
export const openWire = async (port: number, host = '127.0.0.1', from?: string): Promise<WireClient> => {
  const socket = connect({ port, host, noDelay: true, ...(from !== undefined && { localAddress: from }) })
  const wire = wireOver(socket)
  await once(socket, 'connect')
  return wire
}

/** How long a test waits for what must happen: long enough for a busy machine. */
export const patient = { timeout: 8000, interval: 5 } as const

export const connectPacket = (change: Partial<IConnectPacket> = {}): IConnectPacket => ({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clientId: 'c1',
  clean: true,
  keepalive: 60,
  ...change,
})

/** CONNECT with that username; returns the wire and the CONNACK's code. */
export const connectAs = async (
  port: number,
  username: string | undefined,
  change: Partial<IConnectPacket> = {},
): Promise<{ wire: WireClient; code: number; present: boolean }> => {
  const wire = await openWire(port)
  wire.write(connectPacket({ ...(username !== undefined && { username }), ...change }))
  const { returnCode, sessionPresent } = await wire.next('connack')
  return { wire, code: returnCode ?? -1, present: sessionPresent }
}

/** The same for a client that is admitted. */
export const enterAs = async (port: number, username: string | undefined, change: Partial<IConnectPacket> = {}): Promise<WireClient> => {
  const { wire, code } = await connectAs(port, username, change)
  if (code !== 0) throw new Error(`CONNACK ${code}`)
  return wire
}

export const publishPacket = (topic: string, payload: string, change: Partial<IPublishPacket> = {}): IPublishPacket => ({
  cmd: 'publish',
  topic,
  payload,
  qos: 1,
  messageId: 7,
  retain: false,
  dup: false,
  ...change,
})

export const subscribe = async (
  wire: WireClient,
  ...filters: readonly (readonly [filter: string, qos: 0 | 1 | 2])[]
): Promise<readonly unknown[]> => {
  wire.write({ cmd: 'subscribe', messageId: 9, subscriptions: filters.map(([topic, qos]) => ({ topic, qos })) })
  return (await wire.next('suback')).granted
}

export const unsubscribe = async (wire: WireClient, ...filters: readonly string[]): Promise<void> => {
  wire.write({ cmd: 'unsubscribe', messageId: 10, unsubscriptions: [...filters] })
  await wire.next('unsuback')
}
