// The samples of a page: each command in its `console` blocks with the lines that it prints.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface PageSample {
  /** Without the prompt; a command of several lines is joined as it is. */
  readonly command: string
  readonly lines: readonly string[]
}

const root = new URL('../..', import.meta.url)

/** The text of a page by its path in the repository. */
export const pageText = (page: string): string => readFileSync(fileURLToPath(new URL(page, root)), 'utf8')

/** The fenced blocks in that language, without their fences. */
export const blocksOf = (page: string, language: string): readonly string[] =>
  [...pageText(page).matchAll(new RegExp(`^ *\`\`\`${language}\\n([^]*?)^ *\`\`\`$`, 'gm'))].map(([, block = '']) => block)

const isOpen = (command: string): boolean => command.endsWith('\\') || command.split("'").length % 2 === 0

const samplesIn = (block: string): readonly PageSample[] => {
  const samples: { command: string; lines: string[] }[] = []
  for (const line of block.replace(/\n$/, '').split('\n')) {
    const last = samples.at(-1)
    if (line.startsWith('$ ')) samples.push({ command: line.slice(2), lines: [] })
    else if (last !== undefined && last.lines.length === 0 && isOpen(last.command)) last.command += `\n${line}`
    else last?.lines.push(line)
  }
  return samples
}

export const samplesOf = (page: string): readonly PageSample[] => blocksOf(page, 'console').flatMap(samplesIn)

/** What the one command that begins like this prints. */
export const printedIn = (page: string, command: string): string => {
  const found = samplesOf(page).filter((sample) => sample.command.startsWith(command))
  if (found.length !== 1) throw new Error(`${page} has ${found.length} samples of ${command}`)
  return found.map(({ lines }) => `${lines.join('\n')}\n`).join('')
}
