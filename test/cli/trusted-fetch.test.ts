// HTTPS of the command to a server that stops to answer.

import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { trustedFetch } from '../../src/cli/trusted-fetch.ts'
import { selfSigned } from '../support/certificate.ts'

let server: Server
let trust: { readonly ca: string }

beforeEach(async () => {
  const { cert, key } = selfSigned()
  trust = { ca: cert }
  server = createServer({ cert, key }, (request, response) => {
    if (request.url === '/half') response.write('half')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const ask = (path: string): Promise<Response> => {
  const { port } = server.address() as AddressInfo
  return trustedFetch(trust, `https://127.0.0.1:${port}${path}`, { method: 'GET', headers: {} }, 200)
}

test('a server that never answers, or stops in the middle, is not waited for without end', async () => {
  await expect(ask('/none')).rejects.toThrow('nothing came for 0.2 s')
  const answer = await ask('/half')
  await expect(answer.text()).rejects.toThrow()
})
