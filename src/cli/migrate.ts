// fogbell migrate aedes: takes over what another broker stored. Works on directories, not on a running server; says what was taken over and
// what was not. Knows the migration's options and report, no row and no database.

import { type Command, Option } from 'commander'
import type { migrateAedes } from '../offline/migrate-aedes.ts'
import type { Cli } from './command.ts'
import { bytes, clean, plural } from './format.ts'
import { readGiven } from './given-file.ts'
import { createOutput, type Output } from './output.ts'
import { pairs } from './wrap.ts'

type Migration = Omit<Awaited<ReturnType<typeof migrateAedes>>, 'refusal'>
type Skipped = Migration['skipped'][number]

interface MigrateOptions {
  readonly config?: string
  readonly data?: string
  readonly map?: string
  readonly user?: string
  readonly anonymous?: boolean
  readonly skipUnplaced?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

const shown = 20

const kinds: Readonly<Record<Skipped['kind'], string>> = {
  subscription: 'subscription',
  message: 'queued message',
  retained: 'retained message',
  will: 'will',
  key: 'key',
}

const reasons: Readonly<Record<Skipped['reason'], string>> = {
  invalid_filter: 'not a valid filter, so it matches nothing',
  invalid_topic: 'not a valid topic',
  ota_topic: 'on a topic of firmware updates: Fogbell creates those messages itself',
  system_topic: 'on a topic that begins with $, which is for the server',
  qos_0_filter: 'matched by subscriptions at QoS 0 only, which keep nothing for clients that are away',
  queue_full: 'beyond 40000 messages for one client; the oldest are kept',
  unreadable: 'not as aedes-persistence-level 9 writes it',
}

/** Of a message in a queue its client is named, of all else the thing itself. */
const examplesText = ({ kind, count, examples }: Skipped): string => {
  const said = examples.filter((example) => example !== '').map(clean)
  if (said.length === 0) return ''
  return ` (${kind === 'message' ? 'for ' : ''}${said.join(', ')}${count > said.length ? ', …' : ''})`
}

const skippedLine = (skipped: Skipped): string =>
  `  ${plural(skipped.count, kinds[skipped.kind])}: ${reasons[skipped.reason]}${examplesText(skipped)}`

const sessionsText = ({ device, user, anonymous }: Migration): string => {
  const parts = [`${device} of devices`, `${user} of users`, `${anonymous} anonymous`].filter((part) => !part.startsWith('0 '))
  return parts.length === 0 ? '0' : `${device + user + anonymous} (${parts.join(', ')})`
}

const dryRunText = ({ dryRun }: Migration, isRefused: boolean): string =>
  dryRun ? ` (this was a dry run${isRefused ? ': the migration would be refused' : ''})` : ''

const writeReport = (output: Output, report: Migration, isRefused: boolean): void => {
  const { unplaced, skipped, warnings } = report
  output.lines(
    pairs([
      ['read', `${report.source} (copied; not changed)`],
      [report.dryRun ? 'not written' : 'written', `${report.dataDir}${dryRunText(report, isRefused)}`],
      ['sessions', sessionsText(report)],
      ['subscriptions', String(report.subscriptions)],
      ['queued messages', `${report.queued} (${report.inflight} in flight, ${bytes(report.queuedBytes)})`],
      ['QoS 2 ids', String(report.incoming)],
      ['retained messages', `${report.retained} (${bytes(report.retainedBytes)})`],
      ['wills', String(report.wills)],
    ]),
  )
  if (unplaced.length > 0 && !isRefused) {
    output.line(`${plural(unplaced.length, 'session')} of no known identity, not taken over; their client ids:`)
    output.lines(unplaced.slice(0, shown).map((client) => `  ${clean(client)}`))
    if (unplaced.length > shown) output.line(`  and ${unplaced.length - shown} more (--json lists all)`)
  }
  if (skipped.length > 0) output.lines(['not taken over:', ...skipped.map(skippedLine)])
  for (const { path, message } of warnings) output.line(`${output.colors.yellow('warning:')} ${path}: ${clean(message)}`)
}

const migrate = async (cli: Cli, source: string, options: MigrateOptions): Promise<void> => {
  const { io } = cli
  const { loadSettings } = await import('../settings-load.ts')
  const settings = loadSettings({ env: io.env, flags: { config: options.config, data: options.data } })
  const map = options.map === undefined ? '' : (await readGiven(options.map)).toString()
  const { migrateAedes: run } = await import('../offline/migrate-aedes.ts')
  const { refusal, ...report } = await run({
    source,
    settings,
    map,
    others: options.anonymous === true ? '' : (options.user ?? null),
    skipUnplaced: options.skipUnplaced === true,
    dryRun: options.dryRun === true,
    now: io.now(),
  })
  const output = createOutput(io, options.json === true)
  if (output.json) output.value(report)
  else writeReport(output, report, refusal !== null)
  if (refusal !== null) throw refusal
}

const details = `
Stop the broker first. Its directory is not changed: the command reads a copy, which it creates in the data
directory (for a dry run, in the system's temporary directory) and removes at the end. The data directory must be
empty.

Aedes knows only client ids, and a session of Fogbell belongs to an identity: the one that --map gives its client
id; else the device PRODUCT/NAME if all its filters are below fogcloud/PRODUCT/NAME/, or its client id is
PRODUCT&NAME|...|; else the user of --user, or a client without a username (--anonymous). docs/moving.md says more.`

/** Adds `fogbell migrate`. */
export const addMigrate = (cli: Cli, program: Command): void => {
  const noun = program.command('migrate').description('Import the data of another broker.')
  const command = noun
    .command('aedes')
    .argument('<dir>', 'the LevelDB directory of the broker')
    .description('Import sessions, queued and retained messages and wills from a broker that ran Aedes with aedes-persistence-level 9.')
    .option('--data <dir>', 'data directory to create (default: FOGBELL_DATA, else the settings)')
    .option('--config <file>', 'settings file of the new server: its users and bounds (FOGBELL_CONFIG)')
    .option('--map <file>', 'CSV with the columns client_id,username; an empty username means none')
    .addOption(new Option('--user <name>', 'username of all clients that no other rule assigns').conflicts('anonymous'))
    .option('--anonymous', 'clients that no other rule assigns have no username')
    .option('--skip-unplaced', 'omit sessions that no rule assigns, instead of refusing the migration')
    .option('--dry-run', 'read and report, and write nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', details)
    .action(async (dir: string) => await migrate(cli, dir, command.opts<MigrateOptions>()))
}
