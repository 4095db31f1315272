// fogbell password: reads a password and prints its hash for mqtt.users. Needs no server.

import type { Command } from 'commander'
import { hashPassword } from '../password.ts'
import type { Cli } from './command.ts'
import { statusOf } from './io.ts'
import { createOutput } from './output.ts'
import { usageError } from './problem-text.ts'
import { readPassword } from './typed-password.ts'

/** Adds `fogbell password`. */
export const addPassword = (cli: Cli, program: Command): void => {
  const command = program
    .command('password')
    .description('Read a password (from the terminal without echo, or from the first line of stdin) and print its hash for mqtt.users.')
    .option('--json', 'print JSON')
    .action(async () => {
      const output = createOutput(cli.io, command.opts<{ json?: boolean }>().json === true)
      const password = await readPassword(cli.io)
      if (password === undefined) return cli.finish(statusOf('SIGINT'))
      if (password === '') throw usageError('the password is empty')
      const passwordHash = await hashPassword(password)
      output.result({ passwordHash }, () => [passwordHash])
    })
}
