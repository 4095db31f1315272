// The thread of downloads that loads before its server: it ends with a server that does not start.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadThread } from '../src/download/supervisor.ts'
import { createLog } from '../src/log-pino.ts'
import { startServer } from '../src/server.ts'
import { loadSettings } from '../src/settings-load.ts'
import { built } from './support/download-fixture.ts'

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
