// One listener: TCP, TLS, WebSocket or WebSocket over TLS. Passes on each client's stream of MQTT bytes with the socket below it.
// Knows nothing of MQTT except the WebSocket subprotocol [MQTT-6.0.0-3].

import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  createServer as createTlsServer,
  type SecureContextOptions,
  type TLSSocket,
  type TlsOptions,
  type Server as TlsServer,
} from 'node:tls'
import { createWebSocketStream, WebSocketServer } from 'ws'
import type { ListenerAddress } from '../../listener-address.ts'
import type { ByteChannel } from '../../tcp/channel.ts'
import { type CertificateFault, certificateFault, commonName, type Peer, peerOf } from './peer.ts'
import { streamChannel } from './stream-channel.ts'

export interface ListenerDeps {
  readonly accept: (channel: ByteChannel, peer: Peer) => void
  /** The client's certificate does not count; `name`: its common name, which nobody has verified. */
  readonly unverified: (fault: CertificateFault, socket: Socket, name: string) => void
  /** A TLS or WebSocket handshake failed. */
  readonly failed: (reason: 'tls' | 'websocket', socket: Socket, text: string) => void
  readonly maxFrameBytes: number
}

export type Scheme = ListenerAddress['scheme']

export const isSecure = (scheme: Scheme): boolean => scheme === 'mqtts' || scheme === 'wss'

const keepAliveDelay = 60_000
const handshakeTimeout = 10_000
/** After a WebSocket close, TCP may stay open for this long. */
const closeTimeout = 1000
// Small packets are sent at once, and a client that vanished is noticed even with a keep-alive of 0.
const tcp = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelay }

/** What the client has sent behind its request is read and dropped: unread, it would keep the end of the connection from being noticed. */
const refuseUpgrade = (socket: Duplex, status: string): void => {
  socket.resume()
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  const last = setTimeout(() => socket.destroy(), closeTimeout)
  socket.once('close', () => clearTimeout(last))
}

const offersMqtt = (request: IncomingMessage): boolean =>
  (request.headers['sec-websocket-protocol'] ?? '').split(',').some((name) => ['mqtt', 'mqttv3.1'].includes(name.trim()))

/** Makes an HTTP server accept WebSocket upgrades on `path`, and nothing else. */
const serveWebSockets = (server: HttpServer, path: string, asks: boolean, deps: ListenerDeps): void => {
  const handleProtocols = (offered: Set<string>): string => (offered.has('mqtt') ? 'mqtt' : 'mqttv3.1')
  // `closeTimeout` is missing in its types.
  const options = { noServer: true, maxPayload: deps.maxFrameBytes, closeTimeout, handleProtocols }
  const sockets = new WebSocketServer(options)
  server.on('upgrade', (request, socket: Socket, head) => {
    socket.on('error', () => socket.destroy())
    if (request.url?.split('?')[0] !== path) return refuseUpgrade(socket, '404 Not Found')
    if (!offersMqtt(request)) {
      deps.failed('websocket', socket, 'does not offer the WebSocket subprotocol "mqtt"')
      return refuseUpgrade(socket, '400 Bad Request')
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      // [MQTT-6.0.0-1]: only binary frames carry MQTT. Added before the stream's own listener, so that no other frame is read.
      client.on('message', (_data, binary) => {
        if (binary) return
        stream.removeAllListeners('data')
        stream.destroy()
      })
      const stream = createWebSocketStream(client)
      deps.accept(streamChannel(stream, socket), peerOf(socket, asks))
    })
  })
}

const answerPlainHttp = (_request: IncomingMessage, response: ServerResponse): void => {
  response
    .writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Type': 'text/plain' })
    .end('This port accepts MQTT over WebSocket only.\n')
}

/** The server's side of a connection stays open until the client's packets are handled: it may have sent DISCONNECT and closed at once. */
const halfOpen = { allowHalfOpen: true }

/** Not before the handshake: Node would keep the connection of a client that hangs up in it for ever. */
const halfOpenOnceSecure = (server: Server): Server =>
  server.prependListener('secureConnection', (socket: TLSSocket) => void Object.assign(socket, halfOpen))

/** Node reports a failed handshake, and leaves some of them open. */
const endFailed = (server: Server, { failed }: ListenerDeps): void =>
  void server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    failed('tls', socket, `TLS failed: ${error.message}`)
    socket.destroy()
  })

/** Checked here and not by Node, which ends such a connection without a word why. Comes before what reads the connection. */
const verifyClients = (server: Server, { unverified }: ListenerDeps): void =>
  void server.prependListener('secureConnection', (socket: TLSSocket) => {
    const fault = certificateFault(socket)
    if (fault === null) return
    unverified(fault, socket, commonName(socket))
    socket.destroy()
  })

/** A server of the scheme that does not listen yet. `tls` is for secure schemes; throws if its PEM texts are not valid. */
export const createListener = (scheme: Scheme, path: string, tls: TlsOptions, deps: ListenerDeps): Server => {
  const secure = { ...tcp, ...tls, handshakeTimeout }
  const asks = tls.requestCert === true
  const accept = (socket: Socket): void => {
    if (!socket.destroyed) deps.accept(streamChannel(socket, socket), peerOf(socket, asks))
  }
  if (scheme === 'mqtt') return createServer({ ...tcp, ...halfOpen }, accept)
  const server =
    scheme === 'mqtts'
      ? halfOpenOnceSecure(createTlsServer(secure, accept))
      : scheme === 'wss'
        ? createHttpsServer(secure, answerPlainHttp)
        : createHttpServer(tcp, answerPlainHttp)
  if (scheme !== 'mqtts') serveWebSockets(server as HttpServer, path, asks, deps)
  if (asks) verifyClients(server, deps)
  if (isSecure(scheme)) endFailed(server, deps)
  return server
}

/** Uses a new certificate for connections from now on; throws if it is not valid. */
export const renewCertificate = (server: Server, tls: SecureContextOptions): void => (server as TlsServer).setSecureContext(tls)
