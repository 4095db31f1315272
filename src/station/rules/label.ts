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

/** What is on no label: signs alone, as a scanner types for characters that it cannot, and the wide forms that an input method makes of others. */
const isMisread = (text: string): boolean => !/[\p{L}\p{N}]/u.test(text) || /[\u3000\uFF01-\uFF5E]/.test(text)

const wholeText = (text: string): LabelText | null => (isMisread(text) ? null : { serial: text, name: text, secret: null })

/** As part of an address `..` would be another one; the other sign is what is left of bytes that are no text. */
const canBeSerial = (serial: string): boolean => serial !== '.' && serial !== '..' && !serial.includes('\uFFFD')

/** null: the text is no label of the product. */
export const readLabel = ({ product, bind, pattern }: Pick<Procedure, 'product' | 'bind' | 'pattern'>, text: string): LabelText | null => {
  const label = pattern === null ? wholeText(text) : groupsOf(pattern, text)
  if (label === null || !canBeSerial(label.serial)) return null
  return bind !== 'next' && nameFault(product, label.name) !== null ? null : label
}
