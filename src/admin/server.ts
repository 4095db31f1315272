// The admin server: listens, gives its address, and on close disconnects all clients within a second.

import type { AddressInfo, Server, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import type { Api, AppDeps } from './api.ts'
import { createApp, type Tls, usable } from './app.ts'

export interface AdminDeps extends AppDeps {
  /** Host as Node's listen() takes it, `::` for every address. Port 0 picks a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** PEM texts; null: plain HTTP. */
  readonly tls: Tls | null
}

export interface Admin {
  /** With the port that is in use; for wildcard hosts the loopback address. */
  readonly url: string
  readonly port: number
  /** Where it listens, with the host as it was given. */
  readonly listening: string
  /** A new certificate for new connections; OTA_BAD_SETTINGS if it cannot be used, and the old one stays. */
  renew(tls: Tls): void
  /** Refuses new requests, ends event streams, gives running requests `graceMs`, then closes all connections. A second call waits for the first. */
  close(): Promise<void>
}

/** The API with all that it needs, before it listens. */
export interface PreparedAdmin extends Pick<Admin, 'close'> {
  /** Once. Rejects with OTA_LISTEN_FAILED. */
  listen(): Promise<Admin>
}

/** The time that running requests get before their connections are closed. */
const graceMs = 600

const codeOf = (cause: unknown): string => (cause instanceof Error && 'code' in cause ? String(cause.code) : '')

/** Errors of listening on `::` on a machine without IPv6. */
const withoutIpv6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])

const listenFailed = (host: string, port: number, cause: unknown): OtaError => {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new OtaError('OTA_LISTEN_FAILED', sentence('admin_listen_failed', { host, port, error: codeOf(cause), why }), { cause })
}

const listen = async (app: Api, host: string, port: number): Promise<void> => {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    if (host === '::' && withoutIpv6.has(codeOf(cause))) return listen(app, '0.0.0.0', port)
    throw listenFailed(host, port, cause)
  }
}

const urlOf = ({ address, port }: AddressInfo, tls: Tls | null): string => {
  const host = address === '::' || address === '0.0.0.0' ? '127.0.0.1' : address.includes(':') ? `[${address}]` : address
  return `${tls === null ? 'http' : 'https'}://${host}:${port}`
}

/** Its open connections, those that are still in a TLS handshake included: an HTTP server does not know them. */
const connectionsOf = (server: Server): ReadonlySet<Socket> => {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

/** Rejects with OTA_BAD_SETTINGS if certificate and key cannot be used. Opens no port. */
export const prepareAdmin = async (deps: AdminDeps): Promise<PreparedAdmin> => {
  const { host, port } = deps.listen
  let closing: Promise<void> | undefined
  const { app, context } = await createApp(deps, deps.tls, () => closing !== undefined)
  const open = connectionsOf(app.server)
  const close = async (): Promise<void> => {
    for (const stream of context.streams) if (!stream.endsByItself) stream.end()
    const cut = setTimeout(() => {
      for (const socket of open) socket.destroy()
    }, graceMs)
    await app.close().finally(() => clearTimeout(cut))
    await context.images.idle()
  }
  const closeOnce = (): Promise<void> => {
    closing ??= Promise.resolve().then(close)
    return closing
  }
  await app.ready()
  return {
    close: closeOnce,
    async listen() {
      await listen(app, host, port)
      const address = app.server.address()
      if (address === null || typeof address === 'string') throw new OtaError('OTA_LISTEN_FAILED', sentence('admin_has_no_port'))
      return {
        url: urlOf(address, deps.tls),
        port: address.port,
        listening: `${deps.tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
        renew(tls) {
          const { server }: { server: object } = app
          if (server instanceof TlsServer) usable(() => server.setSecureContext({ cert: tls.cert, key: tls.key }))
        },
        close: closeOnce,
      }
    },
  }
}

/** Is listening when it resolves. Rejects with OTA_LISTEN_FAILED, or OTA_BAD_SETTINGS if certificate and key cannot be used. */
export const createAdmin = async (deps: AdminDeps): Promise<Admin> => {
  const prepared = await prepareAdmin(deps)
  return await prepared.listen().catch(async (error: unknown) => {
    await prepared.close()
    throw error
  })
}
