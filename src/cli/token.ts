// fogbell token: the tokens of programs, and the renewal of the one in the data directory. A token is shown once, when it is made.

import { type Command, Option } from 'commander'
import { roles } from '../roles.ts'
import { addCommand, type Cli, remote } from './command.ts'
import { ago, clean } from './format.ts'
import { writeList } from './output.ts'

interface Renewed {
  readonly file: string
  readonly token: string
}

interface TokenRow {
  readonly name: string
  readonly role: string
  readonly station: string | null
  readonly createdAt: string
  readonly createdBy: string
  readonly usedAt: string | null
  readonly usedFrom: string | null
}

const nameArgument = { flags: '<NAME>', description: 'name of the token' }

const addList = (cli: Cli, noun: Command): void => {
  const command = noun.command('list').description('List the tokens, without themselves; that of admin.token is not among them.')
  remote(cli, command, async ({ client, output, io }) => {
    await writeList(output, client.pages<TokenRow>('/tokens', { limit: undefined }), {
      head: ['NAME', 'ROLE', 'STATION', 'MADE', 'BY', 'LAST USED', 'FROM'],
      row: (token) => [
        clean(token.name),
        token.role,
        clean(token.station ?? ''),
        ago(token.createdAt, io.now()),
        clean(token.createdBy),
        token.usedAt === null ? 'never' : ago(token.usedAt, io.now()),
        clean(token.usedFrom ?? ''),
      ],
      none: 'There is no token but that of admin.token.',
    })
  })
}

const addAdd = (cli: Cli, noun: Command): void => {
  const command = addCommand(cli, noun, nameArgument, 'add', 'Make a token and print it: it is shown only now.', async (call, name) => {
    const { role, station } = command.opts<{ role: string; station?: string }>()
    const made = await call.client.send<TokenRow & { token: string }>('POST', '/tokens', {
      name,
      role,
      ...(station !== undefined && { station }),
    })
    call.output.result(made, () => [clean(made.token)])
    call.output.note(`Token ${clean(made.name)} with the role ${made.role}. Keep it: it cannot be shown again.`)
  })
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--station <id>', 'the station that a token with the role station is for')
}

const addRotate = (cli: Cli, noun: Command): void => {
  const command = noun
    .command('rotate')
    .description('Replace admin.token: the old one is refused from then on, and sessions and event streams that it began end.')
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

/** Adds `fogbell token`. */
export const addToken = (cli: Cli, program: Command): void => {
  const noun = program.command('token').description('Tokens for programs, and that of the data directory.')
  addList(cli, noun)
  addAdd(cli, noun)
  addCommand(cli, noun, nameArgument, 'rm', 'Remove a token: it is refused from then on.', async ({ client, output }, name) => {
    await client.send('DELETE', `/tokens/${encodeURIComponent(name)}`)
    output.result({ removed: name }, () => [`token ${clean(name)} removed`])
  })
  addRotate(cli, noun)
}
