// What all commands share: the options that say where the server is, how options are read, and how an action comes by its client.
// Knows commander and the client, no noun.

import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { type Client, createClient } from './client.ts'
import { seconds } from './format.ts'
import type { Io } from './io.ts'
import { createOutput, type Output } from './output.ts'
import type { LocationOptions } from './server-location.ts'

/** One run of the command. `finish` gives it its exit status; without it, that is 0. */
export interface Cli {
  readonly io: Io
  readonly version: string
  finish(status: number): void
}

/** What an action works with. */
export interface Call {
  readonly io: Io
  readonly client: Client
  readonly output: Output
}

/** The exit status, 0 where nothing is returned. */
export type Action = (call: Call) => Promise<number | undefined> | Promise<void>

interface RemoteOptions extends LocationOptions {
  readonly json?: boolean
}

/** Makes a command one that speaks to a running server: adds its options and runs the action with a client. */
export const remote = (cli: Cli, command: Command, action: Action): Command =>
  command
    .option('--json', 'JSON for scripts instead of tables')
    .optionsGroup('Where the server is:')
    .option('--server <url>', 'its admin API (FOGBELL_SERVER; else what <data>/fogbell.json says)')
    .option('--token <token>', 'what opens it (FOGBELL_TOKEN; else <data>/admin.token)')
    .option('--data <dir>', 'data directory of a server on this machine (FOGBELL_DATA; else ./data)')
    .action(async () => {
      const options = command.opts<RemoteOptions>()
      const { io } = cli
      const call = { io, client: createClient(options, io), output: createOutput(io, options.json === true) }
      cli.finish((await action(call)) ?? 0)
    })

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

/** An option that is repeated to give several: `--tag a --tag b`. */
export const repeatable = (command: Command, flags: string, description: string): Command =>
  command.option<readonly string[] | undefined>(flags, `${description}; repeat it for several`, collect)

/** The same for options that are read into something else than text. `--no-…` beside it says false. */
export const repeatableAs = <T>(command: Command, flags: string, description: string, parse: (text: string) => T): Command =>
  command.option<readonly T[] | false | undefined>(flags, `${description}; repeat it for several`, (text, before) => [
    ...(before || []),
    parse(text),
  ])

/** Reads an id; an option or argument that is none is wrong usage. */
export const id = (text: string): string => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('An id is a number, such as 12.')
  return text
}

/** Reads a whole number from `least` on. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER ? `A whole number from ${least} on.` : `A whole number from ${least} to ${most}.`,
    )
  }

/** Reads a time into seconds. */
export const time = (text: string): number => {
  const value = seconds(text)
  if (value === undefined) throw new InvalidArgumentError('A time is said as 90, 90s, 15m, 2h or 1d.')
  return value
}

/** Fogbell's version, from its package.json. */
export const packageVersion = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}
