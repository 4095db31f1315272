// One connection of a server, as a channel and its client, for tests of channels.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { expect } from 'vitest'
import type { ByteChannel, ChannelUser } from '../../src/tcp/channel.ts'
import { takeConnections } from '../../src/tcp/tcp-channel.ts'

/** Channels take the place of sockets there only. */
export const isLinux = process.platform === 'linux'

const ends: (() => unknown)[] = []

export const closeChannels = async (): Promise<void> => {
  for (const end of ends.splice(0).reverse()) await end()
}

export interface OpenedChannel {
  readonly channel: ByteChannel
  readonly client: Socket
  readonly port: number
  readonly server: Server
  readonly chunks: Buffer[]
  /** The calls to the user, and `closed`, in order. */
  readonly calls: string[]
  taken: number
}

interface WantedChannel {
  readonly host?: string
  /** Begins to read with this user. */
  readonly user?: Partial<ChannelUser>
  readonly client?: (port: number, host: string) => Socket
}

/** One connection. */
export const openChannel = async ({
  host = '127.0.0.1',
  user = {},
  client: dial = (port, at) => connect({ port, host: at, allowHalfOpen: true }),
}: WantedChannel = {}) => {
  const [chunks, calls]: [Buffer[], string[]] = [[], []]
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const arrived = new Promise<ByteChannel>((resolve) => {
    expect(takeConnections(server, { opened: resolve, closed: () => void calls.push('closed') })).toBe(true)
  })
  const client = dial(port, host)
  client.on('error', (error) => void calls.push(`client: ${error.message}`))
  const [channel] = await Promise.all([arrived, once(client, 'connect')])
  const opened: OpenedChannel = { channel, client, port, server, chunks, calls, taken: 0 }
  channel.open({
    read: (chunk) => void chunks.push(chunk),
    ended: () => void calls.push('ended'),
    failed: (error) => void calls.push(`failed: ${error.message} ${'code' in error ? String(error.code) : ''}`),
    taken(bytes) {
      opened.taken += bytes
    },
    ...user,
  })
  ends.push(
    () => new Promise((resolve) => void server.close(resolve)),
    () => {
      client.destroy()
      channel.destroy()
    },
  )
  return opened
}
