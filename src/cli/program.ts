// The command as a process: how wrong usage and refusals become messages and exit statuses. Does not know which commands there are.

import { constants, setPriority } from 'node:os'
import { Command, CommanderError } from 'commander'
import { packageVersion } from '../bundled.ts'
import type { Cli } from './command.ts'
import { type Io, processIo, type Sink } from './io.ts'
import { columnsOf, createOutput, wantsColor } from './output.ts'
import { exitOf, problemLines, problemOf, usageError } from './problem-text.ts'
import { checkRequired, withoutIdleHelp } from './usage.ts'
import { foldHelp } from './wrap.ts'

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

/** The program with the commands that `add` adds. */
export const createCommands = (cli: Cli, add: (program: Command) => void): Command => {
  const program = createProgram(cli)
  add(program)
  checkRequired(program)
  return program
}

/** Runs one command of those that `add` adds, `argv` without node and script; resolves with its exit status and never rejects. */
export const runCommand = async (argv: readonly string[], io: Io, add: (cli: Cli, program: Command) => void): Promise<number> => {
  let status = 0
  const finish = (given: number): void => {
    status = given
  }
  const cli = { io, version: packageVersion(), finish }
  const program = createCommands(cli, (made) => add(cli, made))
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
export const runProcess = async (run: (argv: readonly string[], io: Io) => Promise<number>): Promise<void> => {
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
