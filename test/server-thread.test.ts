// The thread of downloads that loads before its server: it ends with a server that does not start.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadThread } from '../src/download/supervisor.ts'
import { createLog } from '../src/log-pino.ts'
import { startServer } from '../src/server.ts'
import { loadSettings } from '../src/settings-load.ts'
import { built } from './support/download-fixture.ts'
import { createRecordingLog, type LogEntry } from './support/recording-log.ts'

test('a server that does not start ends the thread, and says what it would say without one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-thread-'))
  const taken = join(directory, 'taken')
  await writeFile(taken, 'a file')
  const settings = loadSettings({ env: {}, flags: { data: taken } })
  const thread = loadThread(built('download/worker.js'))
  const log = createLog(settings.log, { write: () => undefined })
  await expect(startServer({ settings, log, version: '1.0.0', thread })).rejects.toMatchObject({ code: 'OTA_DATA_DIR' })
  expect(thread.ended()).toBeDefined()
  await rm(directory, { recursive: true })
})

const free = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

const unusedPort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return address === null || typeof address === 'string' ? 0 : address.port
}

type Settings = ReturnType<typeof loadSettings>

const withUser = (settings: Settings): Settings => {
  const user = { username: 'viewer', passwordHash: 'no hash', publish: [], subscribe: [] }
  return { ...settings, mqtt: { ...settings.mqtt, users: [user] } }
}

const withCertificate = (settings: Settings): Settings => ({ ...settings, admin: { ...settings.admin, cert: 'none', key: 'none' } })

test.each([
  { what: 'the broker, while the downloads are being opened', change: withUser },
  { what: 'the API, once they are open', change: withCertificate },
])('where $what fails, the downloads are closed too, no error is logged, and the next start opens the data', async ({ change }) => {
  const directory = await mkdtemp(join(tmpdir(), 'fogbell-thread-'))
  const port = await unusedPort()
  const flags = { data: join(directory, 'data'), host: '127.0.0.1', mqttPort: '0', firmwarePort: String(port), adminPort: '0' }
  const settings = loadSettings({ env: {}, flags })
  const logged: LogEntry[] = []
  const log = createRecordingLog(logged)
  const thread = loadThread(built('download/worker.js'))
  await new Promise((resolve) => void thread.worker.once('online', resolve))
  const starting = startServer({ settings: change(settings), log, version: '1.0.0', thread })
  await expect(starting).rejects.toMatchObject({ code: 'OTA_BAD_SETTINGS' })
  expect([thread.ended() !== undefined, await free(port)]).toEqual([true, true])
  expect(logged.filter(({ level }) => level === 'error')).toEqual([])
  const running = await startServer({ settings, log, version: '1.0.0', thread: loadThread(built('download/worker.js')) })
  expect(running.description.firmware).toBe(`http://127.0.0.1:${port}`)
  await running.close()
  await rm(directory, { recursive: true })
})
