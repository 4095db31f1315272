// fogbell device why: the rules that decide about a device, as a list that people read from above.

import type { Command } from 'commander'
import type { VerdictView } from './api-records.ts'
import { devicePath } from './client.ts'
import { type Cli, remote } from './command.ts'
import { clean } from './format.ts'
import type { Output } from './output.ts'
import { padEnd, width } from './table.ts'

/** Rules that are called by what they say no with read oddly where they say yes. */
const names: Readonly<Record<string, string>> = { paused: 'status', busy: 'module', retry: 'attempt', slot: 'slots' }

/** The rule without its campaign, which stands above. */
const nameOf = ({ rule, campaign }: VerdictView): string => {
  const name = campaign === null ? rule : rule.replace(`campaign ${campaign} `, '')
  return names[name] ?? clean(name)
}

const headOf = ({ campaign }: VerdictView): string => (campaign === null ? 'device' : `campaign ${campaign}`)

/** Verdicts that follow each other and are of the same campaign. */
const grouped = (verdicts: readonly VerdictView[]): readonly (readonly VerdictView[])[] => {
  const groups: VerdictView[][] = []
  for (const verdict of verdicts) {
    const last = groups.at(-1)
    if (last !== undefined && last[0]?.campaign === verdict.campaign) last.push(verdict)
    else groups.push([verdict])
  }
  return groups
}

/** All rules, those of a campaign below its number. The first that says no is what holds the update back. */
export const whyLines = (verdicts: readonly VerdictView[], { colors }: Pick<Output, 'colors'>): string[] => {
  const longest = Math.max(0, ...verdicts.map((verdict) => width(nameOf(verdict))))
  return grouped(verdicts).flatMap((group) => {
    const [first] = group
    const holds = group.find(({ ok }) => !ok)
    const lines = group.map((verdict) => {
      const mark = verdict.ok ? colors.green('yes') : colors.red('no ')
      const text = `${padEnd(nameOf(verdict), longest)}  ${clean(verdict.text)}`
      return `  ${mark}  ${verdict === holds ? colors.bold(text) : text}`
    })
    return first === undefined ? [] : [headOf(first), ...lines]
  })
}

/** Adds `fogbell device why`. */
export const addDeviceWhy = (cli: Cli, parent: Command): void => {
  const command = parent
    .command('why')
    .description('Say, rule by rule, why a device is or is not being updated now.')
    .argument('<PK/DN>', 'product key and device name')
    .option('--module <name>', 'only this module')
    .addHelpText('after', '\nRules stand in the order in which they decide: in each group the first "no" is what holds the update back.')
  remote(cli, command, async ({ client, output }) => {
    const path = `${devicePath(String(command.args[0]))}/why`
    const { module } = command.opts<{ module?: string }>()
    const { items: verdicts } = await client.get<{ readonly items: readonly VerdictView[] }>(path, { module })
    if (output.json) output.value(verdicts)
    else output.lines(whyLines(verdicts, output))
  })
}
