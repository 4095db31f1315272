// fogbell version: what this program is, for a report of a fault. Needs no server.

import type { Command } from 'commander'
import { origin } from '../bundled.ts'
import type { Cli } from './command.ts'
import { createOutput } from './output.ts'

const kinds = { file: 'the single file', package: 'the npm package', source: 'a source tree' } as const

/** Adds `fogbell version`. */
export const addVersion = (cli: Cli, program: Command): void => {
  const command = program
    .command('version')
    .description('Print what this program is: version, Node.js, platform, and what it was built from.')
    .option('--json', 'print JSON')
    .action(() => {
      const { kind, builtFrom } = origin()
      const { version: node, arch, platform } = process
      const facts = { version: cli.version, node: node.slice(1), arch, platform, kind, builtFrom }
      createOutput(cli.io, command.opts<{ json?: boolean }>().json === true).result(facts, () => [
        `fogbell     ${cli.version}`,
        `Node.js     ${facts.node}`,
        `platform    ${platform} ${arch}`,
        `kind        ${kinds[kind]}`,
        `built from  ${builtFrom === null ? 'a source tree' : `${builtFrom.commit ?? 'an unknown commit'}, ${builtFrom.time}`}`,
      ])
    })
}
