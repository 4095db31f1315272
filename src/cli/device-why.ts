// fogbell device why: the rules that decide about a device, in order.

import type { Command } from 'commander'
import { devicePath } from './api-client.ts'
import type { VerdictView } from './api-records.ts'
import { addCommand, type Cli, deviceArgument } from './command.ts'
import { clean, withLocalTimes } from './format.ts'
import type { Output } from './output.ts'
import { padEnd, width } from './table.ts'

/** Other names for rules that are named after a refusal: those would read oddly beside a yes. */
const names: Readonly<Record<string, string>> = { paused: 'status', busy: 'module', retry: 'attempt', slot: 'slots' }

/** The rule without its campaign, which is in the heading. */
const nameOf = ({ rule, campaign }: VerdictView): string => {
  const name = campaign === null ? rule : rule.replace(`campaign ${campaign} `, '')
  return names[name] ?? clean(name)
}

const headOf = ({ campaign }: VerdictView): string => (campaign === null ? 'device' : `campaign ${campaign}`)

/** Consecutive verdicts of the same campaign. */
const grouped = (verdicts: readonly VerdictView[]): readonly (readonly VerdictView[])[] => {
  const groups: VerdictView[][] = []
  for (const verdict of verdicts) {
    const last = groups.at(-1)
    if (last !== undefined && last[0]?.campaign === verdict.campaign) last.push(verdict)
    else groups.push([verdict])
  }
  return groups
}

/** All rules, those of a campaign below its number. The first "no" is what holds the update back. */
export const whyLines = (verdicts: readonly VerdictView[], { colors }: Pick<Output, 'colors'>): string[] => {
  const longest = Math.max(0, ...verdicts.map((verdict) => width(nameOf(verdict))))
  return grouped(verdicts).flatMap((group) => {
    const [first] = group
    const holds = group.find(({ ok }) => !ok)
    const lines = group.flatMap((verdict) => {
      const mark = verdict.ok ? colors.green('yes') : colors.red('no ')
      const text = `${padEnd(nameOf(verdict), longest)}  ${clean(withLocalTimes(verdict.text))}`
      const advice = verdict.advice === undefined ? [] : [`       ${padEnd('', longest)}  ${clean(verdict.advice.text)}`]
      return [`  ${mark}  ${verdict === holds ? colors.bold(text) : text}`, ...advice]
    })
    return first === undefined ? [] : [headOf(first), ...lines]
  })
}

/** Adds `fogbell device why`. */
export const addDeviceWhy = (cli: Cli, parent: Command): void => {
  const summary = 'Show, rule by rule, why a device is or is not being updated now.'
  const command = addCommand(cli, parent, deviceArgument, 'why', summary, async ({ client, output }, device) => {
    const { module } = command.opts<{ module?: string }>()
    const { items: verdicts } = await client.get<{ readonly items: readonly VerdictView[] }>(`${devicePath(device)}/why`, { module })
    output.result(verdicts, () => whyLines(verdicts, output))
  })
  command
    .option('--module <name>', 'only this module')
    .addHelpText('after', '\nThe rules are in the order in which they decide: in each group the first "no" is what holds the update back.')
}
