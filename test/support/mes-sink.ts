// An MES that takes results, and can be away: then nothing listens at its address. What it has answered with 2xx it has.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface TakenResult {
  readonly id: string
  readonly signature: string
  readonly text: string
}

export interface MesSink {
  readonly url: string
  /** In the order in which it took them. */
  readonly taken: readonly TakenResult[]
  away(): Promise<void>
  back(): Promise<void>
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })

/** Away when the test ends. */
export const createMesSink = async (): Promise<MesSink> => {
  const taken: TakenResult[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { 'fogbell-id': id, 'fogbell-signature': signature } = request.headers
    taken.push({ id: String(id), signature: String(signature), text: Buffer.concat(parts).toString('utf8') })
    response.writeHead(204).end()
  }
  const open = (): Server => createServer((request, response) => void take(request, response).catch(() => response.destroy()))
  let server: Server | null = open()
  await listen(server, 0)
  const { port } = server.address() as AddressInfo
  const away = async (): Promise<void> => {
    const open = server
    server = null
    await new Promise<void>((resolve) => {
      if (open === null) return resolve()
      open.close(() => resolve())
      open.closeAllConnections()
    })
  }
  onTestFinished(away)
  return {
    url: `http://127.0.0.1:${port}/results`,
    taken,
    away,
    async back() {
      server = open()
      await listen(server, port)
    },
  }
}
