// The manual page, made of the help of all commands. Knows the tree of commands and the man macros of roff.

import { serverHeading } from './command.ts'
import { everyCommand, type TreeCommand, type TreeOption } from './command-tree.ts'

export interface ManPageFacts {
  readonly version: string
  /** `2026-03-01`. */
  readonly date: string
}

/** A text as roff prints it; a hyphen stays one that can be copied. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^(?=[.'])/gm, '\\&')

const bold = (text: string): string => `\\fB${escaped(text)}\\fR`

/** Names in bold, placeholders in italics. */
const flagsText = (text: string): string =>
  escaped(text)
    .replaceAll(/\\-\\?-?[\w\\-]*\w/g, (name) => `\\fB${name}\\fR`)
    .replaceAll(/[<[]([^>\]]*)[>\]]/g, (all, word: string) => `${all.charAt(0)}\\fI${word}\\fR${all.slice(-1)}`)

const optionLines = ({ flags, description }: TreeOption): string[] => ['.TP', flagsText(flags), escaped(description)]

const isIndented = (line: string): boolean => /^\s/.test(line)

/** Text of a help page: lines as they are, since it has lists and samples. */
const verbatim = (text: string): string[] => (text === '' ? [] : ['.PP', '.nf', ...text.split('\n').map(escaped), '.fi'])

/** Paragraphs are filled; where lines are indented they stay as they are. */
const helpText = (text: string): string[] =>
  text.split('\n').some(isIndented) ? verbatim(text) : text.split(/\n\n+/).flatMap((part) => (part === '' ? [] : ['.PP', escaped(part)]))

/** Options under a heading that several commands share are described once. */
const isShared = ({ group }: TreeOption): boolean => group === serverHeading
const isHelp = ({ names }: TreeOption): boolean => names.includes('--help')

const commandLines = (command: TreeCommand): string[] => {
  const own = command.options.filter((option) => !isShared(option) && !isHelp(option))
  const shares = command.options.some(isShared)
  return [
    `.SS ${escaped(command.line)}`,
    `${bold(command.line)} ${flagsText(command.usage)}`,
    '.PP',
    escaped(command.description),
    ...own.flatMap(optionLines),
    ...(shares ? ['.PP', 'It also takes the options of WHERE THE SERVER IS.'] : []),
    ...helpText(command.after),
  ]
}

const sharedLines = (all: readonly TreeCommand[]): string[] => {
  const options = all.find(({ options: own }) => own.some(isShared))?.options ?? []
  return [
    '.SH WHERE THE SERVER IS',
    'Commands that talk to a running server take these options.',
    ...options.filter(isShared).flatMap(optionLines),
  ]
}

const files: readonly (readonly [string, string])[] = [
  ['/etc/fogbell/config.json', 'Settings of the service.'],
  ['/etc/fogbell/tls', 'Certificates and keys of the service.'],
  ['/var/lib/fogbell', 'Data of the service: store, images, and the token of the API.'],
  ['/usr/share/doc/fogbell', 'Documentation.'],
]

/** `tree` is that of the whole program. */
export const manPage = (tree: TreeCommand, { version, date }: ManPageFacts): string => {
  const [program, ...all] = everyCommand(tree)
  const last = all.filter(({ commands }) => commands.length === 0)
  const summary = tree.description.replace(/\.$/, '')
  const lines = [
    `.TH ${tree.name.toUpperCase()} 1 ${date} "${tree.name} ${escaped(version)}" "User Commands"`,
    '.SH NAME',
    `${tree.name} \\- ${escaped(summary.charAt(0).toLowerCase() + summary.slice(1))}`,
    '.SH SYNOPSIS',
    `${bold(tree.name)} \\fICOMMAND\\fR [\\fIOPTION\\fR]...`,
    '.SH DESCRIPTION',
    escaped(tree.description),
    ...(program?.options ?? []).flatMap(optionLines),
    ...sharedLines(all),
    '.SH COMMANDS',
    ...last.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...helpText(tree.after.replace(/^Exit status: /, '')).slice(1),
    '.SH FILES',
    ...files.flatMap(([path, what]) => ['.TP', `\\fI${escaped(path)}\\fR`, escaped(what)]),
    '.SH SEE ALSO',
    '.BR systemctl (1),',
    '.BR journalctl (1)',
  ]
  return `${lines.join('\n')}\n`
}
