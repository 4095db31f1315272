// The commands as plain data: names, options, arguments and what may stand in them. For what is made of all commands: completion, the manual
// page. Knows commander, no command.

import { type Argument, type Command, Option } from 'commander'

/** What may be given: one of these words, a file, a directory, or a text of which nothing is known. */
export type Value = { readonly oneOf: readonly string[] } | 'file' | 'directory' | 'text'

export interface TreeOption {
  /** `-h`, `--help`. */
  readonly names: readonly string[]
  /** As the help has it: `--config <file>`. */
  readonly flags: string
  readonly description: string
  /** null: it takes none. */
  readonly value: Value | null
  /** The heading that it stands under in the help; undefined: no particular one. */
  readonly group: string | undefined
}

export interface TreeArgument {
  readonly value: Value
  readonly isRepeated: boolean
}

export interface TreeCommand {
  /** `fogbell device list`. */
  readonly line: string
  readonly name: string
  /** What follows its name: `[options] <ID>`. */
  readonly usage: string
  readonly description: string
  readonly options: readonly TreeOption[]
  readonly arguments: readonly TreeArgument[]
  readonly commands: readonly TreeCommand[]
  /** What its help says after all options. */
  readonly after: string
}

/** From how the help writes it: `<file>`, `<FILE.csv>`, `<dir>`. */
const wordValue = (word: string, choices: readonly string[] | undefined): Value => {
  if (choices !== undefined) return { oneOf: choices }
  if (/^file(\.\w+)?$/i.test(word)) return 'file'
  return /^dir$/i.test(word) ? 'directory' : 'text'
}

const offered = new WeakMap<Option, readonly string[]>()

/** An option with values that a shell offers and that are checked elsewhere, with all other faults. */
export const offering = (flags: string, description: string, values: readonly string[]): Option => {
  const option = new Option(flags, description)
  offered.set(option, values)
  return option
}

const optionOf = (option: Option): TreeOption => {
  const word = /[<[](.*?)(?:\.\.\.)?[>\]]/.exec(option.flags)?.[1]
  return {
    names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
    flags: option.flags,
    description: option.description,
    value: word === undefined ? null : wordValue(word, option.argChoices ?? offered.get(option)),
    group: option.helpGroupHeading,
  }
}

const argumentOf = (argument: Argument): TreeArgument => ({
  value: wordValue(argument.name(), argument.argChoices),
  isRepeated: argument.variadic,
})

/** Commander has no other way to what `addHelpText` added than to print it all. */
const afterOf = (command: Command): string => {
  const before = command.configureOutput()
  const printed: string[] = []
  command.configureOutput({ writeOut: (text) => void printed.push(text) })
  command.outputHelp()
  command.configureOutput(before)
  return printed.join('').slice(command.helpInformation().length).trim()
}

/** `above`: the line of the command that it is part of. */
export const treeOf = (command: Command, above = ''): TreeCommand => {
  const help = command.createHelp()
  const name = command.name()
  const line = `${above} ${name}`.trim()
  return {
    line,
    name,
    usage: command.usage(),
    description: command.description(),
    options: help.visibleOptions(command).map(optionOf),
    arguments: command.registeredArguments.map(argumentOf),
    commands: help
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help')
      .map((each) => treeOf(each, line)),
    after: afterOf(command),
  }
}

/** The command itself and all below, in the order of the help. */
export const everyCommand = (tree: TreeCommand): readonly TreeCommand[] => [tree, ...tree.commands.flatMap(everyCommand)]
