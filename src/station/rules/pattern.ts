// Which regular expressions may read labels: none whose time could grow faster than the text. Pure; judged by structure.

import type { Sentence } from '../../sentences/sentence.ts'

const notYet = (): never => {
  throw new Error('not yet')
}

/** null: it can be used. */
export const patternFault: (pattern: string) => Sentence | null = notYet
