// fogbell serve: reads the settings, starts the server, prints where it listens, and stops it on a signal. Knows how to start the server and
// the process's signals, nothing inside the server.

import type { Command } from 'commander'
import { packageVersion } from '../bundled.ts'
import { asOtaError } from '../errors.ts'
import type { createLog } from '../log-pino.ts'
import { createServiceNotice } from '../readiness.ts'
import type { startServer } from '../server.ts'
import type { loadSettings, ServeFlags } from '../settings-load.ts'
import { openListeners, readyLines } from './banner.ts'
import type { Cli } from './command.ts'
import { offering } from './command-tree.ts'
import { type Io, type SignalName, statusOf } from './io.ts'
import { signInFragment } from './login.ts'
import { createOutput } from './output.ts'

type Settings = ReturnType<typeof loadSettings>
type Log = ReturnType<typeof createLog>
type Running = Awaited<ReturnType<typeof startServer>>

/** What serve needs; loaded only when it runs, since the other commands do not need it. */
export interface ServeParts {
  readonly loadSettings: () => Promise<typeof loadSettings>
  readonly createLog: () => Promise<typeof createLog>
  /** Throws OTA_BAD_SETTINGS for values that match the schema but cannot be used: filters, hashes, certificates. */
  readonly checkSettings: () => Promise<(settings: Settings) => void>
  readonly startServer: () => Promise<typeof startServer>
  /** This machine's addresses on its networks. */
  readonly addresses: () => readonly string[]
  /** Called once the server has said that it is ready. */
  readonly started: () => void
}

interface ServeOptions extends ServeFlags {
  readonly check?: boolean
  readonly json?: boolean
  readonly acceptLoss?: boolean
}

/** A stop that takes longer is given up, milliseconds: service managers usually wait 10 s. */
const stopLimit = 9_500

/** Listens for the signals that stop the server: the first resolves `first`, the second ends the process at once. */
const onStop = (io: Io): { readonly first: Promise<SignalName>; readonly end: () => void } => {
  const ends: (() => void)[] = []
  const first = new Promise<SignalName>((resolve) => {
    let isStopping = false
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      ends.push(
        io.onSignal(name, () => {
          if (isStopping) io.exit(statusOf(name))
          isStopping = true
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
      log.info({}, 'settings reloaded: certificates, users, mqtt limits and log level; other settings need a restart')
    }
    reload().catch((thrown: unknown) => {
      const { code, faults, message } = asOtaError(thrown)
      log.error({ code, faults }, `settings were not reloaded, the old ones stay in effect: ${message}`)
    })
  })

const close = async (io: Io, running: Running): Promise<number> => {
  const cancel = new AbortController()
  const late = io.sleep(stopLimit, cancel.signal).then(() => {
    if (!cancel.signal.aborted)
      io.stderr.write(
        `fogbell: did not stop within ${stopLimit / 1000} s and is being killed; everything that was acknowledged is on disk\n`,
      )
    return 1
  })
  const closed = running.close().then(() => 0)
  return await Promise.race([closed, late]).finally(() => cancel.abort())
}

/** Standard output by way of the log, which never waits for it. */
const outputOf = ({ io }: Cli, log: Log, json: boolean): ReturnType<typeof createOutput> => {
  const write = (text: string): unknown => log.print(text) || io.stdout.write(text)
  return createOutput({ ...io, stdout: { write, isTTY: io.stdout.isTTY, columns: io.stdout.columns } }, json)
}

const printReady = async (
  cli: Cli,
  parts: ServeParts,
  options: ServeOptions,
  settings: Settings,
  running: Running,
  log: Log,
): Promise<void> => {
  const output = outputOf(cli, log, options.json === true)
  const { description, dataDir } = running
  if (options.json === true || settings.log.format === 'json') {
    output.value({ level: 'info', time: new Date(cli.io.now()).toISOString(), ...description, dataDir, msg: 'ready' })
  } else {
    const fragment = signInFragment(await running.firstCode())
    output.lines(readyLines({ description, open: openListeners(settings), addresses: parts.addresses(), dataDir, fragment }))
  }
}

/** With `--json` the log, which shares the stream, is JSON too, unless a flag says otherwise. */
const flagsOf = (options: ServeOptions): ServeFlags => (options.json === true ? { logFormat: 'json', ...options } : options)

/** How long the last lines of the log may take, milliseconds. */
const flushLimit = 500

const serve = async (cli: Cli, parts: ServeParts, options: ServeOptions): Promise<number> => {
  const { io } = cli
  const load = await parts.loadSettings()
  const read = (): Settings => load({ env: io.env, flags: flagsOf(options) })
  const settings = read()
  if (options.check === true) {
    ;(await parts.checkSettings())(settings)
    createOutput(io, options.json === true).result({ ok: true }, () => ['settings are valid'])
    return 0
  }
  const stop = onStop(io)
  const log = (await parts.createLog())(settings.log)
  const start = await parts.startServer()
  const acceptLoss = options.acceptLoss === true
  const starting = start({ settings, log, version: packageVersion(), acceptLoss, logDropped: () => log.dropped() })
  const running = await starting.catch(async (error: unknown) => {
    stop.end()
    await log.flush(flushLimit)
    throw error
  })
  const endReload = reloadOn(io, log, running, read)
  await printReady(cli, parts, options, settings, running, log)
  const notice = createServiceNotice(io.env, log)
  notice.ready(`ready, ${running.description.mqtt.join(' ')}`)
  setImmediate(parts.started)
  const name = await stop.first
  notice.stopping()
  log.info({ signal: name }, 'stopping')
  try {
    return await close(io, running)
  } finally {
    endReload()
    stop.end()
    await log.flush(flushLimit)
  }
}

const modes = ['open', 'first-use', 'closed'] as const
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

/** Adds `fogbell serve`. */
export const addServe = (cli: Cli, parts: ServeParts, program: Command): void => {
  const command = program
    .command('serve')
    .description(
      'Run the server: broker, firmware downloads, admin API. Flags override FOGBELL_* variables, which override the settings file.',
    )
    .option('--config <file>', 'settings file (FOGBELL_CONFIG)')
    .option('--data <dir>', 'data directory: store, images, token (default: ./data)')
    .option('--mqtt-port <n>', 'MQTT port (default: 1883; 0: any free port)')
    .option('--firmware-port <n>', 'port of firmware downloads (default: 8070; 0: any free port)')
    .option('--admin-port <n>', 'port of the admin API (default: 8080; 0: any free port)')
    .option('--host <address>', 'address to listen on (default: every address)')
    .addOption(offering('--enrolment <mode>', 'which devices may connect: open, first-use (default) or closed', modes))
    .addOption(offering('--log-level <level>', 'trace, debug, info (default), warn, error or silent', levels))
    .addOption(offering('--log-format <format>', 'pretty (default) or json', ['pretty', 'json']))
    .option('--accept-loss', 'start once although the log of the store is damaged, without what was in the damaged part')
    .option('--check', 'check all settings, report every fault, and exit')
    .option('--json', 'print the ready line and the log as JSON')
    .action(async () => cli.finish(await serve(cli, parts, command.opts<ServeOptions>())))
}
