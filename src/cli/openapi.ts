// fogbell openapi: prints the admin API's OpenAPI document, as the running server makes it.

import type { Command } from 'commander'
import { type Cli, remote } from './command.ts'

/** Adds `fogbell openapi`. */
export const addOpenapi = (cli: Cli, program: Command): void => {
  const command = program.command('openapi').description("Print the admin API's OpenAPI document (JSON).")
  remote(cli, command, async ({ client, output }) => {
    const document = await client.get<object>('/openapi.json')
    output.result(document, () => [JSON.stringify(document, null, 2)])
  })
}
