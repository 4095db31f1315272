// fogbell login: a link that signs a browser in once, as whoever runs the command. It holds a code, never the token.

import type { Command } from 'commander'
import { type Cli, remote } from './command.ts'
import { when } from './format.ts'
import { findServer, type LocationOptions } from './server-location.ts'

/** Adds `fogbell login`. */
export const addLogin = (cli: Cli, program: Command): void => {
  const command = program
    .command('login')
    .description('Print a link that signs a browser in: it works once, within 15 minutes, with the rights of the token that made it.')
  remote(cli, command, async ({ client, output, io }) => {
    const { code, expiresAt } = await client.send<{ code: string; expiresAt: string }>('POST', '/session/code')
    const { url } = await findServer(command.opts<LocationOptions>(), io)
    const link = `${url}/#code=${encodeURIComponent(code)}`
    output.result({ url: link, code, expiresAt }, () => [link])
    output.note(`It works once, until ${when(expiresAt, io.now())}.`)
  })
}
