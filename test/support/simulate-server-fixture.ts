// A server for simulated devices that records everything they do: a plain Aedes for MQTT and node:http for one image.
// By itself it only answers topology messages; tests push and read the record.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Aedes, type Client } from 'aedes'

type Json = Readonly<Record<string, unknown>>

/** One action of a device, in the order of arrival. */
export type Seen =
  | { readonly kind: 'connect'; readonly device: string; readonly clientId: string; readonly password: string; readonly clean: boolean }
  | { readonly kind: 'close'; readonly device: string; readonly saidGoodbye: boolean }
  | { readonly kind: 'subscribe'; readonly device: string; readonly filter: string }
  | {
      readonly kind: 'up'
      readonly device: string
      readonly method: string
      readonly message: Json
      readonly raw: Buffer
      readonly qos: number
    }
  | { readonly kind: 'get'; readonly path: string; readonly range: string | null; readonly socket: number }

export interface SimulateServerFixture {
  readonly broker: string
  readonly log: readonly Seen[]
  /** All uplinks with that method, as `params`. */
  posts(method: string): readonly Json[]
  steps(): readonly unknown[]
  /** Resolves with the first that `find` accepts, past or future. */
  until<T extends Seen>(find: (seen: Seen) => seen is T): Promise<T>
  until(find: (seen: Seen) => boolean): Promise<Seen>
  /** `firmware.post` of the image of this server. */
  push(device: string, params?: Json): void
  send(device: string, message: Json): void
  order(params?: Json): Json
  /** Cuts the device's connection. */
  cut(device: string): void
  /** Devices whose CONNECT is refused. */
  readonly refused: Set<string>
  /** Whether an uplink is left without PUBACK. */
  withholds: (method: string) => boolean
  /** Handles a request itself if it returns true. */
  answer: (request: IncomingMessage, response: ServerResponse) => boolean
  close(): Promise<void>
}

export const additive = (image: Buffer): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(image.reduce((sum, byte) => (sum + byte) >>> 0, 0))
  return bytes.toString('hex')
}

const deviceOf = (username: string | undefined): string => (username ?? '').split('&').reverse().join('/')
const fields = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})

const parse = (raw: Buffer): Json => {
  try {
    return fields(JSON.parse(raw.toString('utf8')))
  } catch {
    return {}
  }
}

/** The part of RFC 9110 §14 that devices use: one range, cut off at the end of the file. */
const serve = (image: Buffer, request: IncomingMessage, response: ServerResponse): void => {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  if (range === null) {
    response.writeHead(200, { 'Content-Length': image.length }).end(image)
    return
  }
  const start = Number(range[1])
  const end = Math.min(range[2] === '' ? Number.POSITIVE_INFINITY : Number(range[2]), image.length - 1)
  if (start > end) {
    response.writeHead(416, { 'Content-Range': `bytes */${image.length}`, 'Content-Length': 0 }).end()
    return
  }
  response
    .writeHead(206, { 'Content-Length': end - start + 1, 'Content-Range': `bytes ${start}-${end}/${image.length}` })
    .end(image.subarray(start, end + 1))
}

const listen = async (server: Server | ReturnType<typeof createServer>): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

