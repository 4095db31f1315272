// Cells as text of RFC 4180. Texts of devices and people get an apostrophe where a spreadsheet would take them for a formula, and lose it again
// when they are read. Knows no columns. Pure.

/** Between a line that is read and what is written: as RFC 4180 has it. */
export const lineEnd = '\r\n'

/**
 * Where a cell begins: at its start, and, since a spreadsheet that expects semicolons or tabs splits a list with commas wrongly, after these and
 * after a line end.
 */
const start = '(?:^|[;\\t\\r\\n])"*'
const formula = `(?<=${start})(?='*[=+\\-@])|^(?='*[\\t\\r\\n])`
const mayBeFormula = new RegExp(formula)
const formulas = new RegExp(formula, 'g')
const guards = new RegExp(`(?<=${start})'(?='*[=+\\-@])|^'(?='*[\\t\\r\\n])`, 'g')

/** The text as a spreadsheet takes it for text. A text that begins so by itself gets one more apostrophe: `unguarded` gives back any text. */
export const guarded = (text: string): string => (mayBeFormula.test(text) ? text.replace(formulas, "'") : text)

/** What `guarded` was given. */
export const unguarded = (text: string): string => (text.includes("'") ? text.replace(guards, '') : text)

const needsQuotes = /[",;\t\r\n]|^\s|\s$/

/** One cell, with quotes where it needs them. */
export const cellText = (text: string): string => (needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** How a spreadsheet calls a column; 0 is A. */
export const columnLetters = (at: number): string =>
  (at < 26 ? '' : columnLetters(Math.floor(at / 26) - 1)) + String.fromCharCode(65 + (at % 26))
