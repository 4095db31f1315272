// Lists as CSV: the bytes of the server as they come, as fast as stdout takes them. Knows no list.

import { type Command, Option } from 'commander'
import { OtaError } from '../errors.ts'
import type { Query } from './api-client.ts'
import type { Call } from './command.ts'
import type { Sink } from './io.ts'

/** Adds `--csv` to a list. */
export const csvOption = (command: Command): Command =>
  command.addOption(new Option('--csv', 'print CSV with all columns instead of a table').conflicts('json'))

const written = async (sink: Sink, text: string): Promise<void> => {
  if (sink.write(text) !== false) return
  await new Promise<void>((resolve) => {
    if (sink.once === undefined) resolve()
    else sink.once('drain', resolve)
  })
}

/** Prints all of the list as CSV. */
export const writeCsv = (call: Call, path: string, query: Query = {}): Promise<void> => writeStream(call, path, { ...query, format: 'csv' })

/** Prints all that comes, as it comes. OTA_UNREACHABLE if its end does not come. */
export const writeStream = async ({ client, io }: Call, path: string, query: Query): Promise<void> => {
  const decoder = new TextDecoder()
  const chunks = (await client.bytes(path, query))[Symbol.asyncIterator]()
  for (;;) {
    const chunk = await chunks.next().catch((cause: unknown) => {
      throw new OtaError('OTA_UNREACHABLE', 'the connection was closed before the end of the list: what was printed is not all of it', {
        cause,
      })
    })
    if (chunk.done === true) return
    await written(io.stdout, decoder.decode(chunk.value, { stream: true }))
  }
}
