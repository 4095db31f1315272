// A thread that loads before it is known where it listens.

import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { beginDownloads, createDownloads } from '../../src/download/server.ts'
import { loadThread } from '../../src/download/supervisor.ts'
import { dial } from '../support/download-client.ts'
import { noDownloads } from '../support/download-fixture.ts'

const options = { ...noDownloads, host: '127.0.0.1', publicUrl: null }

test('it serves once it knows', async () => {
  const thread = loadThread(options.workerUrl)
  await new Promise((resolve) => void thread.worker.once('online', resolve))
  const downloads = await createDownloads({ ...options, thread })
  const client = await dial(downloads.port)
  client.send('GET / HTTP/1.0')
  expect([(await client.answer()).status, thread.ended()]).toEqual([404, undefined])
  await downloads.close()
  expect(thread.ended()).toBeDefined()
})

test.each([
  { text: "throw new Error('it cannot load')", message: /it cannot load/ },
  { text: 'process.exit(1)', message: /ended/ },
])('one that ended before it knew is an error of the start: $text', async ({ text, message }) => {
  const thread = loadThread(new URL(`data:text/javascript,${text}`))
  await new Promise((resolve) => void thread.worker.once('exit', resolve))
  const said: unknown = expect.stringMatching(message)
  await expect(createDownloads({ ...options, thread })).rejects.toMatchObject({ code: 'OTA_LISTEN_FAILED', message: said })
})

test('closed while it is still being opened, it ends all the same, and its thread is not started again', async () => {
  const thread = loadThread(options.workerUrl)
  const logged: string[] = []
  const say = (_fields: object, message: string): number => logged.push(message)
  const downloads = beginDownloads({ ...options, thread, log: { trace: say, debug: say, info: say, warn: say, error: say } })
  expect([downloads.port, downloads.ports]).toEqual([0, { plain: null, tls: null }])
  await downloads.close()
  expect([thread.ended() !== undefined, logged]).toEqual([true, []])
  await downloads.ready()
})

test('an address that cannot be used is the error of whoever waits for it, and of nobody else', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const address = other.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  const downloads = beginDownloads({ ...options, port, thread: loadThread(options.workerUrl) })
  // A rejection that nobody has taken by the end of a turn would fail this run.
  await new Promise((resolve) => setTimeout(resolve, 500))
  await expect(downloads.ready()).rejects.toMatchObject({ code: 'OTA_LISTEN_FAILED' })
  await downloads.close()
})
