// fogbell token: replaces the token of the admin API of a running server. Says where the new one is, and shows it only if asked to.

import type { Command } from 'commander'
import { type Cli, remote } from './command.ts'
import { clean } from './format.ts'

interface Renewed {
  readonly file: string
  readonly token: string
}

/** Adds `fogbell token`. */
export const addToken = (cli: Cli, program: Command): void => {
  const noun = program.command('token').description('The token of the admin API.')
  const command = noun
    .command('rotate')
    .description('Replace the token: the old one is refused from then on, and event streams that were opened with it end.')
    .option('--show', 'print the new token too')
  remote(cli, command, async ({ client, output }) => {
    const { file, token } = await client.send<Renewed>('POST', '/token/rotate')
    const isShown = command.opts<{ show?: boolean }>().show === true
    output.result({ file, ...(isShown && { token }) }, () => [
      `There is a new token; the old one is refused from now on.`,
      `It is in ${clean(file)} on the server${isShown ? `: ${clean(token)}` : ''}`,
    ])
  })
}
