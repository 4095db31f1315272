// fogbell simulate: a fleet of simulated devices against a broker, from options to its end. What devices do is simulate/'s affair.

import { type Command, Option } from 'commander'
import { OtaError } from '../errors.ts'
import type { FleetOptions } from '../simulate/plan.ts'
import { type Cli, repeatable, time, whole } from './command.ts'
import { type Io, statusOf } from './io.ts'
import { describedBroker } from './server-location.ts'

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
}

const fleetOf = async (options: SimulateOptions, io: Io): Promise<Partial<FleetOptions>> => {
  const { module, json: _json, csv: _csv, data, broker, ...same } = options
  const address = broker ?? (await describedBroker(data === undefined ? {} : { data }, io))
  return { ...same, ...(module === undefined ? {} : { modules: module }), ...(address === undefined ? {} : { broker: address }) }
}

/** Ctrl-C lets the fleet sum up; a second one ends it at once. */
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

/** A fleet that nobody let in has simulated nothing: whoever scripts it must hear of that. */
const neverConnected = (why: string): OtaError => new OtaError('OTA_UNREACHABLE', `no device could connect; the last one heard: ${why}`)

const run = async (options: SimulateOptions, io: Io): Promise<void> => {
  const fleet = await fleetOf(options, io)
  const line = (text: string): void => void io.stdout.write(`${text}\n`)
  if (options.csv === true) {
    const { fleetCsv } = await import('../simulate/plan.ts')
    return line(fleetCsv(fleet))
  }
  const { runFleet } = await import('../simulate/fleet.ts')
  const stop = stopOnSignal(io)
  let came = false
  let refusal: string | null = null
  const knocked = (why: string | null): void => {
    came ||= why === null
    refusal = why ?? refusal
  }
  try {
    await runFleet(fleet, { json: options.json === true, line, now: () => io.now(), connected: knocked }, stop.signal)
  } finally {
    stop.end()
  }
  if (!came && refusal !== null) throw neverConnected(refusal)
}

const addFleet = (command: Command): Command =>
  command
    .option('--devices <n>', 'devices with a connection of their own, beside gateways', whole(0))
    .option('--gateways <n>', 'gateways', whole(0))
    .option('--children <n>', 'children of each gateway', whole(0))
    .option('--product <key>', 'product key of all')
    .option('--prefix <text>', 'what every name begins with')
    .option('--version <version>', 'the version that they run at first')
    .option('--seed <n>', 'the same seed makes the same fleet', whole(0))
    .option('--faults <spec>', 'how many misbehave how, such as drop-at-40:2,bad-hash,child.keeps-old; a wrong name lists all')

const addConnection = (command: Command): Command =>
  command
    .option('--broker <url>', 'where they connect (default: what <data>/fogbell.json says, else mqtt://127.0.0.1:1883)')
    .option('--data <dir>', 'data directory of a server on this machine (FOGBELL_DATA; else ./data)')
    .option('--secret <secret>', 'one device secret for all (default: each its own, from name and seed)')
    .option('--password <password>', 'shown as it is, instead of the HMAC')
    .option('--insecure', 'take any certificate')
    .option('--rate <kbps>', 'speed of each download, KiB a second; 0: as fast as it goes', whole(0))
    .addOption(new Option('--ask <who>', 'which devices ask for updates at boot').choices(['some', 'all', 'none']))
    .option('--ask-every <time>', 'between two questions of an idle device', time)
    .option('--connects-per-second <n>', 'how fast the fleet comes up', whole(1))

/** Adds `fogbell simulate`. */
export const addSimulate = (cli: Cli, program: Command): void => {
  const command = program
    .command('simulate')
    .description('Run simulated devices against a broker: real MQTT and HTTP clients, some of which misbehave. Ctrl-C ends them.')
  repeatable(addConnection(addFleet(command)), '--module <name>', 'a module of every device')
  command
    .option('--until-idle <time>', 'end when nothing has happened for so long', time)
    .option('--csv', 'print the fleet as a list for "fogbell device import", and run nothing')
    .option('--json', 'a JSON line for each event')
    .action(() => run(command.opts<SimulateOptions>(), cli.io))
}
