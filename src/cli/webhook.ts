// fogbell webhook: alerts for other programs. A secret is shown once, when the server makes it; one that is given comes from a file.

import { type Command, Option } from 'commander'
import { alertTypes } from '../alerts.ts'
import { addCommand, type Call, type Cli, remote, repeatable, repeatableAs } from './command.ts'
import { ago, clean, plural, withLocalTimes } from './format.ts'
import { readGiven } from './given-file.ts'
import { writeList } from './output.ts'
import { usageError } from './problem-text.ts'

interface WebhookRow {
  readonly name: string
  readonly url: string
  readonly events: readonly string[]
  readonly products: readonly string[]
  readonly backlog: number
  readonly oldestAt: string | null
  readonly parked: { readonly count: number }
  readonly trouble: { readonly text: string } | null
  readonly deliveredAt: string | null
}

interface Made extends WebhookRow {
  readonly secret: string | null
}

interface Tested {
  readonly ok: boolean
  readonly ms: number
  readonly text: string
}

interface Options {
  readonly url?: string
  readonly event?: readonly string[] | false
  readonly product?: readonly string[] | false
  readonly secretFile?: string
  readonly newSecret?: boolean
  readonly authority?: string | false
}

const nameArgument = { flags: '<NAME>', description: 'name of the webhook' }
const pathOf = (name: string): string => `/webhooks/${encodeURIComponent(name)}`
const firstLine = (bytes: Buffer): string => bytes.toString('utf8').split(/\r?\n/, 1)[0] ?? ''

const eventOf = (text: string): string => {
  if (alertTypes.some((type) => type === text)) return text
  throw usageError(`there is no kind of event "${text}"; there are ${alertTypes.join(', ')}`)
}

const secretOf = async ({ secretFile, newSecret }: Options): Promise<string | null | undefined> => {
  if (secretFile !== undefined) return firstLine(await readGiven(secretFile))
  return newSecret === true ? null : undefined
}

/** What the options change; `--no-…` empties a field. */
const bodyOf = async (options: Options) => {
  const { url, event, product, authority } = options
  const secret = await secretOf(options)
  return {
    ...(url !== undefined && { url }),
    ...(event !== undefined && { events: event === false ? [] : event }),
    ...(product !== undefined && { products: product === false ? [] : product }),
    ...(authority !== undefined && { ca: authority === false ? null : (await readGiven(authority)).toString('utf8') }),
    ...(secret !== undefined && { secret }),
  }
}

/** The secret alone on stdout, what it is on stderr. */
const showMade = ({ output }: Call, made: Made, said: string): void => {
  const { secret } = made
  output.result(made, () => (secret === null ? [] : [clean(secret)]))
  output.note(secret === null ? said : `${said} Keep its secret, with which the receiver verifies events: it cannot be shown again.`)
}

const stateOf = ({ trouble, parked }: WebhookRow): string =>
  [
    ...(trouble === null ? [] : [withLocalTimes(trouble.text)]),
    ...(parked.count === 0 ? [] : [`${plural(parked.count, 'event')} refused`]),
  ].join(' ')

const addList = (cli: Cli, noun: Command): void => {
  remote(cli, noun.command('list').description('List the webhooks, with what waits for them.'), async ({ client, output, io }) => {
    await writeList(output, client.pages<WebhookRow>('/webhooks', { limit: undefined }), {
      head: ['NAME', 'URL', 'EVENTS', 'WAITING', 'OLDEST', 'LAST TAKEN', 'STATE'],
      row: (hook) => [
        clean(hook.name),
        clean(hook.url),
        hook.events.length === 0 ? 'all' : hook.events.join(', '),
        String(hook.backlog),
        ago(hook.oldestAt, io.now()),
        ago(hook.deliveredAt, io.now()),
        clean(stateOf(hook)) || 'ok',
      ],
      none: 'There is no webhook: add one with "fogbell webhook add NAME --url URL".',
    })
  })
}

const withFields = (command: Command): Command => {
  repeatableAs(command, '--event <type>', `send only this kind of event: ${alertTypes.join(', ')}`, eventOf)
  repeatable(command, '--product <key>', 'send only what is about this product, or about none')
  return command
    .option('--authority <file>', 'PEM certificates of authorities that the receiver may have, besides the usual ones')
    .addOption(new Option('--secret-file <file>', 'use the first line of this file as the secret'))
}

const addAdd = (cli: Cli, noun: Command): void => {
  const command = addCommand(
    cli,
    noun,
    nameArgument,
    'add',
    'Add a webhook; prints its secret, which is shown only now.',
    async (call, name) => {
      const made = await call.client.send<Made>('POST', '/webhooks', { name, ...(await bodyOf(command.opts<Options>())) })
      showMade(call, made, `Webhook ${clean(made.name)} added. Try it with "fogbell webhook test ${clean(made.name)}".`)
    },
  )
  withFields(command).requiredOption('--url <url>', 'where events are sent: http or https')
}

const addEdit = (cli: Cli, noun: Command): void => {
  const command = addCommand(cli, noun, nameArgument, 'edit', 'Change a webhook: only what is given.', async (call, name) => {
    const body = await bodyOf(command.opts<Options>())
    if (Object.keys(body).length === 0) throw usageError('nothing to change is given')
    const made = await call.client.send<Made>('PATCH', pathOf(name), body)
    showMade(call, made, `Webhook ${clean(made.name)} changed.`)
  })
  withFields(command)
    .option('--url <url>', 'where events are sent: http or https')
    .option('--no-event', 'send all kinds of events')
    .option('--no-product', 'send what is about any product')
    .option('--no-authority', 'trust the usual authorities only')
    .addOption(new Option('--new-secret', 'make a new secret and print it').conflicts('secretFile'))
}

const addTest = (cli: Cli, noun: Command): void => {
  addCommand(cli, noun, nameArgument, 'test', 'Send a test at once, and print what came back.', async ({ client, output }, name) => {
    const answer = await client.send<Tested>('POST', `${pathOf(name)}/test`)
    output.result(answer, () => [`${clean(withLocalTimes(answer.text))} (${answer.ms} ms)`])
    return answer.ok ? 0 : 1
  })
}

const addRetry = (cli: Cli, noun: Command): void => {
  const summary = 'Send again what the receiver has refused again and again.'
  addCommand(cli, noun, nameArgument, 'retry', summary, async ({ client, output }, name) => {
    const answer = await client.send<{ events: number }>('POST', `${pathOf(name)}/retry`)
    output.result(answer, () => [`${plural(answer.events, 'event')} of ${clean(name)} ${answer.events === 1 ? 'waits' : 'wait'} again`])
  })
}

/** Adds `fogbell webhook`. */
export const addWebhook = (cli: Cli, program: Command): void => {
  const noun = program.command('webhook').description('Alerts for other programs, sent over HTTP.')
  addList(cli, noun)
  addAdd(cli, noun)
  addEdit(cli, noun)
  addCommand(cli, noun, nameArgument, 'rm', 'Remove a webhook, and all that waits for it.', async ({ client, output }, name) => {
    await client.send('DELETE', pathOf(name))
    output.result({ removed: name }, () => [`webhook ${clean(name)} removed`])
  })
  addTest(cli, noun)
  addRetry(cli, noun)
}
