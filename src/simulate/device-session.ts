// One MQTT connection of a device: opened once, used, ended or killed. The device decides when to reconnect, never mqtt.js.

import { connect as connectTcp, Socket } from 'node:net'
import { rootCertificates } from 'node:tls'
import { connect, type IClientOptions, MqttClient } from 'mqtt'

export interface SessionOptions {
  readonly broker: string
  readonly clientId: string
  readonly username: string
  readonly password: string
  readonly clean: boolean
  /** Accept any server certificate, self-signed ones included. */
  readonly insecure: boolean
  /** PEM of authorities to trust besides those of the system; null: no others. */
  readonly ca: string | null
  readonly onMessage: (topic: string, payload: Uint8Array) => void
  /** Milliseconds without PUBACK or SUBACK after which the connection is considered dead. */
  readonly ackMs: number
  /** Ends the attempt to connect. */
  readonly signal: AbortSignal
  /** The address of this machine that it comes from; null: whichever. Only over mqtt://. */
  readonly localAddress?: string | null
}

export interface SimulatedSession {
  /** The broker had the session stored, with its subscriptions. */
  readonly present: boolean
  readonly closed: Promise<void>
  /** True if acknowledged (QoS 0: written), false if the connection died before. */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1): Promise<boolean>
  /** False if the connection died or the broker refused a filter. */
  subscribe(filters: readonly string[]): Promise<boolean>
  /** Sends DISCONNECT and closes. */
  end(): Promise<void>
  /** Closes the socket without DISCONNECT, like a power failure. */
  kill(): Promise<void>
}

export type SessionOpening =
  | { readonly kind: 'open'; readonly session: SimulatedSession }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly why: string }

/** Where a broker is. mqtt.js would read its address with a function of Node.js that is deprecated, and warns. */
export const brokerPlace = (broker: string): Pick<IClientOptions, 'protocol' | 'host' | 'port' | 'path'> => {
  const { protocol, hostname, port, pathname, search } = new URL(broker)
  const scheme = protocol.slice(0, -1) as NonNullable<IClientOptions['protocol']>
  // It makes a URL again of the address of a WebSocket.
  const host = scheme.startsWith('ws') ? hostname : hostname.replace(/^\[(.*)\]$/, '$1')
  return { protocol: scheme, host, ...(port !== '' && { port: Number(port) }), path: `${pathname}${search}` }
}

const clientOptions = (options: SessionOptions): IClientOptions => ({
  clientId: options.clientId,
  username: options.username,
  password: options.password,
  clean: options.clean,
  protocolVersion: 4,
  keepalive: 60,
  connectTimeout: 15_000,
  reconnectPeriod: 0,
  resubscribe: false,
  rejectUnauthorized: !options.insecure,
  ...(options.ca !== null && { ca: [...rootCertificates, options.ca] }),
})

const why = (error: Error & { readonly code?: unknown }): string =>
  error.message !== '' ? error.message : typeof error.code === 'string' ? error.code : error.name

/** In `code` CONNACK has a number, its return code; socket errors have text. */
const failure = (error: Error & { readonly code?: unknown }): SessionOpening => ({
  kind: typeof error.code === 'number' ? 'refused' : 'unreachable',
  why: why(error),
})

const giveUpMs = 500

const sessionOf = (client: MqttClient, closed: Promise<void>, present: boolean, ackMs: number): SimulatedSession => {
  let isClosed = false
  void closed.then(() => {
    isClosed = true
  })
  /** The result that `start` reports, or false if the connection died; without an acknowledgement in time it is destroyed. */
  const acknowledged = async (start: (done: (isDone: boolean) => void) => void): Promise<boolean> => {
    // mqtt.js throws if its client has ended.
    if (isClosed) return false
    const late = setTimeout(() => client.stream.destroy(), ackMs)
    const isDone = await Promise.race([new Promise<boolean>(start), closed.then(() => false)])
    clearTimeout(late)
    return isDone
  }
  return {
    present,
    closed,
    publish: (topic, payload, qos) =>
      acknowledged((done) => {
        client.publish(topic, Buffer.from(payload), { qos }, (error) => done(!error))
      }),
    subscribe: (filters) =>
      acknowledged((done) => {
        client.subscribe([...filters], { qos: 1 }, (error, granted) => done(!error && (granted ?? []).every(({ qos }) => qos < 128)))
      }),
    end: async () => {
      client.end()
      const giveUp = setTimeout(() => client.stream.destroy(), giveUpMs)
      await closed
      clearTimeout(giveUp)
    },
    kill: async () => {
      client.stream.destroy()
      await closed
    },
  }
}

/** mqtt.js itself leaves the local address to the system. */
const clientOf = (options: SessionOptions): MqttClient => {
  const place = brokerPlace(options.broker)
  const { localAddress = null } = options
  if (localAddress === null || place.protocol !== 'mqtt') return connect({ ...place, ...clientOptions(options) })
  const { host = '127.0.0.1', port = 1883 } = place
  return new MqttClient(() => connectTcp({ host, port, localAddress }), { ...place, ...clientOptions(options) })
}

/** Connects once. Never rejects: an error is in the result. */
export const openSession = async (options: SessionOptions): Promise<SessionOpening> => {
  const client = clientOf(options)
  // Small packets in quick succession would wait 40 ms for each other (Nagle's algorithm against delayed ACKs).
  if (client.stream instanceof Socket) client.stream.setNoDelay(true)
  const closed = new Promise<void>((resolve) => {
    client.once('close', resolve)
  })
  client.on('message', (topic, payload) => options.onMessage(topic, payload))
  const giveUp = () => client.stream.destroy()
  options.signal.addEventListener('abort', giveUp, { once: true })
  const opening = await new Promise<SessionOpening>((resolve) => {
    client.once('connect', ({ sessionPresent }) =>
      resolve({ kind: 'open', session: sessionOf(client, closed, sessionPresent, options.ackMs) }),
    )
    // Kept for the lifetime of the client: an error without a listener would end the process; the close that follows is handled.
    client.on('error', (error) => resolve(failure(error)))
    client.once('close', () => resolve({ kind: 'unreachable', why: 'the connection was closed before CONNACK' }))
  })
  options.signal.removeEventListener('abort', giveUp)
  if (opening.kind !== 'open') client.stream.destroy()
  // Frees timers and stores once the socket is closed, for whatever reason.
  void closed.then(() => client.end(true))
  return opening
}
