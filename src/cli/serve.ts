// fogbell serve: reads the settings, starts the server, says where it is, and ends it when told to.
// Knows the server's door and the process's signals, no room behind that door.

import type { Command } from 'commander'
import { asOtaError } from '../errors.ts'
import type { createLog } from '../log-pino.ts'
import type { startServer } from '../server.ts'
import type { loadSettings, ServeFlags } from '../settings-load.ts'
import { openings, readyLines } from './banner.ts'
import { type Cli, packageVersion } from './command.ts'
import { type Io, type SignalName, statusOf } from './io.ts'
import { createOutput } from './output.ts'

type Settings = ReturnType<typeof loadSettings>
type Log = ReturnType<typeof createLog>
type Running = Awaited<ReturnType<typeof startServer>>

/** What serve is made of; loaded only when it runs, for the other commands need none of it. */
export interface ServeParts {
  readonly loadSettings: () => Promise<typeof loadSettings>
  readonly createLog: () => Promise<typeof createLog>
  /** Throws OTA_BAD_SETTINGS for what the schema lets pass and no server can use: filters, hashes, certificates. */
  readonly checkSettings: () => Promise<(settings: Settings) => void>
  readonly startServer: () => Promise<typeof startServer>
  /** This machine's addresses on its networks. */
  readonly addresses: () => readonly string[]
}

interface ServeOptions extends ServeFlags {
  readonly check?: boolean
  readonly json?: boolean
}

/** A stop that takes longer is broken off, milliseconds: whoever asked for it waits 10 s. */
const stopLimit = 9_500

/** Hears the signals that end the server: the first resolves `first`, the second ends the process at once. */
const hearStop = (io: Io): { readonly first: Promise<SignalName>; readonly end: () => void } => {
  const ends: (() => void)[] = []
  const first = new Promise<SignalName>((resolve) => {
    let heard = false
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      ends.push(
        io.onSignal(name, () => {
          if (heard) io.exit(statusOf(name))
          heard = true
          resolve(name)
        }),
      )
    }
  })
  return {
    first,
    end: () => {
      for (const end of ends) end()
    },
  }
}

const reloadOn = (io: Io, log: Log, running: Running, read: () => Settings): (() => void) =>
  io.onSignal('SIGHUP', () => {
    const reload = async (): Promise<void> => {
      const settings = read()
      await running.reload(settings)
      log.level = settings.log.level
      log.info({}, 'settings are read again: certificates, users, bounds of mqtt and log level; all else needs a restart')
    }
    reload().catch((thrown: unknown) => {
      const { code, faults, message } = asOtaError(thrown)
      log.error({ code, faults }, `settings are not read again, the old ones stay: ${message}`)
    })
  })

const close = async (io: Io, running: Running): Promise<number> => {
  const cancel = new AbortController()
  const late = io.sleep(stopLimit, cancel.signal).then(() => {
    if (!cancel.signal.aborted)
      io.stderr.write(`fogbell: did not stop within ${stopLimit / 1000} s and is broken off; all that was acknowledged is on disk\n`)
    return 1
  })
  const closed = running.close().then(() => 0)
  return await Promise.race([closed, late]).finally(() => cancel.abort())
}

const sayReady = (cli: Cli, parts: ServeParts, options: ServeOptions, settings: Settings, running: Running): void => {
  const output = createOutput(cli.io, options.json === true)
  const { description, dataDir } = running
  if (options.json === true || settings.log.format === 'json') {
    output.value({ level: 'info', time: new Date(cli.io.now()).toISOString(), ...description, dataDir, msg: 'ready' })
  } else output.lines(readyLines(description, openings(settings), parts.addresses(), dataDir))
}

/** `--json` is for scripts: the log, which shares the stream, is JSON then too, unless the flags say otherwise. */
const flagsOf = (options: ServeOptions): ServeFlags => (options.json === true ? { logFormat: 'json', ...options } : options)

const serve = async (cli: Cli, parts: ServeParts, options: ServeOptions): Promise<number> => {
  const { io } = cli
  const load = await parts.loadSettings()
  const read = (): Settings => load({ env: io.env, flags: flagsOf(options) })
  const settings = read()
  if (options.check === true) {
    ;(await parts.checkSettings())(settings)
    const output = createOutput(io, options.json === true)
    if (output.json) output.value({ ok: true })
    else output.line('settings are fine')
    return 0
  }
  const stop = hearStop(io)
  const log = (await parts.createLog())(settings.log)
  const start = await parts.startServer()
  const running = await start({ settings, log, version: packageVersion() })
  const unhear = reloadOn(io, log, running, read)
  sayReady(cli, parts, options, settings, running)
  const name = await stop.first
  log.info({ signal: name }, 'stopping')
  return await close(io, running).finally(() => {
    unhear()
    stop.end()
  })
}

/** Adds `fogbell serve`. */
export const addServe = (cli: Cli, parts: ServeParts, program: Command): void => {
  const command = program
    .command('serve')
    .description('Run the server: broker, firmware downloads, admin API. Settings: flag, then FOGBELL_*, then file, then default.')
    .option('--config <file>', 'settings file (FOGBELL_CONFIG)')
    .option('--data <dir>', 'data directory: store, images, token (default: ./data)')
    .option('--mqtt-port <n>', 'MQTT (default: 1883; 0: a free one)')
    .option('--firmware-port <n>', 'firmware downloads (default: 8070; 0: a free one)')
    .option('--admin-port <n>', 'admin API (default: 8080; 0: a free one)')
    .option('--host <address>', 'where to listen (default: every address)')
    .option('--enrolment <mode>', 'who may be a device: open, first-use (default) or closed')
    .option('--log-level <level>', 'trace, debug, info (default), warn, error or silent')
    .option('--log-format <format>', 'pretty (default) or json')
    .option('--check', 'read all settings, say every fault, and end')
    .option('--json', 'the line that says it is ready, and the log, as JSON')
    .action(async () => cli.finish(await serve(cli, parts, command.opts<ServeOptions>())))
}
