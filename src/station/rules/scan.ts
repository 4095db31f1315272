// What a scanner or a keyboard gave: a label's text, or a command for the station itself. Pure.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Station } from '../station-model.ts'

/** `operator`: null signs off; `order`: null is none. */
export type ScanCommand =
  | { readonly name: 'ok' | 'abort' | 'retest' }
  | { readonly name: 'slot'; readonly slot: number }
  | { readonly name: 'operator'; readonly operator: string | null }
  | { readonly name: 'order'; readonly order: string | null }
  | { readonly name: 'reason'; readonly reason: string }

/** `bad`: it is empty or too long, or an unknown command. `text` is cleaned. */
export type Scanned =
  | { readonly kind: 'serial'; readonly text: string }
  | { readonly kind: 'command'; readonly command: ScanCommand }
  | { readonly kind: 'bad'; readonly text: string }

/** A code on the printed sheet, and the words beside it. */
export interface CommandCode {
  readonly code: string
  readonly label: Sentence
}

const longest = 256
const mostSlots = 16
/** More than this is not looked at. */
const longestRaw = 4096

/** Control characters, halves of characters, and marks that nobody sees. */
const unseen = /\p{Cc}|\p{Cs}|\p{Cf}/gu

/** Of a text that was refused: what a screen has room for. */
const longestShown = 40

/** Its begin, where it is longer than a screen shows. */
export const shortened = (text: string): string => {
  const characters = Array.from(text)
  return characters.length <= longestShown ? text : `${characters.slice(0, longestShown).join('')}…`
}

const clean = (text: string): string => text.slice(0, longestRaw).replaceAll(unseen, '').normalize('NFC').trim()

/** An input method for Chinese types a wide colon. */
const commandForm = /^FB[:\uff1a]([a-z]+)(?:[:\uff1a](.*))?$/i

const plainCommands: Readonly<Record<string, ScanCommand | undefined>> = {
  OK: { name: 'ok' },
  ABORT: { name: 'abort' },
  RETEST: { name: 'retest' },
}

const withArgument = (word: string, argument: string): ScanCommand | undefined => {
  const given = argument === '' ? null : argument
  switch (word) {
    case 'SLOT': {
      const slot = /^\d{1,2}$/.test(argument) ? Number(argument) : 0
      return slot >= 1 && slot <= mostSlots ? { name: 'slot', slot } : undefined
    }
    case 'OP':
      return { name: 'operator', operator: given }
    case 'WO':
      return { name: 'order', order: given }
    case 'REASON':
      return given === null ? undefined : { name: 'reason', reason: given }
    default:
      return undefined
  }
}

const commandOf = (text: string): ScanCommand | undefined => {
  const [, word = '', argument] = commandForm.exec(text) ?? []
  const name = word.toUpperCase()
  if (Object.hasOwn(plainCommands, name)) return argument === undefined ? plainCommands[name] : undefined
  return withArgument(name, argument?.trim() ?? '')
}

/** Cleaned: without control characters and outer spaces, composed (NFC). What is longer than 256 characters is bad, never cut to a serial. */
export const readScan = (text: string): Scanned => {
  const cleaned = clean(text)
  if (cleaned === '' || cleaned.length > longest) return { kind: 'bad', text: cleaned.slice(0, longest) }
  if (!/^FB[:\uff1a]/i.test(cleaned)) return { kind: 'serial', text: cleaned }
  const command = commandOf(cleaned)
  return command === undefined ? { kind: 'bad', text: cleaned } : { kind: 'command', command }
}

/** The codes of the station's printed sheet, in its order. */
export const commandCodes = (
  { slots, operator }: Pick<Station, 'slots' | 'operator'>,
  operators: readonly string[] = [],
  orders: readonly string[] = [],
): readonly CommandCode[] => [
  { code: 'FB:OK', label: sentence('sheet_ok') },
  { code: 'FB:ABORT', label: sentence('sheet_abort') },
  { code: 'FB:RETEST', label: sentence('sheet_retest') },
  ...Array.from({ length: slots > 1 ? slots : 0 }, (_, index) => ({
    code: `FB:SLOT:${index + 1}`,
    label: sentence('sheet_slot', { slot: index + 1 }),
  })),
  ...operators.map((name) => ({ code: `FB:OP:${name}`, label: sentence('sheet_operator', { name }) })),
  ...(operator === 'scan' || operators.length > 0 ? [{ code: 'FB:OP:', label: sentence('sheet_operator_none') }] : []),
  ...orders.map((order) => ({ code: `FB:WO:${order}`, label: sentence('sheet_order', { order }) })),
  ...(orders.length > 0 ? [{ code: 'FB:WO:', label: sentence('sheet_no_order') }] : []),
]

/** Codes for the reasons of retests, which a station's sheet may have too. */
export const reasonCodes = (reasons: readonly string[]): readonly CommandCode[] =>
  reasons.map((text) => ({ code: `FB:REASON:${text}`, label: sentence('sheet_reason', { text }) }))
