// fogbell simulate: runs a fleet of simulated devices against a broker, or boards at a test station. What devices do is in simulate/.

import { type Command, Option } from 'commander'
import { OtaError } from '../errors.ts'
import type { FleetOptions } from '../simulate/plan.ts'
import { type Cli, repeatable, time, whole } from './command.ts'
import { localClock } from './format.ts'
import { type Io, statusOf } from './io.ts'
import { describedBroker, givenAuthority } from './server-location.ts'

interface SimulateOptions {
  readonly devices?: number
  readonly gateways?: number
  readonly children?: number
  readonly product?: string
  readonly broker?: string
  readonly faults?: string
  readonly seed?: number
  readonly rate?: number
  readonly prefix?: string
  readonly version?: string
  readonly module?: readonly string[]
  readonly secret?: string
  readonly password?: string
  readonly insecure?: boolean
  readonly ask?: FleetOptions['ask']
  readonly askEvery?: number
  readonly connectsPerSecond?: number
  readonly untilIdle?: number
  readonly csv?: boolean
  readonly json?: boolean
  readonly data?: string
  readonly ca?: string
  readonly station?: string
  readonly boards?: number
  readonly perMinute?: number
  readonly label?: string
  readonly stationToken?: string
  readonly server?: string
  readonly token?: string
}

const fleetOf = async (options: SimulateOptions, io: Io): Promise<Partial<FleetOptions>> => {
  const { module, json: _json, csv: _csv, data, broker, ca: file, ...same } = options
  const ca = await givenAuthority(file === undefined ? {} : { ca: file }, io)
  const address = broker ?? (await describedBroker(data === undefined ? {} : { data }, io))
  return {
    ...same,
    ...(module === undefined ? {} : { modules: module }),
    ...(address === undefined ? {} : { broker: address }),
    ...(ca === undefined ? {} : { ca }),
  }
}

/** On Ctrl-C the fleet prints its summary; a second one ends it at once. */
const stopOnSignal = (io: Io): { readonly signal: AbortSignal; readonly end: () => void } => {
  const stop = new AbortController()
  const ends = (['SIGINT', 'SIGTERM'] as const).map((name) =>
    io.onSignal(name, () => {
      if (stop.signal.aborted) io.exit(statusOf(name))
      stop.abort()
    }),
  )
  return {
    signal: stop.signal,
    end: () => {
      for (const end of ends) end()
    },
  }
}

/** If no device could connect, nothing was simulated: scripts must see that. */
const neverConnected = (why: string): OtaError => new OtaError('OTA_UNREACHABLE', `no device could connect; the last refusal: ${why}`)

const usualBroker = 'mqtt://127.0.0.1:1883'

/** Boards at a test station: the admin API is asked too. */
const runAtStation = async (station: string, options: SimulateOptions, io: Io): Promise<number> => {
  const { data, server, token, ca: file, ...rest } = options
  const location = {
    ...(data !== undefined && { data }),
    ...(server !== undefined && { server }),
    ...(token !== undefined && { token }),
    ...(file !== undefined && { ca: file }),
  }
  const { simulateStation } = await import('./simulate-station.ts')
  const broker = options.broker ?? (await describedBroker(location, io)) ?? usualBroker
  const stop = stopOnSignal(io)
  try {
    const ca = (await givenAuthority(location, io)) ?? null
    return await simulateStation(location, { ...rest, station, broker, ca }, io, stop.signal)
  } finally {
    stop.end()
  }
}

const run = async (options: SimulateOptions, io: Io): Promise<void> => {
  const fleet = await fleetOf(options, io)
  const line = (text: string): void => void io.stdout.write(`${text}\n`)
  if (options.csv === true) {
    const { fleetCsv } = await import('../simulate/plan.ts')
    return line(fleetCsv(fleet))
  }
  const [{ runFleet }, { closingText }] = await Promise.all([import('../simulate/fleet.ts'), import('../simulate/closing.ts')])
  const stop = stopOnSignal(io)
  let connected = false
  let refusal: string | null = null
  const knocked = (why: string | null): void => {
    connected ||= why === null
    refusal = why ?? refusal
  }
  try {
    const given = { json: options.json === true, line, now: () => io.now(), clock: localClock, connected: knocked }
    const summaries = await runFleet(fleet, given, stop.signal)
    if (options.json !== true && (connected || refusal === null)) line(`\n${closingText(summaries)}`)
  } finally {
    stop.end()
  }
  if (!connected && refusal !== null) throw neverConnected(refusal)
}

