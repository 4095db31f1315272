// Lines that fit a terminal: folded at spaces by the width that is displayed, where Chinese characters have two columns and colours none.

import { type Cell, charWidth, rowLine, width } from './table.ts'

const esc = String.fromCharCode(27)
const colorCode = new RegExp(`${esc}\\[[0-9;]*m`, 'g')

export const withoutColors = (line: string): string => line.replace(colorCode, '')

/** The width of a line that may have colours, columns. */
export const shownWidth = (line: string): number => width(withoutColors(line))

/** Colour codes and single characters, so that no code is cut apart. */
const pieces = new RegExp(`${esc}\\[[0-9;]*m|[^]`, 'gu')

/** A word that is wider than a line, in parts that are not. */
const broken = (word: string, columns: number): string[] => {
  const parts = ['']
  let used = 0
  for (const [piece] of word.matchAll(pieces)) {
    const wide = piece.startsWith(esc) ? 0 : charWidth(piece)
    if (used + wide > columns) {
      parts.push('')
      used = 0
    }
    parts[parts.length - 1] += piece
    used += wide
  }
  return parts
}

/** The line in lines of at most that many columns; `indent`: of those after the first. Without `columns` it stays whole. */
export const fold = (line: string, columns: number | undefined, indent?: number): string[] => {
  if (columns === undefined || shownWidth(line) <= columns) return [line]
  const own = /^ */.exec(line)?.[0].length ?? 0
  const hanging = ' '.repeat(Math.max(0, Math.min(indent ?? own + 2, columns - 8)))
  const lines: string[] = []
  let now = ' '.repeat(Math.min(own, hanging.length))
  let isEmpty = true
  for (const word of line.trimStart().split(' ')) {
    if (!isEmpty && shownWidth(now) + 1 + shownWidth(word) > columns) {
      lines.push(now.trimEnd())
      now = hanging
      isEmpty = true
    }
    const [first = '', ...rest] = broken(word, Math.max(1, columns - (isEmpty ? shownWidth(now) : shownWidth(now) + 1)))
    now += isEmpty ? first : ` ${first}`
    isEmpty = false
    for (const part of rest.length === 0 ? [] : broken(rest.join(''), Math.max(1, columns - hanging.length))) {
      lines.push(now)
      now = hanging + part
    }
  }
  return [...lines, now]
}

const ownIndent = (line: string): number => /^ */.exec(line)?.[0].length ?? 0

/** Where the text of a line begins, behind its name if it is `name  text`. */
const textColumn = (line: string): number => /^ *\S.*? {2,}(?=\S)/.exec(line)?.[0].length ?? ownIndent(line)

const isPlain = (line: string): boolean => /^ *[^ -]/.test(line) && textColumn(line) === ownIndent(line)

/** Lines of help that are one text: below its first, those that go on in its column. */
const paragraphsOf = (text: string): readonly (readonly string[])[] => {
  const blocks: string[][] = []
  let column = -1
  for (const line of text.split('\n')) {
    if (isPlain(line) && ownIndent(line) === column) blocks.at(-1)?.push(line)
    else {
      blocks.push([line])
      column = line === '' ? -1 : textColumn(line)
    }
  }
  return blocks
}

/** The least width of a text beside its name. */
const leastBeside = 30

const foldParagraph = (lines: readonly string[], columns: number): string[] => {
  const [first = '', ...rest] = lines
  const column = textColumn(first)
  const indent = columns - column < leastBeside ? undefined : column
  return fold([first, ...rest.map((line) => line.trimStart())].join(' '), columns, indent)
}

/** Help in which every line fits: a paragraph with one that does not is folded as a whole, so that no short remainders of lines are left. */
export const foldHelp = (text: string, columns: number | undefined): string =>
  paragraphsOf(text)
    .flatMap((lines) =>
      columns === undefined || lines.every((line) => shownWidth(line) <= columns) ? lines : foldParagraph(lines, columns),
    )
    .join('\n')

/** `name  value` lines with the values aligned, and long values folded below themselves. */
export const pairs = (entries: readonly (readonly [name: string, value: Cell])[], columns?: number): string[] => {
  const longest = Math.max(0, ...entries.map(([name]) => width(name)))
  return entries.flatMap(([name, value]) => fold(rowLine([name, value], [longest]), columns, longest + 2))
}
