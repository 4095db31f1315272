// How many connections wait to be accepted at a port of 127.0.0.1. Linux only: it is in the system's own table.

import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** As many as the system lets a listener ask for; 0: not known. */
export const queueLimit = process.platform === 'linux' ? Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')) : 0

export const waitingAt = (port: number): number => {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const listening = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find((line) => line.includes(`0100007F:${hexPort} 00000000:0000 0A`))
  return Number.parseInt(/0A [\dA-F]{8}:([\dA-F]{8})/.exec(listening ?? '')?.[1] ?? '', 16)
}

/** Connects this many clients within one turn of the event loop: a server of this process can have accepted none of them yet. */
export const connectAtOnce = async (port: number, count: number): Promise<readonly Socket[]> => {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  await new Promise<void>((resolve) => process.nextTick(resolve))
  return sockets
}
