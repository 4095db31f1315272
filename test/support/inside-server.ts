// A real server as built, in the process of the tests, for what does not depend on a process of its own.

import type * as Server from '../../src/server.ts'
import type * as SettingsLoad from '../../src/settings-load.ts'
import { built } from './call-fogbell.ts'
import { createRecordingLog, type LogEntry } from './recording-log.ts'
import { clientOf, type ServerClient, serveArgs } from './server-fixture.ts'

export interface InsideServer extends ServerClient {
  /** What it has logged. */
  readonly logged: readonly LogEntry[]
  /** As SIGHUP does with other settings in the file. */
  reload(settings: object): Promise<void>
  /** As SIGTERM does; repeated calls do nothing. */
  stop(): Promise<void>
}

/** A server in this process, on free local ports; `settings` as in the settings file. */
export const startInside = async (data: string, settings: object = {}): Promise<InsideServer> => {
  const { startServer } = (await built('server')) as typeof Server
  const { loadSettings } = (await built('settings-load')) as typeof SettingsLoad
  const load = async (from: object) => {
    const [, , , , config = ''] = await serveArgs(data, from)
    return loadSettings({ env: {}, flags: { data, config, host: '127.0.0.1', mqttPort: '0', firmwarePort: '0', adminPort: '0' } })
  }
  const logged: LogEntry[] = []
  const running = await startServer({
    settings: await load(settings),
    log: createRecordingLog(logged),
    version: '0.0.0',
    logDropped: () => 0,
  })
  return {
    ...(await clientOf(data, running.description)),
    logged,
    reload: async (fresh) => running.reload(await load(fresh)),
    stop: () => running.close(),
  }
}
