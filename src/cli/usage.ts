// Wrong usage that commander reports in an order of its own: unknown names go before missing ones, and before help. Knows no command.

import type { Command } from 'commander'
import { usageError } from './problem-text.ts'

const required = new WeakMap<Command, string[]>()

/** An option that must be given. Commander's own kind is missed before an unknown option is named, which may be the same one, mistyped. */
export const requiredOption = (command: Command, flags: string, description: string): Command => {
  required.set(command, [...(required.get(command) ?? []), flags])
  return command.option(flags, description)
}

/** Checks the required options of each command once everything else of its line has been understood. */
export const checkRequired = (program: Command): void => {
  program.hook('preAction', (_, command) => {
    for (const flags of required.get(command) ?? []) {
      const option = command.options.find((one) => one.flags === flags)
      if (option !== undefined && command.getOptionValue(option.attributeName()) === undefined)
        throw usageError(`required option '${flags}' not specified`)
    }
  })
}

const isHelp = (word: string): boolean => word === '--help' || word === '-h'

/** Whether the line has a word in place of a command that is not one. */
const namesUnknown = (program: Command, argv: readonly string[]): boolean => {
  let at = program
  for (const word of argv) {
    if (at.commands.length === 0 || word === '--') return false
    if (word.startsWith('-') || word === 'help') continue
    const next = at.commands.find((command) => command.name() === word || command.aliases().includes(word))
    if (next === undefined) return true
    at = next
  }
  return false
}

/** The line as it is to be read: help about a command that does not exist is a mistake, which must not be answered with other help. */
export const withoutIdleHelp = (program: Command, argv: readonly string[]): string[] =>
  namesUnknown(program, argv) ? argv.filter((word) => !isHelp(word) && word !== 'help') : [...argv]
