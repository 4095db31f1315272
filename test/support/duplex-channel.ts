// A channel over a stream of a test, which has no address.

import type { Duplex } from 'node:stream'
import { streamChannel } from '../../src/mqtt/listen/stream-channel.ts'
import { createWriteBuffer, type WriteBuffer, type WriteBufferDeps, type WriteBufferOwner } from '../../src/mqtt/write-buffer.ts'
import type { ByteChannel } from '../../src/tcp/channel.ts'

const noAddress = { remoteAddress: undefined, remotePort: undefined, localAddress: undefined }

export const channelOf = (raw: Duplex): ByteChannel => streamChannel(raw, noAddress)

/** A write buffer on the stream, which is not read. */
export const bufferOn = (raw: Duplex, owner: WriteBufferOwner, deps: WriteBufferDeps): WriteBuffer => {
  const channel = channelOf(raw)
  const buffer = createWriteBuffer(channel, owner, deps)
  channel.open({ read: () => undefined, ended: () => undefined, failed: () => undefined, taken: (bytes) => buffer.took(bytes) })
  return buffer
}
