// The ports of the downloads, plain and TLS, as one source of connections and requests: `connection` comes with the socket that requests
// are read from, and where that is TLS, `handshake` before it with the TCP socket below. Knows no links and no images.

import { EventEmitter } from 'node:events'
import { createServer, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Log } from '../log.ts'
import { type BareSocket, takeBare } from './bare-socket.ts'
import type { Certificate, DoorAddress, OpenPorts } from './messages.ts'

/** A device may erase flash between two ranges (protocol.md §7). */
export const idleMs = 75_000
/** For the head of a request: long enough for slow devices, too short for a slowloris attack. */
export const headMs = 30_000
/** For the exchange of keys: slow devices compute for seconds. */
const HANDSHAKE_MS = 30_000
/** A client that accepts no byte for this long is gone; one that accepts a few is only slow. */
export const stuckMs = 900_000

export interface DoorsOptions {
  /** null: no plain HTTP. */
  readonly plain: DoorAddress | null
  readonly tls: (DoorAddress & Certificate) | null
  readonly log: Log
  readonly failed: (socket: Socket, why: string) => void
  /** Has the connections of plain HTTP first, where Node has bare ones. */
  readonly first?: (socket: BareSocket) => void
}

/** A port that cannot be opened. */
export type DoorFault = Error & { readonly at: DoorAddress }

export interface Doors {
  /** `connection`, `handshake`, `secured` (a handshake's TCP socket, when its `connection` comes next) and `request`. */
  readonly events: EventEmitter
  /** Resolves with the ports; rejects with a `DoorFault`. */
  listen(): Promise<OpenPorts>
  /** For handshakes from now on. */
  renew(certificate: Certificate): void
  /** Stops accepting, lets running downloads end within `graceMs`, and cuts off the rest. */
  close(graceMs: number): Promise<void>
}

const httpOptions: ServerOptions = {
  keepAliveTimeout: idleMs,
  headersTimeout: headMs,
  requestTimeout: headMs,
  connectionsCheckingInterval: headMs / 3,
  requireHostHeader: false,
  keepAlive: true,
  keepAliveInitialDelay: idleMs,
}

const openPlain = (events: EventEmitter): Server => {
  const server = createServer(httpOptions)
  server.prependListener('connection', (socket) => events.emit('connection', socket))
  return server
}

/** Names a TCP connection while it is open: Node does not say which one is below a TLS socket. */
const nameOf = ({ remoteAddress, remotePort, localAddress }: Socket): string => `${remoteAddress} ${remotePort} ${localAddress}`

const openTls = ({ cert, key }: Certificate, events: EventEmitter, failed: DoorsOptions['failed'], shaking: Set<Socket>): TlsServer => {
  const server = createTlsServer({ ...httpOptions, cert, key, handshakeTimeout: HANDSHAKE_MS, noDelay: true })
  const below = new Map<string, Socket>()
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket)
    below.set(name, socket)
    shaking.add(socket)
    socket.once('close', () => {
      shaking.delete(socket)
      if (below.get(name) === socket) below.delete(name)
    })
    events.emit('handshake', socket)
  })
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.disableRenegotiation()
    const tcp = below.get(nameOf(socket))
    if (tcp !== undefined) {
      shaking.delete(tcp)
      events.emit('secured', tcp)
    }
    events.emit('connection', socket)
  })
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    // Who only hangs up has refused nothing.
    if (error.code !== 'ECONNRESET') failed(socket, error.message)
  })
  return server
}

/** Connections that the system accepts while the thread is busy, as at the listeners of MQTT: a campaign sends thousands of devices at once. */
const backlog = 4096

/** `::` is left to Node, which uses IPv4 on a machine without IPv6. Rejects with a `DoorFault`; later errors concern single connections. */
const listenOn = (server: Server, at: DoorAddress, log: Log, first?: DoorsOptions['first']): Promise<number> =>
  new Promise((resolve, reject) => {
    const refused = (error: Error): void => reject(Object.assign(new Error(error.message), { at }))
    server.once('error', refused)
    server.listen({ port: at.port, backlog, ...(at.host === '::' ? {} : { host: at.host }) }, () => {
      server.off('error', refused)
      if (first !== undefined) takeBare(server, first)
      server.on('error', (error) => log.warn({ cause: error.message }, 'a download connection could not be accepted'))
      resolve((server.address() as AddressInfo).port)
    })
  })

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    if (server.listening) server.close(() => resolve())
    else resolve()
    server.closeIdleConnections()
  })

/** Counts its requests as those of all doors; while they are closing, a connection ends after its last answer. */
const join = (server: Server, events: EventEmitter, isClosing: () => boolean): void => {
  server.timeout = stuckMs
  server.on('request', (request, response: ServerResponse) => {
    response.once('close', () => {
      if (isClosing()) server.closeIdleConnections()
    })
    events.emit('request', request, response)
  })
}

export const createDoors = ({ plain, tls, log, failed, first }: DoorsOptions): Doors => {
  const events = new EventEmitter()
  const shaking = new Set<Socket>()
  const plainServer = plain === null ? null : openPlain(events)
  const tlsServer = tls === null ? null : openTls(tls, events, failed, shaking)
  const servers = [plainServer, tlsServer].filter((server) => server !== null)
  let isClosing = false
  for (const server of servers) join(server, events, () => isClosing)
  return {
    events,
    listen: async () => ({
      plain: plain === null || plainServer === null ? null : await listenOn(plainServer, plain, log, first),
      tls: tls === null || tlsServer === null ? null : await listenOn(tlsServer, tls, log),
    }),
    renew: ({ cert, key }) => tlsServer?.setSecureContext({ cert, key }),
    async close(graceMs) {
      isClosing = true
      for (const socket of shaking) socket.destroy()
      const cut = setTimeout(() => {
        for (const server of servers) server.closeAllConnections()
      }, graceMs)
      await Promise.all(servers.map(closed))
      clearTimeout(cut)
    },
  }
}
