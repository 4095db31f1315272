// Aligned tables and lists of pairs, aligned with wide (Chinese) characters too, and laid out so that they fit the terminal. Knows no colours:
// cells have their own.

/** A cell: text without control characters, and its style. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string }

const none = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u

/** The columns of one character. */
export const charWidth = (char: string): number => (none.test(char) ? 0 : wide.test(char) ? 2 : 1)

/** The width of the text in a terminal, columns. */
export const width = (text: string): number => {
  let sum = 0
  for (const char of text) sum += charWidth(char)
  return sum
}

/** The text cut to that many columns, with `…` at the end if it was cut. */
export const cut = (text: string, columns: number): string => {
  if (width(text) <= columns) return text
  let sum = 0
  let kept = ''
  for (const char of text) {
    sum += charWidth(char)
    if (sum > columns - 1) break
    kept += char
  }
  return `${kept}…`
}

/** The same with `…` at the beginning: names of devices differ at their ends. */
export const cutStart = (text: string, columns: number): string => {
  if (width(text) <= columns) return text
  const chars = Array.from(text)
  let sum = 1
  let from = chars.length
  while (from > 0 && sum + charWidth(chars[from - 1] ?? '') <= columns) {
    from -= 1
    sum += charWidth(chars[from] ?? '')
  }
  return `…${chars.slice(from).join('')}`
}

export const padEnd = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)))

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text)
const styled = (cell: Cell, text: string): string => (typeof cell === 'string' ? text : cell.style(text))

/** The row with each cell at its width. */
export const rowLine = (row: readonly Cell[], widths: readonly number[]): string =>
  row
    .map((cell, i) => {
      const text = textOf(cell) === '' ? '-' : textOf(cell)
      const rest = i === row.length - 1 ? '' : ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(text)))
      return styled(cell, text) + rest
    })
    .join('  ')

const fits = (widths: readonly number[], columns: number | undefined): boolean =>
  columns === undefined || widths.reduce((sum, one) => sum + one, 2 * (widths.length - 1)) <= columns

/** A row as a block, where a table would be too wide: the first cell, and below it the others with their names, as many as fit a line. */
const rowBlock = (head: readonly Cell[], row: readonly Cell[], columns: number): string[] => {
  const [first = '', ...others] = row
  const lines = [styled(first, textOf(first) || '-')]
  let used = columns
  for (const [index, cell] of others.entries()) {
    const name = head[index + 1] ?? ''
    if (textOf(cell) === '') continue
    const text = `${styled(name, textOf(name))} ${styled(cell, textOf(cell))}`
    const size = width(textOf(name)) + 1 + width(textOf(cell))
    if (used + 2 + size <= columns) {
      lines[lines.length - 1] += `  ${text}`
      used += 2 + size
    } else {
      lines.push(`  ${text}`)
      used = 2 + size
    }
  }
  return lines
}

/**
 * Makes a table that gets its rows page by page: the head comes with the first rows, and columns only become wider. An empty
 * cell is shown as `-`. Where the table is wider than `columns`, each row is a block of its own.
 */
export const createTable = (head: readonly Cell[], columns?: number): ((rows: readonly (readonly Cell[])[]) => string[]) => {
  const widths = head.map((cell) => width(textOf(cell)))
  let begun = false
  return (rows) => {
    for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(textOf(cell)), 1)
    if (columns !== undefined && !fits(widths, columns)) return rows.flatMap((row) => rowBlock(head, row, columns))
    const lines = rows.map((row) => rowLine(row, widths))
    if (!begun) lines.unshift(rowLine(head, widths))
    begun = true
    return lines
  }
}
