// --abort and --no-abort, for every command that creates a campaign. Knows how rules are typed, not what they are for.

import type { Command } from 'commander'
import { type AbortSpec, abortSpec } from './campaign-specs.ts'
import { repeatableAs } from './command.ts'
import { usageError } from './problem-text.ts'

/** false: `--no-abort`; undefined: the server's default. */
export type AbortChoice = readonly AbortSpec[] | false | undefined

/** Both set the same option, so that without this the last one would win silently. */
const refuseBoth = (command: Command): void => {
  const given = new Set<string>()
  const note = (name: string): void => {
    if (given.add(name).size > 1) throw usageError('--abort and --no-abort cannot be used together')
  }
  for (const name of ['abort', 'no-abort']) command.on(`option:${name}`, () => note(name))
}

/** Adds both options. */
export const addAborts = (command: Command): void => {
  repeatableAs(command, '--abort <spec>', 'pause or cancel it when too many fail', abortSpec)
  command.option('--no-abort', 'never pause or cancel because of failures')
  refuseBoth(command)
}

/** The rules as the API takes them. */
export const rulesGiven = (choice: AbortChoice): readonly AbortSpec[] | undefined => (choice === false ? [] : choice)
