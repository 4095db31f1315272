// Sentences as the API's JSON carries them: English text with the code and the parameters beside it. Pure.

import type { Fault } from '../errors.ts'
import type { Warning } from '../ota/inputs.ts'
import { type Params, type Sentence, say, sentence } from '../sentences/sentence.ts'

interface SaidJson {
  text: string
  code: string
  params: Params
}

export const saidView = (said: Sentence): SaidJson => ({ text: say(said), code: said.code, params: said.params })

const nothing = { text: null, code: null, params: null }

export const maybeSaidView = (said: Sentence | null): SaidJson | typeof nothing => (said === null ? nothing : saidView(said))

export interface WarningsJson {
  warnings: string[]
  warningDetails: (SaidJson & { path: string | null })[]
}

/** `warnings` as lines of text, and `warningDetails` one by one. */
export const warningsView = (warnings: readonly Warning[]): WarningsJson => ({
  warnings: warnings.map(({ path, said }) => (path === null ? say(said) : `${path}: ${say(said)}`)),
  warningDetails: warnings.map(({ path, said }) => ({ path, ...saidView(said) })),
})

/** What is said of a fault; one that was given as text is shown as it is. */
export const faultSentence = ({ message, code, params }: Fault): Sentence =>
  code === undefined ? sentence('as_text', { text: message }) : sentence(code, params)
