// The server and what it needs, loaded only when `serve` runs: the other commands start faster without it.

import { lanAddresses } from './banner.ts'
import { collectEarly } from './garbage.ts'
import type { ServeParts } from './serve.ts'

export const realParts: ServeParts = {
  loadSettings: async () => (await import('../settings-load.ts')).loadSettings,
  createLog: async () => (await import('../log-pino.ts')).createLog,
  checkSettings: async () => (await import('../server-check.ts')).checkSettings,
  startServer: async () => {
    const { loadDownloads } = await import('../server-thread.ts')
    const thread = loadDownloads()
    const { startServer } = await import('../server.ts')
    return (options) => startServer({ ...options, thread })
  },
  addresses: () => lanAddresses(),
  // Not before: a start would wait for collections that free little.
  started: collectEarly,
}
