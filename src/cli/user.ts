// fogbell user: the people who may sign in. Passwords are typed without echo, or are the first line of stdin.

import { Argument, type Command, Option } from 'commander'
import { personRoles } from '../roles.ts'
import { addCommand, type Call, type Cli, remote } from './command.ts'
import { ago, clean, plural } from './format.ts'
import { statusOf } from './io.ts'
import { writeList } from './output.ts'
import { usageError } from './problem-text.ts'
import { readPassword } from './typed-password.ts'

interface UserRow {
  readonly name: string
  readonly role: string
  readonly createdAt: string
  readonly createdBy: string
  readonly usedAt: string | null
  readonly sessions: number
}

const nameArgument = { flags: '<NAME>', description: 'name of the person' }
const pathOf = (name: string): string => `/users/${encodeURIComponent(name)}`

/** Does something with the password that is typed; nothing for Ctrl-C. */
const withPassword = async ({ io }: Call, use: (password: string) => Promise<void>): Promise<number> => {
  const password = await readPassword(io)
  if (password === undefined) return statusOf('SIGINT')
  if (password === '') throw usageError('the password is empty')
  await use(password)
  return 0
}

const addList = (cli: Cli, noun: Command): void => {
  remote(cli, noun.command('list').description('List the people who may sign in.'), async ({ client, output, io }) => {
    await writeList(output, client.pages<UserRow>('/users', { limit: undefined }), {
      head: ['NAME', 'ROLE', 'ADDED', 'BY', 'LAST SEEN', 'SESSIONS'],
      row: (user) => [
        clean(user.name),
        user.role,
        ago(user.createdAt, io.now()),
        clean(user.createdBy),
        user.usedAt === null ? 'never' : ago(user.usedAt, io.now()),
        String(user.sessions),
      ],
      none: 'There is nobody yet: add somebody with "fogbell user add NAME --role admin".',
    })
  })
}

const addAdd = (cli: Cli, noun: Command): void => {
  const command = addCommand(cli, noun, nameArgument, 'add', 'Add a person; the password is asked for.', (call, name) => {
    const { role } = command.opts<{ role: string }>()
    return withPassword(call, async (password) => {
      const user = await call.client.send<UserRow>('POST', '/users', { name, role, password })
      call.output.result(user, () => [`user ${clean(user.name)} added with the role ${user.role}`])
    })
  }).addOption(new Option('--role <role>', 'what the person may do').choices(personRoles).makeOptionMandatory())
}

const addPasswd = (cli: Cli, noun: Command): void => {
  addCommand(cli, noun, nameArgument, 'passwd', 'Set a password anew and end the sessions of that person.', (call, name) =>
    withPassword(call, async (password) => {
      await call.client.send('PUT', `${pathOf(name)}/password`, { password })
      call.output.result({ name }, () => [`user ${clean(name)} has a new password`])
    }),
  )
}

const addRole = (cli: Cli, noun: Command): void => {
  const command = addCommand(cli, noun, nameArgument, 'role', 'Give a person another role.', async ({ client, output }, name) => {
    const user = await client.send<UserRow>('PATCH', pathOf(name), { role: String(command.args[1]) })
    output.result(user, () => [`user ${clean(user.name)} has the role ${user.role}`])
  }).addArgument(new Argument('<ROLE>', 'what the person may do').choices(personRoles))
}

/** Adds `fogbell user`. */
export const addUser = (cli: Cli, program: Command): void => {
  const noun = program.command('user').description('The people who may sign in.')
  addList(cli, noun)
  addAdd(cli, noun)
  addCommand(cli, noun, nameArgument, 'rm', 'Remove a person and end the sessions.', async ({ client, output }, name) => {
    await client.send('DELETE', pathOf(name))
    output.result({ removed: name }, () => [`user ${clean(name)} removed`])
  })
  addPasswd(cli, noun)
  addRole(cli, noun)
  addCommand(cli, noun, nameArgument, 'signout', 'End all sessions of a person.', async ({ client, output }, name) => {
    const { ended } = await client.send<{ ended: number }>('DELETE', `${pathOf(name)}/sessions`)
    output.result({ ended }, () => [`${plural(ended, 'session')} of ${clean(name)} ended`])
  })
}
