// What all commands share: the options that say where the server is, how options are read, and the client that an action gets. Knows
// commander and the client, no noun.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { type ApiClient, createApiClient } from './api-client.ts'
import { seconds } from './format.ts'
import type { Io } from './io.ts'
import { createOutput, type Output } from './output.ts'
import type { LocationOptions } from './server-location.ts'

/** One run of the command. `finish` sets its exit status, which is 0 otherwise. */
export interface Cli {
  readonly io: Io
  readonly version: string
  finish(status: number): void
}

/** What an action works with. */
export interface Call {
  readonly io: Io
  readonly client: ApiClient
  readonly output: Output
}

/** Returns the exit status; nothing means 0. */
export type Action = (call: Call) => Promise<number | undefined> | Promise<void>

interface RemoteOptions extends LocationOptions {
  readonly json?: boolean
}

/** Under this heading stand the options that all commands for a running server have; their own ones do not. */
export const serverHeading = 'Where the server is:'

const serverOption = (flags: string, description: string): Option => new Option(flags, description).helpGroup(serverHeading)

/** Makes a command one that talks to a running server: adds the options for it and runs the action with a client. */
export const remote = (cli: Cli, command: Command, action: Action): Command =>
  command
    .option('--json', 'print JSON instead of tables')
    .addOption(serverOption('--server <url>', 'URL of its admin API (default: FOGBELL_SERVER, else from <data>/fogbell.json)'))
    .addOption(serverOption('--token <token>', 'token for it (default: FOGBELL_TOKEN, else from <data>/admin.token)'))
    .addOption(
      serverOption(
        '--data <dir>',
        'data directory of a server on this machine (default: FOGBELL_DATA, else ./data, else /var/lib/fogbell)',
      ),
    )
    .addOption(serverOption('--ca <file>', 'certificates of authorities to trust besides those of the system (default: FOGBELL_CA)'))
    .action(async () => {
      const options = command.opts<RemoteOptions>()
      const { io } = cli
      const call = { io, client: createApiClient(options, io), output: createOutput(io, options.json === true) }
      cli.finish((await action(call)) ?? 0)
    })

/** The argument of a command that takes one. */
export interface Argument {
  readonly flags: string
  readonly description: string
  readonly parse?: (text: string) => string
}

/** Adds a command that takes one argument and talks to a running server. */
export const addCommand = (
  cli: Cli,
  parent: Command,
  { flags, description, parse = String }: Argument,
  name: string,
  summary: string,
  act: (call: Call, value: string) => ReturnType<Action>,
): Command => {
  const command = parent.command(name).description(summary).argument(flags, description, parse)
  return remote(cli, command, (call) => act(call, String(command.args[0])))
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

/** An option that may be repeated: `--tag a --tag b`. */
export const repeatable = (command: Command, flags: string, description: string): Command =>
  command.option<readonly string[] | undefined>(flags, `${description}; may be repeated`, collect)

/** The same for options that are parsed. `--no-…` beside it gives false. */
export const repeatableAs = <T>(command: Command, flags: string, description: string, parse: (text: string) => T): Command =>
  command.option<readonly T[] | false | undefined>(flags, `${description}; may be repeated`, (text, before) => [
    ...(before || []),
    parse(text),
  ])

/** Parses an id; anything else is wrong usage. */
export const id = (text: string): string => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('An id is a number, such as 12.')
  return text
}

/** The argument of commands about one record, which `of` names. */
export const idArgument = (of: string): Argument => ({ flags: '<ID>', description: `id of the ${of}`, parse: id })
export const deviceArgument: Argument = { flags: '<PK/DN>', description: 'product key and device name' }

/** Parses a whole number from `least` to `most`. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `It must be a whole number, at least ${least}.`
        : `It must be a whole number from ${least} to ${most}.`,
    )
  }

/** Parses a time into seconds. */
export const time = (text: string): number => {
  const value = seconds(text)
  if (value === undefined) throw new InvalidArgumentError('Write a time as 90, 90s, 15m, 2h or 1d.')
  return value
}
