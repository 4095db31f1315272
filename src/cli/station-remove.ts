// fogbell station remove: asks first, and says what becomes of tokens, results and runs.

import type { Command } from 'commander'
import type { ApiClient } from './api-client.ts'
import { addCommand, type Call, type Cli } from './command.ts'
import { confirmed, withYes } from './confirm.ts'
import { clean, plural } from './format.ts'
import { stationArgument, stationPath } from './station-path.ts'
import type { ScreenRecord } from './station-records.ts'

interface BoundToken {
  readonly name: string
  readonly station: string | null
}

const tokensOf = async (client: ApiClient, id: string): Promise<readonly string[]> => {
  const { items } = await client.get<{ readonly items: readonly BoundToken[] }>('/tokens')
  return items.filter(({ station }) => station === id).map(({ name }) => clean(name))
}

const tokensText = (tokens: readonly string[]): string =>
  tokens.length === 0
    ? 'it has no tokens'
    : `its ${plural(tokens.length, 'token')} (${tokens.join(', ')}) will be removed, and its screens and jigs will stop`

const slotTexts = ({ slotViews }: ScreenRecord): readonly string[] =>
  slotViews.flatMap(({ slot, run, isAcknowledged }) => {
    if (run === null) return []
    if (run.state !== 'ended') return [`slot ${slot}: run ${run.id} of ${clean(run.serial)} is not over, and the station stays until it is`]
    const isUnseen = run.outcome !== 'passed' && !isAcknowledged
    return isUnseen ? [`slot ${slot}: the result of ${clean(run.serial)} (${run.outcome}, run ${run.id}) was not acknowledged`] : []
  })

const stayText = (id: string): string => `its runs, units and figures stay: fogbell run list --station ${id}`

const happens = (view: ScreenRecord, tokens: readonly string[]): readonly string[] => [
  `station ${clean(view.id)} with ${plural(view.slots, 'slot')} will be removed`,
  tokensText(tokens),
  ...slotTexts(view),
  stayText(clean(view.id)),
]

const remove = async (call: Call, id: string, isYes: boolean): Promise<number | undefined> => {
  const { client, output, io } = call
  const view = await client.get<ScreenRecord>(stationPath(id))
  const tokens = await tokensOf(client, view.id)
  if (!(await confirmed(call, isYes, happens(view, tokens), `Remove station ${clean(view.id)}?`))) {
    io.stderr.write('nothing was removed\n')
    return 1
  }
  await client.send('DELETE', stationPath(id))
  const andTokens = tokens.length === 0 ? '' : `, with ${plural(tokens.length, 'token')}: ${tokens.join(', ')}`
  output.result({ removed: id, tokens }, () => [`station ${clean(id)} removed${andTokens}`, stayText(clean(id))])
  return undefined
}

export const addStationRemove = (cli: Cli, noun: Command): void => {
  const summary = 'Remove a station and its tokens; at a terminal it asks first. Its runs stay; while one is open it is refused.'
  const command = addCommand(cli, noun, stationArgument, 'remove', summary, (call, id) =>
    remove(call, id, command.opts<{ yes?: boolean }>().yes === true),
  )
  withYes(command)
}
