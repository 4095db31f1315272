// A thread that loads before it is known where it listens.

import { expect, test } from 'vitest'
import { createDownloads } from '../../src/download/server.ts'
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
