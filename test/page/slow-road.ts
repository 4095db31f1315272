// A way to the server on which a large request stops, is cut, or goes on, as a test wants it.

import { connect, createServer, type Server, type Socket } from 'node:net'

/** In the place of the server for uploads: reads at most so much of one, and then does what the test says. */
export interface SlowRoad {
  readonly port: number
  /** Lets everything pass from now on. */
  open(): void
  /** Cuts what is being sent, also when the browser sends it again by itself, until it is opened. */
  cut(): void
  close(): Promise<void>
}

export const openSlowRoad = async (target: number, most: number): Promise<SlowRoad> => {
  const pairs = new Set<readonly [Socket, Socket]>()
  const halted = new Set<Socket>()
  let isOpen = false
  let isCut = false
  const road: Server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    let seen = 0
    near.on('data', (chunk: Buffer) => {
      seen += chunk.length
      far.write(chunk)
      if (seen <= most || isOpen) return
      halted.add(near)
      if (isCut) near.resetAndDestroy()
      else near.pause()
    })
    far.pipe(near)
    const end = (): void => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    for (const socket of pair) socket.on('error', () => undefined).on('close', end)
  })
  await new Promise<void>((resolve) => road.listen(0, '127.0.0.1', resolve))
  const address = road.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    open() {
      isOpen = true
      for (const near of halted) near.resume()
    },
    cut() {
      isCut = true
      for (const near of halted) near.resetAndDestroy()
    },
    close: () =>
      new Promise((resolve) => {
        for (const pair of pairs) for (const socket of pair) socket.destroy()
        road.close(() => resolve())
      }),
  }
}
