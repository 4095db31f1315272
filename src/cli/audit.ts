// fogbell audit: what people, tokens and the server did, and whether the record of it is whole.

import type { Command } from 'commander'
import { type Cli, remote, whole } from './command.ts'
import { clean, localTime, plural } from './format.ts'
import { writeList } from './output.ts'

interface LineRow {
  readonly seq: number
  readonly at: string
  readonly name: string
  readonly address: string | null
  readonly act: string
  readonly subject: string | null
  readonly changes: Readonly<Record<string, readonly unknown[]>>
  readonly detail: Readonly<Record<string, unknown>>
}

interface Verdict {
  readonly lines: number
  readonly head: string | null
  readonly faults: readonly { readonly text: string }[]
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** `role: viewer -> admin`. */
const whatOf = ({ changes, detail }: LineRow): string =>
  [
    ...Object.entries(changes).map(([field, [before, after]]) =>
      before === null ? `${field}: ${shown(after)}` : `${field}: ${shown(before)} -> ${shown(after)}`,
    ),
    ...Object.entries(detail).map(([field, value]) => `${field}: ${shown(value)}`),
  ].join(', ')

async function* atMost<T>(pages: AsyncIterable<readonly T[]>, limit: number): AsyncGenerator<readonly T[]> {
  let left = limit
  for await (const page of pages) {
    yield page.slice(0, left)
    left -= page.length
    if (left <= 0) return
  }
}

const usual = 100

const addList = (cli: Cli, noun: Command): void => {
  const command = noun
    .command('list')
    .description('List what was done, newest first: who, from where, what, and what changed.')
    .option('--name <name>', 'only by this person or token')
    .option('--act <act>', 'only this act, such as pauseCampaign')
    .option('--subject <text>', 'only what begins with this, such as "campaign 7"')
    .option('--since <time>', 'not before this time (ISO 8601 with offset)')
    .option('--until <time>', 'before this time')
    .option('--limit <n>', `how many lines (default: ${usual})`, whole(1))
  remote(cli, command, async ({ client, output }) => {
    const { limit = usual, ...query } = command.opts<Record<string, string> & { limit?: number }>()
    const { name, act, subject, since, until } = query
    const asked = { name, act, subject, since, until, limit: String(Math.min(1000, limit)) }
    await writeList(output, atMost(client.pages<LineRow>('/audit', asked), limit), {
      head: ['LINE', 'AT', 'WHO', 'FROM', 'ACT', 'ON', 'WHAT'],
      row: (line) => [
        String(line.seq),
        localTime(line.at),
        clean(line.name),
        clean(line.address ?? ''),
        clean(line.act),
        clean(line.subject ?? ''),
        clean(whatOf(line)),
      ],
      none: 'Nothing yet.',
    })
  })
}

const addVerify = (cli: Cli, noun: Command): void => {
  const command = noun
    .command('verify')
    .description('Verify that no line was changed or removed. Exits with 1 if one was.')
    .option('--head <head>', 'a head that was noted before, from the log or from here: shows lines that were removed at the end')
  remote(cli, command, async ({ client, output }) => {
    const { head } = command.opts<{ head?: string }>()
    const verdict = await client.get<Verdict>('/audit/verify', { head })
    output.result(verdict, () =>
      verdict.faults.length > 0
        ? verdict.faults.map(({ text }) => clean(text))
        : [`${plural(verdict.lines, 'line')}, none changed, none missing`, ...(verdict.head === null ? [] : [`head ${verdict.head}`])],
    )
    return verdict.faults.length === 0 ? 0 : 1
  })
}

/** Adds `fogbell audit`. */
export const addAudit = (cli: Cli, program: Command): void => {
  const noun = program.command('audit').description('The record of what people and programs did.')
  addList(cli, noun)
  addVerify(cli, noun)
}
