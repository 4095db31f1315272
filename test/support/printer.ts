// A printer of labels: a real TCP server that keeps what it was sent.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** The port. Closed when the test ends. */
export const listenTcp = async (server: Server, host = '127.0.0.1'): Promise<number> => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

export interface TestPrinter {
  /** As `label.printer` has it. */
  readonly printer: string
  readonly labels: readonly string[]
  /** How many connections were open at once. */
  most(): number
}

/** `keepsOpen`: it does not close when it has a label. */
export const createPrinter = async ({ host = '127.0.0.1', keepsOpen = false } = {}): Promise<TestPrinter> => {
  const labels: string[] = []
  let [open, most] = [0, 0]
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open += 1
    most = Math.max(most, open)
    const parts: Buffer[] = []
    socket.on('data', (part: Buffer) => void parts.push(part))
    socket.on('error', () => undefined)
    socket.on('end', () => {
      labels.push(Buffer.concat(parts).toString('utf8'))
      if (!keepsOpen) socket.end()
    })
    socket.on('close', () => {
      open -= 1
    })
  })
  const port = await listenTcp(server, host)
  return { printer: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, labels, most: () => most }
}
