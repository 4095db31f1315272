// All listening addresses of the broker together: their opening, the bound on connections, new certificates, their end.
// Knows settings; what is spoken on them is listener.ts's and the engine's affair.

import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Log } from '../../log.ts'
import type { Meter } from '../../ota/ports/observers.ts'
import type { Listener, ListenerAddress } from '../../settings.ts'
import { peerName, urlHost } from './address.ts'
import { listenFailure, placeOf, tlsOf } from './endpoint.ts'
import { createListener, isSecure, type ListenerDeps, renewCertificate } from './listener.ts'

export interface Listeners {
  /** With the real ports, in the settings' order. */
  readonly urls: readonly string[]
  /** TCP connections open now. */
  connections(): number
  /** Takes new certificates: all of them, or OTA_BAD_SETTINGS and none. */
  reload(listeners: readonly Listener[]): void
  /** Stops listening and ends what is still open. */
  close(): Promise<void>
}

export interface ListenersDeps {
  readonly settings: readonly Listener[]
  readonly accept: ListenerDeps['accept']
  readonly maxConnections: () => number
  readonly maxFrameBytes: number
  readonly log: Log
  readonly meter: Meter
}

const listenOnce = async (server: Server, host: string, port: number): Promise<void> => {
  server.listen({ host, port })
  await once(server, 'listening')
}

/** Listens; `::` on a machine without IPv6 is taken as every IPv4 address. Gives the URL with the real port. */
const listen = async (server: Server, place: ListenerAddress, url: string, log: Log): Promise<string> => {
  try {
    await listenOnce(server, place.host, place.port).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (place.host !== '::' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error
      return listenOnce(server, '0.0.0.0', place.port)
    })
  } catch (error) {
    throw listenFailure(url, error)
  }
  // Later errors are of single accepts, such as too many open files.
  server.on('error', (error) => log.error({ err: error, url }, 'a connection could not be accepted'))
  const { port } = server.address() as AddressInfo
  return `${place.scheme}://${urlHost(place.host)}:${port}${place.path}`
}

/** Counts the TCP connections of all servers together and turns away those beyond the bound, before a byte of TLS or HTTP is spoken. */
const createDoor = ({ maxConnections, log, meter }: ListenersDeps) => {
  const open = new Set<Socket>()
  let full = false
  const turnAway = (socket: Socket): void => {
    meter.count('refused', 'too_many_connections')
    if (!full)
      log.warn(
        { remote: peerName(socket.remoteAddress, socket.remotePort) },
        `turned a connection away: mqtt.maxConnections (${maxConnections()}) are open`,
      )
    full = true
    socket.destroy()
  }
  const admit = (socket: Socket): void => {
    if (open.size >= maxConnections()) {
      turnAway(socket)
      return
    }
    full = false
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }
  return { open, guard: (server: Server): Server => server.prependListener('connection', admit) }
}

const closeServer = (server: Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()))

/** OTA_BAD_SETTINGS for an address that is none, or a certificate that is not good. Opens nothing. */
export const checkListeners = (settings: ListenersDeps['settings']): void => {
  for (const [at, one] of settings.entries()) if (isSecure(placeOf(one.url, at).scheme)) tlsOf(one, at)
}

/** Opens them all, or none: OTA_LISTEN_FAILED with the address, the cause and a remedy; OTA_BAD_SETTINGS for certificates. */
export const openListeners = async (deps: ListenersDeps): Promise<Listeners> => {
  const { settings, log, meter } = deps
  const door = createDoor(deps)
  const listenerDeps: ListenerDeps = {
    accept: deps.accept,
    maxFrameBytes: deps.maxFrameBytes,
    failed(reason, socket, text) {
      meter.count('refused', reason)
      log.info({ remote: peerName(socket.remoteAddress, socket.remotePort), reason }, text)
    },
  }
  const places = settings.map((one, at) => placeOf(one.url, at))
  const servers = places.map(({ scheme, path }, at) => {
    const one = settings[at]
    return door.guard(createListener(scheme, path, one !== undefined && isSecure(scheme) ? tlsOf(one, at) : {}, listenerDeps))
  })
  const close = async (): Promise<void> => {
    const closed = Promise.all(servers.map(closeServer))
    for (const socket of door.open) socket.destroy()
    await closed
  }
  const urls: string[] = []
  try {
    for (const [at, place] of places.entries()) urls.push(await listen(servers[at] as Server, place, settings[at]?.url ?? '', log))
  } catch (error) {
    await close()
    throw error
  }
  return {
    urls,
    connections: () => door.open.size,
    reload(fresh) {
      const renewals = places.flatMap(({ scheme }, at) => {
        const [server, one] = [servers[at], fresh[at]]
        return server === undefined || one === undefined || !isSecure(scheme) ? [] : [{ server, tls: tlsOf(one, at) }]
      })
      for (const { server, tls } of renewals) renewCertificate(server, tls)
    },
    close,
  }
}
