// All listeners of the broker: opening them, the bound on connections, new certificates, closing them. Knows settings; the protocols on
// them belong to listener.ts and the engine.

import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { ListenerAddress } from '../../listener-address.ts'
import type { Log } from '../../log.ts'
import type { Meter } from '../../ota/ports/observers.ts'
import type { Listener } from '../../settings.ts'
import type { ByteChannel } from '../../tcp/channel.ts'
import { takeConnections } from '../../tcp/tcp-channel.ts'
import { remoteName, urlHost } from './address.ts'
import { addressIn, listenFailure, tlsOf } from './endpoint.ts'
import { createListener, isSecure, type ListenerDeps, renewCertificate } from './listener.ts'
import { type CertificateFault, plain } from './peer.ts'

export interface Listeners {
  /** With the real ports, in the settings' order. */
  readonly urls: readonly string[]
  /** Open TCP connections. */
  connections(): number
  /** Applies new certificates: all of them, or OTA_BAD_SETTINGS and none. */
  reload(listeners: readonly Listener[]): void
  /** Stops listening and ends what is still open. */
  close(): Promise<void>
}

export interface ListenersDeps {
  readonly settings: readonly Listener[]
  readonly accept: ListenerDeps['accept']
  readonly unverified: (fault: CertificateFault, remote: string, name: string) => void
  readonly maxConnections: () => number
  /** Whether its address may open one more connection; `release` when it closes. */
  readonly addresses: { readonly open: (remote: string) => boolean; readonly release: (remote: string) => void }
  readonly maxFrameBytes: number
  readonly log: Log
  readonly meter: Meter
}

/** Connections that the system accepts while the server is busy: more than Node's 511, for all clients that come back at once. The system may allow fewer. */
const backlog = 4096

const listenOnce = async (server: Server, host: string, port: number): Promise<void> => {
  server.listen({ host, port, backlog })
  await once(server, 'listening')
}

/** Listens; `::` on a machine without IPv6 means every IPv4 address. Returns the URL with the real port. */
const listen = async (server: Server, address: ListenerAddress, url: string, log: Log): Promise<string> => {
  try {
    await listenOnce(server, address.host, address.port).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (address.host !== '::' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error
      return listenOnce(server, '0.0.0.0', address.port)
    })
  } catch (error) {
    throw listenFailure(url, error)
  }
  // Later errors concern single connections, such as too many open files.
  server.on('error', (error) => log.error({ err: error, url }, 'a connection could not be accepted'))
  const { port } = server.address() as AddressInfo
  return `${address.scheme}://${urlHost(address.host)}:${port}${address.path}`
}

/** An open connection, as the bound sees it. */
type Counted = Pick<ByteChannel, 'remoteAddress' | 'remotePort'> & { destroy(): void }

/** Counts the TCP connections of all listeners and closes those beyond the bound, before any TLS or HTTP. */
const createConnectionLimit = ({ maxConnections, addresses, log, meter }: ListenersDeps) => {
  /** With the names of their clients. */
  const open = new Map<Counted, string>()
  let full = false
  const refuse = (socket: Counted): void => {
    meter.count('refused', 'too_many_connections')
    if (!full)
      log.warn(
        { remote: remoteName(socket.remoteAddress, socket.remotePort) },
        `refused a connection: ${maxConnections()} are open, the limit set by mqtt.maxConnections`,
      )
    full = true
    socket.destroy()
  }
  const forget = (socket: Counted): void => {
    const remote = open.get(socket)
    open.delete(socket)
    if (remote !== undefined) addresses.release(remote)
  }
  /** False: it was closed. */
  const admit = (socket: Counted): boolean => {
    if (open.size >= maxConnections()) {
      refuse(socket)
      return false
    }
    full = false
    const remote = remoteName(socket.remoteAddress, socket.remotePort)
    if (addresses.open(remote)) {
      open.set(socket, remote)
      return true
    }
    meter.count('refused', 'too_many_of_address')
    socket.destroy()
    return false
  }
  // One for all sockets: as a closure each would keep its own.
  const forgetThis = function (this: Socket): void {
    forget(this)
  }
  const check = (socket: Socket): void => {
    if (admit(socket)) socket.on('close', forgetThis)
  }
  return { open, admit, forget, watch: (server: Server): Server => server.prependListener('connection', check) }
}

/** Without a stream for each connection, where that is possible. */
const takePlain = (server: Server, limit: ReturnType<typeof createConnectionLimit>, accept: ListenerDeps['accept']): void => {
  const opened = (channel: ByteChannel): void => {
    if (limit.admit(channel)) accept(channel, plain)
  }
  takeConnections(server, { opened, closed: limit.forget })
}

const closeServer = (server: Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()))

/** OTA_BAD_SETTINGS for an address or a certificate that is not valid. Opens nothing. */
export const checkListeners = (settings: ListenersDeps['settings']): void => {
  for (const [at, one] of settings.entries()) if (isSecure(addressIn(one.url, at).scheme)) tlsOf(one, at)
}

/** Opens all of them, or none: OTA_LISTEN_FAILED with the address, the cause and a remedy; OTA_BAD_SETTINGS for certificates. */
export const openListeners = async (deps: ListenersDeps): Promise<Listeners> => {
  const { settings, log, meter } = deps
  const limit = createConnectionLimit(deps)
  const listenerDeps: ListenerDeps = {
    accept: deps.accept,
    maxFrameBytes: deps.maxFrameBytes,
    unverified: (fault, socket, name) => deps.unverified(fault, remoteName(socket.remoteAddress, socket.remotePort), name),
    failed(reason, socket, text) {
      meter.count('refused', reason)
      log.info({ remote: remoteName(socket.remoteAddress, socket.remotePort), reason }, text)
    },
  }
  const addresses = settings.map((one, at) => addressIn(one.url, at))
  const servers = addresses.map(({ scheme, path }, at) => {
    const one = settings[at]
    const server = limit.watch(createListener(scheme, path, one !== undefined && isSecure(scheme) ? tlsOf(one, at) : {}, listenerDeps))
    return scheme === 'mqtt' ? server.prependListener('listening', () => takePlain(server, limit, deps.accept)) : server
  })
  const close = async (): Promise<void> => {
    const closed = Promise.all(servers.map(closeServer))
    for (const socket of limit.open.keys()) socket.destroy()
    await closed
  }
  const urls: string[] = []
  try {
    for (const [at, address] of addresses.entries()) urls.push(await listen(servers[at] as Server, address, settings[at]?.url ?? '', log))
  } catch (error) {
    await close()
    throw error
  }
  return {
    urls,
    connections: () => limit.open.size,
    reload(fresh) {
      const renewals = addresses.flatMap(({ scheme }, at) => {
        const [server, one] = [servers[at], fresh[at]]
        return server === undefined || one === undefined || !isSecure(scheme) ? [] : [{ server, tls: tlsOf(one, at) }]
      })
      for (const { server, tls } of renewals) renewCertificate(server, tls)
    },
    close,
  }
}
