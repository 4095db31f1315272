// What a scanner or a keyboard gave: a label's text, or a command for the station itself. Pure.

import type { Sentence } from '../../sentences/sentence.ts'
import type { Station } from '../station-model.ts'

/** `operator`: null signs off; `order`: null is none. */
export type ScanCommand =
  | { readonly name: 'ok' | 'abort' | 'retest' }
  | { readonly name: 'slot'; readonly slot: number }
  | { readonly name: 'operator'; readonly operator: string | null }
  | { readonly name: 'order'; readonly order: string | null }
  | { readonly name: 'reason'; readonly reason: string }

/** `bad`: it is empty, or an unknown command. `text` is cleaned. */
export type Scanned =
  | { readonly kind: 'serial'; readonly text: string }
  | { readonly kind: 'command'; readonly command: ScanCommand }
  | { readonly kind: 'bad'; readonly text: string }

/** A code on the printed sheet, and what stands beside it. */
export interface CommandCode {
  readonly code: string
  readonly label: Sentence
}

const notYet = (): never => {
  throw new Error('not yet')
}

export const readScan: (text: string) => Scanned = notYet

/** The codes of the station's printed sheet, in its order. */
export const commandCodes: (
  station: Pick<Station, 'slots' | 'operator'>,
  operators?: readonly string[],
  orders?: readonly string[],
) => readonly CommandCode[] = notYet
