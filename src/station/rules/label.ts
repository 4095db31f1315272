// What a board's label says of it, by the pattern of a procedure. Pure but for compiled patterns.

import { nameFault } from '../../ota/names.ts'
import type { Procedure } from '../station-model.ts'

export interface LabelText {
  readonly serial: string
  readonly name: string
  readonly secret: string | null
}

const compiled = new Map<string, RegExp>()
const mostCompiled = 100

/** Of the whole text. */
const compiledOf = (pattern: string): RegExp => {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const fresh = new RegExp(`^(?:${pattern})$`, 'u')
  if (compiled.size >= mostCompiled) compiled.clear()
  compiled.set(pattern, fresh)
  return fresh
}

/** A group that is not there or matched nothing. */
const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text)

const groupsOf = (pattern: string, text: string): LabelText | null => {
  const groups = compiledOf(pattern).exec(text)?.groups
  const [serial, name, secret] = [orNull(groups?.['serial']), orNull(groups?.['name']), orNull(groups?.['secret'])]
  const either = serial ?? name
  return either === null ? null : { serial: either, name: name ?? either, secret }
}

/** null: the text is no label of the product. */
export const readLabel = ({ product, bind, pattern }: Pick<Procedure, 'product' | 'bind' | 'pattern'>, text: string): LabelText | null => {
  const label = pattern === null ? { serial: text, name: text, secret: null } : groupsOf(pattern, text)
  return label === null || (bind !== 'next' && nameFault(product, label.name) !== null) ? null : label
}