const addFleet = (command: Command): Command =>
  command
    .option('--devices <n>', 'devices with their own connections, in addition to gateways (default: 10)', whole(0))
    .option('--gateways <n>', 'gateways (default: 0)', whole(0))
    .option('--children <n>', 'children of each gateway (default: 3)', whole(0))
    .option('--product <key>', 'product key of all devices (default: demo)')
    .option('--prefix <text>', 'prefix of every device name (default: sim); at a station SN-9##### gives SN-900001, SN-900002 …')
    .option('--version <version>', 'version of the devices at the start (default: 1.0.0)')
    .option('--seed <n>', 'the same seed gives the same fleet (default: 1)', whole(0))
    .option(
      '--faults <spec>',
      'which devices misbehave, such as drop-at-40:2,bad-hash,child.keeps-old (default: none); boards at a station have faults of their own: all, or such as never-connects:2,rollback; an unknown name prints the list',
    )

const addConnection = (command: Command): Command =>
  command
    .option('--broker <url>', 'broker to connect to (default: from <data>/fogbell.json, else mqtt://127.0.0.1:1883)')
    .option('--data <dir>', 'data directory of a server on this machine (default: FOGBELL_DATA, else ./data, else /var/lib/fogbell)')
    .option('--secret <secret>', 'one device secret for all (default: one for each, derived from name and seed)')
    .option('--password <password>', 'plain password to send instead of the HMAC')
    .option('--ca <file>', 'certificates of authorities to trust besides those of the system (default: FOGBELL_CA)')
    .option('--insecure', 'accept any certificate')
    .option('--rate <kbps>', 'speed of each download, KiB a second (default: 0, unlimited)', whole(0))
    .addOption(new Option('--ask <who>', 'which devices ask for updates at boot (default: some)').choices(['some', 'all', 'none']))
    .option('--ask-every <time>', 'time between two requests of an idle device (default: 0, only at boot)', time)
    .option('--connects-per-second <n>', 'how fast the fleet connects (default: 100)', whole(1))

const addAtStation = (command: Command): Command =>
  command
    .optionsGroup('At a test station:')
    .option('--station <id>', 'scan boards at this station and play them, and compare what it says with what it must say')
    .option('--boards <n>', 'how many boards (default: 20)', whole(1, 10_000))
    .option('--per-minute <n>', 'boards a minute at most (default: 0, as fast as the station takes them)', whole(0))
    .option('--label <template>', 'what labels say, with {name} and {secret} (default: {name})')
    .option('--station-token <token>', "scan with this token, the station's own (default: the same as for the rest)")
    .option('--server <url>', 'URL of the admin API (default: FOGBELL_SERVER, else from <data>/fogbell.json)')
    .option('--token <token>', 'token for it (default: FOGBELL_TOKEN, else from <data>/admin.token)')

/** Adds `fogbell simulate`. */
export const addSimulate = (cli: Cli, program: Command): void => {
  const command = program
    .command('simulate')
    .description('Run simulated devices against a broker: real MQTT and HTTP clients, some of which misbehave. Ctrl-C stops them.')
  repeatable(addConnection(addFleet(command)), '--module <name>', 'a module of every device (default: default)')
  command
    .option('--until-idle <time>', 'stop when nothing has happened for this long (default: 0, never)', time)
    .option('--csv', 'only print the fleet as a list for "fogbell device import"')
    .option('--json', 'print a JSON line for each event')
    .action(async () => {
      const options = command.opts<SimulateOptions>()
      if (options.station === undefined) return await run(options, cli.io)
      cli.finish(await runAtStation(options.station, options, cli.io))
    })
  addAtStation(command)
}
