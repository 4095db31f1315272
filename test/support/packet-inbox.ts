// What was received on one connection and not taken yet, and the calls that wait for it. Knows packets, sends none.

import type { Socket } from 'node:net'
import { type Packet, parser } from 'mqtt-packet'

/** How long an expected packet may take on a busy machine, milliseconds. */
export const patience = 4000

const named = (packets: readonly Packet[]): string => packets.map(({ cmd, messageId }) => `${cmd} ${messageId ?? ''}`.trim()).join(', ')

/** Reads the socket from now on. `take` and `until` end with the connection, or after their time. */
export const createInbox = (socket: Socket) => {
  const packets: Packet[] = []
  const waiting = new Set<() => void>()
  const state = { open: true, fault: '' }
  const changed = (): void => {
    for (const wake of waiting) wake()
    waiting.clear()
  }
  const reader = parser()
  reader.on('packet', (packet) => {
    packets.push(packet)
    changed()
  })
  reader.on('error', (error: Error) => {
    state.fault = ` (the server sent what is no packet: ${error.message})`
  })
  socket.on('data', (bytes: Buffer) => reader.parse(bytes))
  socket.on('error', () => socket.destroy())
  socket.once('close', () => {
    state.open = false
    changed()
  })
  const change = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms))
      waiting.add(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  /** Waits until `probe` returns something, the connection ends or the time is over. */
  const until = async <T>(probe: () => T | undefined, ms: number): Promise<T | undefined> => {
    const end = performance.now() + ms
    for (;;) {
      const found = probe()
      if (found !== undefined || !state.open || performance.now() >= end) return found
      await change(end - performance.now())
    }
  }
  const take = async (fits: (packet: Packet) => boolean, what: string): Promise<Packet> => {
    const found = await until(() => packets.find(fits), patience)
    if (found !== undefined) return packets.splice(packets.indexOf(found), 1)[0] ?? found
    const why = state.open ? `no ${what} came within ${patience} ms` : `the connection ended before any ${what}`
    throw new Error(`${why}${state.fault}; untaken: ${named(packets) || 'nothing'}`)
  }
  return { packets, state, until, take }
}
