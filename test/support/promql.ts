// Expressions of Prometheus, read as far as to know what they name: metrics, labels, functions; and whether they are balanced.

export interface ExpressionParts {
  readonly metrics: readonly string[]
  readonly functions: readonly string[]
  /** Metric and a label that it is selected by. */
  readonly selected: readonly (readonly [metric: string, label: string])[]
  /** What is wrong with its form. */
  readonly faults: readonly string[]
}

const keywords = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right'])
const lists = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'])

/** Strings, names (with the variables of a board), durations, numbers, operators, brackets. */
const token = /\s+|"(?:[^"\\]|\\.)*"|[a-zA-Z_:][\w:]*|\d+(?:\.\d+)?[smhdwy]?|\$\w+|[=!]~|[=!<>]=|[-+*/%^<>=,]|[()[\]{}]/y

const tokensOf = (text: string): readonly string[] | null => {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const found = token.exec(text)
    if (found === null) return null
    if (found[0].trim() !== '') tokens.push(found[0])
  }
  return tokens
}

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }
const isName = (text: string | undefined): boolean => text !== undefined && /^[a-zA-Z_:]/.test(text)

interface Reading {
  readonly metrics: string[]
  readonly functions: string[]
  readonly selected: (readonly [string, string])[]
  readonly faults: string[]
  /** The brackets that are open, each with what stands before it. */
  readonly open: { readonly bracket: string; readonly of: string | undefined }[]
}

const readName = (reading: Reading, name: string, next: string | undefined): void => {
  const { open, metrics, functions, selected } = reading
  const within = open.at(-1)
  if (keywords.has(name) || (within?.bracket === '(' && lists.has(within.of ?? ''))) return
  if (within?.bracket === '{') selected.push([within.of ?? '', name])
  else if (next === '(' || next === 'by' || next === 'without') functions.push(name)
  else metrics.push(name)
}

const readToken = (reading: Reading, tokens: readonly string[], at: number): void => {
  const { open, faults } = reading
  const text = tokens[at] ?? ''
  if (text in closing) open.push({ bracket: text, of: tokens[at - 1] })
  else if (')]}'.includes(text)) {
    const { bracket = '' } = open.pop() ?? {}
    if (closing[bracket] !== text) faults.push(`${text} closes nothing`)
    if (tokens[at - 1] === bracket && bracket !== '(') faults.push(`${bracket}${text} is empty`)
  } else if (isName(text)) readName(reading, text, tokens[at + 1])
  const isOperator = /^(?:[=!]~|[=!<>]=|[-+*/%^<>,]|and|or|unless)$/.test(text)
  if (isOperator && (at === tokens.length - 1 || ')]}'.includes(tokens[at + 1] ?? ''))) faults.push(`nothing follows ${text}`)
}

export const readExpression = (text: string): ExpressionParts => {
  const reading: Reading = { metrics: [], functions: [], selected: [], faults: [], open: [] }
  const tokens = tokensOf(text)
  if (tokens === null) return { metrics: [], functions: [], selected: [], faults: ['it has a character that means nothing'] }
  for (const at of tokens.keys()) readToken(reading, tokens, at)
  for (const { bracket } of reading.open) reading.faults.push(`${bracket} is not closed`)
  const { open: _open, ...parts } = reading
  return parts
}