export const createSimulateServerFixture = async (image: Buffer): Promise<SimulateServerFixture> => {
  const log: Seen[] = []
  const watchers = new Set<(seen: Seen) => void>()
  const note = (seen: Seen): void => {
    log.push(seen)
    for (const watcher of watchers) watcher(seen)
  }
  const refused = new Set<string>()
  const names = new Map<Client, string>()
  const sockets = new Map<Socket, number>()
  const open = new Set<Socket>()
  let nextId = 1

  const broker = await Aedes.createBroker({
    authenticate: (client, username, password, done) => {
      const device = deviceOf(username)
      names.set(client, device)
      note({ kind: 'connect', device, clientId: client.id, password: password?.toString() ?? '', clean: client.clean })
      done(null, !refused.has(device))
    },
    authorizePublish: (client, packet, done) => {
      const raw = Buffer.from(packet.payload)
      const message = parse(raw)
      const method = typeof message['method'] === 'string' ? message['method'] : ''
      const device = (client === null ? undefined : names.get(client)) ?? ''
      note({ kind: 'up', device, method, message, raw, qos: packet.qos })
      if (packet.topic.endsWith('/up/topo')) {
        const answer = { id: message['id'], version: '1.0', method, code: 0, params: message['params'] }
        setImmediate(() => publish(`fogcloud/${device}/thing/down/topo`, answer))
      }
      if (!server.withholds(method)) done()
    },
  })
  const publish = (topic: string, message: Json): void =>
    broker.publish({ cmd: 'publish', topic, payload: JSON.stringify(message), qos: 1, dup: false, retain: false }, () => undefined)
  broker.on('subscribe', (subscriptions, client) => {
    for (const { topic } of subscriptions) note({ kind: 'subscribe', device: names.get(client) ?? '', filter: topic })
  })

  const mqttServer = createServer({ noDelay: true }, (socket) => {
    let saidGoodbye = false
    const client = broker.handle(socket)
    open.add(socket)
    // Aedes reads on 'readable'; 'data' is emitted too. DISCONNECT is e0 00.
    socket.on('data', (chunk: Buffer) => {
      saidGoodbye = chunk.subarray(-2).equals(Buffer.of(0xe0, 0))
    })
    socket.on('close', () => {
      open.delete(socket)
      note({ kind: 'close', device: names.get(client) ?? '', saidGoodbye })
    })
  })
  const httpServer = createHttpServer((request, response) => {
    const socket = sockets.get(request.socket) ?? sockets.size + 1
    sockets.set(request.socket, socket)
    note({ kind: 'get', path: request.url ?? '', range: request.headers.range ?? null, socket })
    if (!server.answer(request, response)) serve(image, request, response)
  })
  const mqttPort = await listen(mqttServer)
  const httpPort = await listen(httpServer)

  const until = (find: (seen: Seen) => boolean): Promise<Seen> => {
    const found = log.find(find)
    if (found !== undefined) return Promise.resolve(found)
    return new Promise((resolve) => {
      const watcher = (seen: Seen): void => {
        if (!find(seen)) return
        watchers.delete(watcher)
        resolve(seen)
      }
      watchers.add(watcher)
    })
  }
  const posts = (method: string): readonly Json[] =>
    log.flatMap((seen) => (seen.kind === 'up' && seen.method === method ? [fields(seen.message['params'])] : []))

  const server: SimulateServerFixture = {
    broker: `mqtt://127.0.0.1:${mqttPort}`,
    log,
    posts,
    steps: () => posts('upgrade.post').map((params) => params['step']),
    until: until as SimulateServerFixture['until'],
    order: (params = {}) => ({
      size: image.length,
      sign: createHash('md5').update(image).digest('hex'),
      sign_method: 'MD5',
      checksum: additive(image),
      version: '1.0.1',
      url: `http://127.0.0.1:${httpPort}/image/1`,
      module: 'default',
      task_id: '1',
      description: '',
      ...params,
    }),
    push: (device, params) => server.send(device, { method: 'firmware.post', params: server.order(params) }),
    send: (device, message) => {
      publish(`fogcloud/${device}/thing/down/ota`, { id: nextId++, version: '1.0', ...message })
    },
    cut: (device) => {
      for (const [client, name] of names) if (name === device) client.conn.destroy()
    },
    refused,
    withholds: () => false,
    answer: () => false,
    close: async () => {
      for (const socket of [...open, ...sockets.keys()]) socket.destroy()
      mqttServer.close()
      httpServer.close()
      await new Promise<void>((resolve) => {
        broker.close(() => resolve())
      })
    },
  }
  return server
}
