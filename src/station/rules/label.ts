// What a board's label says of it, by the pattern of a procedure. Pure.

import type { Procedure } from '../station-model.ts'

export interface LabelText {
  readonly serial: string
  readonly name: string
  readonly secret: string | null
}

const notYet = (): never => {
  throw new Error('not yet')
}

/** null: the text is no label of the product. */
export const readLabel: (procedure: Pick<Procedure, 'product' | 'bind' | 'pattern'>, text: string) => LabelText | null = notYet
