// Multicast DNS over all of the given interfaces (RFC 6762): one socket for each, since a socket sends multicast through one interface
// only, behind the one face of a datagram socket that bonjour-service wants. IPv4.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { EventEmitter } from 'node:events'
import { Bonjour } from 'bonjour-service'
import { createIntake, type MessageKind } from './intake.ts'

const group = '224.0.0.251'
/** Records do not leave the link (RFC 6762 §11). */
const ttl = 255
export const mdnsPort = 5353

export interface Multicast {
  readonly bonjour: Bonjour
  close(): Promise<void>
}

const bound = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind(port, '0.0.0.0', () => {
      socket.removeAllListeners('error')
      // A later error concerns one datagram, for example of an interface that is down.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })

const sendingFrom = async (from: string, port: number): Promise<Socket> => {
  const socket = await bound(port)
  try {
    socket.setMulticastInterface(from)
    socket.setMulticastTTL(ttl)
    socket.setMulticastLoopback(true)
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

/** Joins the group on each of the interfaces that take it; throws if none does. */
const join = (socket: Socket, from: readonly string[]): void => {
  const refused = from.flatMap((address) => {
    try {
      socket.addMembership(group, address)
      return []
    } catch (error) {
      return [error]
    }
  })
  if (refused.length === from.length) throw refused[0]
}

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.close(() => resolve()))

/** All sockets as one: a message is sent by each; the first receives for all. */
const joined = (sockets: readonly Socket[]): EventEmitter =>
  Object.assign(new EventEmitter(), {
    send: (message: Buffer, offset: number, length: number, port: number, address: string, done: (error: Error | null) => void): void => {
      let open = sockets.length
      const sent = (error: Error | null): void => {
        open -= 1
        if (open === 0) done(error)
      }
      for (const socket of sockets) socket.send(message, offset, length, port, address, sent)
    },
    close: async (done: () => void): Promise<void> => {
      await Promise.all(sockets.map(closed))
      done()
    },
  })

/** Opens the sockets. Rejects if the port cannot be bound, or no interface takes multicast. `from` has one IPv4 address of each interface. */
export const openMulticast = async (from: readonly string[], port: number, reads: MessageKind): Promise<Multicast> => {
  const opened = await Promise.allSettled(from.map((address) => sendingFrom(address, port)))
  const sockets = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const [first] = sockets
  if (first === undefined) throw opened.find((each) => each.status === 'rejected')?.reason ?? new Error('no interface has an IPv4 address')
  try {
    join(first, from)
  } catch (error) {
    await Promise.all(sockets.map(closed))
    throw error
  }
  const socket = joined(sockets)
  const mayRead = createIntake(reads, () => performance.now())
  first.on('message', (message, sender: RemoteInfo) => {
    if (mayRead(message)) socket.emit('message', message, sender)
  })
  const options = { socket, bind: false, multicast: false, port }
  // A message that cannot be sent now is sent again with the next question.
  const bonjour = new Bonjour(options, () => undefined)
  return { bonjour, close: () => new Promise((resolve) => bonjour.destroy(resolve)) }
}
