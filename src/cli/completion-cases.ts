// What a completion script decides, as cases of the shell: both shells have the same `case … esac`. A command is named by its line,
// `fogbell device list`. Knows the tree of commands, not the syntax of one shell.

import { everyCommand, type TreeCommand, type Value } from './command-tree.ts'

/** A text in single quotes, as every shell reads it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** `'a'|'b') does ;;`; nothing for no pattern. */
export const caseLine = (patterns: readonly string[], does: string): string[] =>
  patterns.length === 0 ? [] : [`${patterns.map(quoted).join('|')}) ${does} ;;`]

/** `fogbell serve --config`: each option that takes a value, with the value. */
const valued = (tree: TreeCommand): { readonly pattern: string; readonly value: Value }[] =>
  everyCommand(tree).flatMap(({ line, options }) =>
    options.flatMap(({ names, value }) => (value === null ? [] : names.map((name) => ({ pattern: `${line} ${name}`, value })))),
  )

/** All options that take a value: the next word is no command. */
export const valuedPatterns = (tree: TreeCommand): string[] => valued(tree).map(({ pattern }) => pattern)

/** The lines of all commands but the program itself. */
export const commandPatterns = (tree: TreeCommand): string[] =>
  everyCommand(tree)
    .slice(1)
    .map(({ line }) => line)

/** Patterns that ask for the same value, together. */
const grouped = (found: readonly { readonly pattern: string; readonly value: Value }[], completes: (value: Value) => string): string[] => {
  const groups = new Map<string, string[]>()
  for (const { pattern, value } of found) {
    const does = completes(value)
    groups.set(does, [...(groups.get(does) ?? []), pattern])
  }
  return [...groups].flatMap(([does, patterns]) => (does === '' ? [] : caseLine(patterns, does)))
}

/** For each option with a value: how the shell completes it. `''`: not at all. */
export const optionCases = (tree: TreeCommand, completes: (value: Value) => string): string[] => grouped(valued(tree), completes)

/** For each argument, as `fogbell push 0` (its line and which it is): how the shell completes it. */
export const argumentCases = (tree: TreeCommand, completes: (value: Value) => string): string[] => {
  const all = everyCommand(tree).flatMap(({ line, arguments: args }) =>
    args.map(({ value }, index) => ({ pattern: `${line} ${index}`, value })),
  )
  return grouped(all, completes)
}

export const indented = (lines: readonly string[], by: number): string => lines.map((line) => ' '.repeat(by) + line).join('\n')
