// The command: its nouns, and how wrong usage and refusals become messages and exit statuses. Starts only when `main` is called.

import { constants, setPriority } from 'node:os'
import { Command, CommanderError } from 'commander'
import { packageVersion } from '../bundled.ts'
import { addAudit } from './audit.ts'
import { addBackup, addRestore } from './backup.ts'
import { addCampaign } from './campaign.ts'
import { addCerts } from './certs.ts'
import type { Cli } from './command.ts'
import { addCompletion } from './completion.ts'
import { addDemo } from './demo.ts'
import { addDevice } from './device.ts'
import { addDiscover } from './discover.ts'
import { addDoctor } from './doctor.ts'
import { addFirmware } from './firmware.ts'
import { type Io, processIo, type Sink } from './io.ts'
import { addLogin } from './login.ts'
import { addMigrate } from './migrate.ts'
import { addOpenapi } from './openapi.ts'
import { columnsOf, createOutput, wantsColor } from './output.ts'
import { realParts } from './parts.ts'
import { addPassword } from './password-command.ts'
import { exitOf, problemLines, problemOf, usageError } from './problem-text.ts'
import { addProcedure } from './procedure-command.ts'
import { addPush } from './push.ts'
import { addRun } from './run-command.ts'
import { addServe, type ServeParts } from './serve.ts'
import { addSimulate } from './simulate.ts'
import { addStation } from './station-command.ts'
import { addTask } from './task.ts'
import { addToken } from './token.ts'
import { addUnit } from './unit-command.ts'
import { checkRequired, withoutIdleHelp } from './usage.ts'
import { addUser } from './user.ts'
import { addVersion } from './version-command.ts'
import { addWebhook } from './webhook.ts'
import { foldHelp } from './wrap.ts'
import { addYield } from './yield-command.ts'

const statuses = `
Exit status: 0 done, 1 refused or failed, 2 wrong usage or input, 3 server unreachable, 4 the campaign has
devices that failed or cannot be reached; 130 and 143 ended by Ctrl-C or SIGTERM.`

/** Commander folds only part of its help, and none of it in a narrow terminal. */
const writeFolded = (sink: Sink, text: string): void => void sink.write(foldHelp(text, columnsOf(sink)))

/** Commander writes to the command's own streams; its errors are reported later, as problems. */
const createProgram = (cli: Cli): Command =>
  new Command('fogbell')
    .description('An MQTT broker with firmware updates built in.')
    .version(cli.version, '--version', 'print the version')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeFolded(cli.io.stdout, text),
      writeErr: (text) => writeFolded(cli.io.stderr, text),
      getOutHelpWidth: () => cli.io.stdout.columns || 100,
      getErrHelpWidth: () => cli.io.stderr.columns || 100,
      getOutHasColors: () => wantsColor(cli.io.stdout, cli.io.env),
      getErrHasColors: () => wantsColor(cli.io.stderr, cli.io.env),
      outputError: () => undefined,
    })
    .addHelpText('after', statuses)

/** Reports a failed run on stderr; its exit status. */
const fail = (io: Io, thrown: unknown, json: boolean): number => {
  const problem = problemOf(thrown)
  const output = createOutput({ ...io, stdout: io.stderr }, false)
  if (json) output.note(JSON.stringify(problem))
  else output.lines(problemLines(problem, output.colors))
  return exitOf(problem)
}

/** Requested help is not a failure; everything else that commander throws is wrong usage. */
const failUsage = (io: Io, error: CommanderError, json: boolean): number => {
  if (error.exitCode === 0) return 0
  if (error.code === 'commander.help') return 2
  return fail(io, usageError(error.message.replace(/^error: /, '').replaceAll('\n', ' ')), json)
}

/** In the order in which the help lists them. */
const nouns = [
  addFirmware,
  addDevice,
  addCampaign,
  addTask,
  addProcedure,
  addStation,
  addRun,
  addUnit,
  addYield,
  addSimulate,
  addDemo,
  addDoctor,
  addDiscover,
  addBackup,
  addRestore,
  addMigrate,
  addCerts,
  addUser,
  addToken,
  addWebhook,
  addLogin,
  addAudit,
  addPassword,
  addOpenapi,
  addCompletion,
  addVersion,
]

/** The program with all its commands. */
const createCommands = (cli: Cli, parts: ServeParts): Command => {
  const program = createProgram(cli)
  addServe(cli, parts, program)
  addPush(cli, program)
  for (const add of nouns) add(cli, program)
  checkRequired(program)
  return program
}

/** All commands, for what is made of them and runs none. */
export const allCommands = (): Command => createCommands({ io: processIo(), version: packageVersion(), finish: () => undefined }, realParts)

/** Runs one command, `argv` without node and script; resolves with its exit status and never rejects. */
export const run = async (argv: readonly string[], io: Io, parts: ServeParts = realParts): Promise<number> => {
  let status = 0
  const finish = (given: number): void => {
    status = given
  }
  const program = createCommands({ io, version: packageVersion(), finish }, parts)
  const json = argv.includes('--json')
  try {
    await program.parseAsync(withoutIdleHelp(program, argv), { from: 'user' })
    return status
  } catch (thrown) {
    return thrown instanceof CommanderError ? failUsage(io, thrown, json) : fail(io, thrown, json)
  }
}

/**
 * A server outlives the readers of its output, and a full disk under it. The demo first ends its processes, as after a signal. Other commands
 * end with theirs.
 */
const onOutputError = (io: Io, { code }: NodeJS.ErrnoException): void => {
  // A reader that closes the pipe early (`| head`) is no failure.
  if (code === 'EPIPE') io.exit(0)
  io.stderr.write(`fogbell: standard output cannot be written: ${code ?? 'unknown error'}\n`)
  io.exit(1)
}

/** A backup lets the server come first, where both are on one machine. */
const giveWay = (): void => {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Then both are equal.
  }
}

/** Runs the process's own command line and ends the process with its status. */
export const main = async (): Promise<void> => {
  const io = processIo()
  const serves = process.argv[2] === 'serve'
  if (process.argv[2] === 'backup') giveWay()
  process.stdout.on('error', (error) => {
    if (process.argv[2] === 'demo') process.emit('SIGHUP')
    else if (!serves) onOutputError(io, error)
  })
  process.stderr.on('error', () => undefined)
  const status = await run(process.argv.slice(2), io)
  if (serves) process.exit(status)
  // A write to a full disk has failed before its event comes.
  process.stdout.write('', (failure) => (failure ? onOutputError(io, process.stdout.errored ?? failure) : process.exit(status)))
}
