// fogbell discover: lists the servers that announce themselves on the local network. Needs no server, token or data directory.

import type { Command } from 'commander'
import type { discover as find } from '../lan/browse.ts'
import { type Cli, whole } from './command.ts'
import { clean, plural } from './format.ts'
import { createOutput } from './output.ts'
import { createTable } from './table.ts'

type Found = Awaited<ReturnType<typeof find>>[number]

interface DiscoverOptions {
  readonly seconds: number
  readonly json?: boolean
}

const head = ['NAME', 'MQTT', 'ADMIN API', 'VERSION']

const rowOf = ({ name, mqtt, admin, version }: Found): string[] =>
  [name, mqtt.join(' '), admin ?? 'not reached from outside', version ?? ''].map(clean)

const none = (seconds: number): string[] => [
  `no Fogbell server answered within ${plural(seconds, 'second')}`,
  'A server answers if it is in the same network segment, listens on more than loopback addresses, has not set `announce` to false, and no',
  'firewall between blocks UDP port 5353 (multicast DNS, 224.0.0.251). Otherwise use its address: --server http://192.0.2.7:8080.',
]

/** What is printed of the servers; `columns` is the width of the terminal. */
export const foundLines = (found: readonly Found[], seconds: number, columns?: number): string[] =>
  found.length === 0 ? none(seconds) : createTable(head, columns)(found.map(rowOf))

const details = `
Exits with status 1 if no server answers. Devices that cannot look up names use _mqtt._tcp by DNS-SD.`

/** Adds `fogbell discover`. */
export const addDiscover = (cli: Cli, program: Command): void => {
  const command = program
    .command('discover')
    .description('List the Fogbell servers that announce themselves on the local network (multicast DNS).')
    .option('--seconds <n>', 'how long to wait for answers', whole(1, 60), 3)
    .option('--json', 'print JSON')
    .addHelpText('after', details)
    .action(async () => {
      const { seconds, json } = command.opts<DiscoverOptions>()
      const { discover } = await import('../lan/browse.ts')
      const output = createOutput(cli.io, json === true)
      const found = await discover({ seconds })
      output.result(found, () => foundLines(found, seconds, output.columns))
      if (found.length === 0) cli.finish(1)
    })
}
