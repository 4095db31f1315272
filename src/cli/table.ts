// Aligned tables and lists of pairs, aligned with wide (Chinese) characters too. Knows no colours: cells have their own.

/** A cell: text without control characters, and its style. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string }

const none = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u

const charWidth = (char: string): number => (none.test(char) ? 0 : wide.test(char) ? 2 : 1)

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

export const padEnd = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)))

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text)
const styled = (cell: Cell, text: string): string => (typeof cell === 'string' ? text : cell.style(text))

const rowLine = (row: readonly Cell[], widths: readonly number[]): string =>
  row
    .map((cell, i) => {
      const text = textOf(cell) === '' ? '-' : textOf(cell)
      const rest = i === row.length - 1 ? '' : ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(text)))
      return styled(cell, text) + rest
    })
    .join('  ')

/**
 * Makes a table that gets its rows page by page: the head comes with the first rows, and columns only become wider. An empty
 * cell is shown as `-`.
 */
export const createTable = (head: readonly Cell[]): ((rows: readonly (readonly Cell[])[]) => string[]) => {
  const widths = head.map((cell) => width(textOf(cell)))
  let begun = false
  return (rows) => {
    for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(textOf(cell)), 1)
    const lines = rows.map((row) => rowLine(row, widths))
    if (!begun) lines.unshift(rowLine(head, widths))
    begun = true
    return lines
  }
}

/** `name  value` lines with the values aligned. */
export const pairs = (entries: readonly (readonly [name: string, value: Cell])[]): string[] => {
  const longest = Math.max(0, ...entries.map(([name]) => width(name)))
  return entries.map(([name, value]) => rowLine([name, value], [longest]))
}
