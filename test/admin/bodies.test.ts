import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { linger } from '../../src/admin/bodies.ts'
import { flood } from '../support/raw-http-client.ts'

test('little is read of a refused body, however much is sent, and its sender gets the answer before it is disconnected', async () => {
  let tell = (_bytes: number): void => undefined
  const bytesRead = new Promise<number>((resolve) => {
    tell = resolve
  })
  const server = createServer((request, response) => {
    const { socket } = request
    socket.once('close', () => tell(socket.bytesRead))
    linger(request)
    response.writeHead(401).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const endless = flood(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`, {})
  expect((await endless.answer).status).toBe(401)
  await endless.closed
  expect(await bytesRead).toBeGreaterThan(100_000)
  expect(await bytesRead).toBeLessThan(3_000_000)
})
