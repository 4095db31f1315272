// fogbell backup and fogbell restore: a backup of the running server as a file, its check, and the data directory made of one. Knows what a
// backup counts, and not what it looks like.

import { rmSync } from 'node:fs'
import type { Command } from 'commander'
import type { CheckedBackup } from '../offline/backup-file.ts'
import { type Call, type Cli, remote } from './command.ts'
import { bytes, clean, plural } from './format.ts'
import { type Io, statusOf } from './io.ts'
import { createOutput } from './output.ts'
import { usageError } from './problem-text.ts'
import { requiredOption } from './usage.ts'
import { pairs } from './wrap.ts'

interface BackupOptions {
  readonly check?: boolean
  readonly force?: boolean
  readonly passphraseFile?: string
}

interface RestoreOptions {
  readonly data?: string
  readonly passphraseFile?: string
  readonly json?: boolean
}

const passphraseOf = async (file: string | undefined): Promise<string | null> => {
  if (file === undefined) return null
  const { readPassphrase } = await import('../offline/backup-file.ts')
  return await readPassphrase(file)
}

const viewOf = ({ file, size, encrypted, version, instance, at, counts }: CheckedBackup) => ({
  file,
  size,
  encrypted,
  version,
  instance,
  at: new Date(at).toISOString(),
  counts,
})

const contentsOf = ({ counts }: CheckedBackup): string =>
  [
    plural(counts.devices, 'device'),
    plural(counts.packages, 'package'),
    plural(counts.campaigns, 'campaign'),
    plural(counts.tasks, 'task'),
    plural(counts.retained, 'retained message'),
    plural(counts.images, 'image'),
  ].join(', ')

const secrets =
  'It holds every secret of the server: device secrets, the key of download links, the token. Keep it as safe as the data directory.'

const lines = (backup: CheckedBackup, first: readonly [string, string][]): string[] =>
  pairs([
    ...first,
    ['of', `Fogbell ${clean(backup.version)}, ${new Date(backup.at).toISOString()}`],
    ['size', `${bytes(backup.size)} (${backup.encrypted ? 'encrypted' : 'not encrypted'})`],
    ['holds', contentsOf(backup)],
  ])

/** Ctrl-C leaves nothing, as any other failure does. */
const removingAtSignals = (io: Io, partial: string): (() => void) => {
  const ends = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) =>
    io.onSignal(name, () => {
      rmSync(partial, { force: true })
      io.exit(statusOf(name))
    }),
  )
  return () => {
    for (const end of ends) end()
  }
}

const take = async ({ io, client, output }: Call, file: string, { force = false, passphraseFile }: BackupOptions): Promise<void> => {
  const { partialName, takeBackup } = await import('../offline/take-backup.ts')
  const passphrase = await passphraseOf(passphraseFile)
  const end = removingAtSignals(io, partialName(file))
  try {
    const taken = await takeBackup({ file, force, passphrase, bytes: () => client.bytes('/backup') })
    output.result(viewOf(taken), () => [...lines(taken, [['backup', file]]), secrets])
  } finally {
    end()
  }
}

const check = async ({ output }: Call, file: string, { passphraseFile }: BackupOptions): Promise<void> => {
  const { checkBackup } = await import('../offline/backup-file.ts')
  const checked = await checkBackup(file, await passphraseOf(passphraseFile))
  output.result(viewOf(checked), () => lines(checked, [['whole', file]]))
}

const backupDetails = `
The server sends its backup over the API, while it goes on. The file has mode 0600, and appears under its name only when
it is whole and on disk. --check needs no server; it reads all of the file, and exits with 1 if anything in it is
missing or damaged. Settings and certificates are not in a backup.`

/** Adds `fogbell backup`. */
export const addBackup = (cli: Cli, program: Command): void => {
  const command = program
    .command('backup')
    .argument('<FILE>', 'the backup; it must not exist')
    .description('Back up the running server to a file: records, MQTT sessions, images and secrets.')
    .option('--check', 'check a backup instead of making one')
    .option('--force', 'replace a file that exists')
    .option('--passphrase-file <file>', 'encrypt the backup with the passphrase in this file')
    .addHelpText('after', backupDetails)
  remote(cli, command, async (call) => {
    const [file = '', options] = [command.args[0], command.opts<BackupOptions>()]
    if (options.check === true && options.force === true) throw usageError('--check changes no file; omit --force')
    await (options.check === true ? check(call, file, options) : take(call, file, options))
  })
}

const restore = async ({ io }: Cli, file: string, options: RestoreOptions): Promise<void> => {
  const { restore: run } = await import('../offline/restore.ts')
  const output = createOutput(io, options.json === true)
  const { dataDir, restored, ...backup } = await run({
    file,
    dataDir: options.data ?? '',
    passphrase: await passphraseOf(options.passphraseFile),
  })
  output.result({ ...viewOf(backup), dataDir, restored }, () => [
    ...lines(backup, [
      ['restored', file],
      ['to', dataDir],
    ]),
    'MQTT sessions were ended: clients subscribe again when they connect. New tasks, campaigns and packages get ids from 1000000 further on.',
    `Start it with: ${dataDir === io.serviceData ? 'systemctl start fogbell' : `fogbell serve --data ${dataDir}`}`,
  ])
}

const restoreDetails = `
The directory must be empty or missing; admin.token, fogbell.json and lost+found do not count. It keeps its owner and
rights. A restore that was killed leaves restore.tmp in it: no server starts there, and the next restore begins anew.`

/** Adds `fogbell restore`. */
export const addRestore = (cli: Cli, program: Command): void => {
  const command = program.command('restore').argument('<FILE>', 'the backup').description('Make a data directory of a backup.')
  requiredOption(command, '--data <dir>', 'data directory to create')
  command
    .option('--passphrase-file <file>', 'file with the passphrase of an encrypted backup')
    .option('--json', 'print JSON')
    .addHelpText('after', restoreDetails)
    .action(async (file: string) => await restore(cli, file, command.opts<RestoreOptions>()))
}
