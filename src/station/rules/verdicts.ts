// How a run ends with a code: its outcome and its words. Pure.

import type { RunVerdict } from '../ports.ts'
import type { RunCode } from '../run-model.ts'
import { type CodeParams, codeSentence, outcomeOf } from './codes.ts'

export const verdictOf = <C extends RunCode>(code: C, params: CodeParams[C]): RunVerdict => ({
  outcome: outcomeOf(code),
  code,
  said: codeSentence(code, params),
})
