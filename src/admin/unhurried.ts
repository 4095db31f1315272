// Work during which nothing moves on the connection: that must not end it.

import type { Socket } from 'node:net'

export const unhurried = async <T>(socket: Socket, work: () => Promise<T>): Promise<T> => {
  const limit = socket.timeout ?? 0
  socket.setTimeout(0)
  try {
    return await work()
  } finally {
    socket.setTimeout(limit)
  }
}
