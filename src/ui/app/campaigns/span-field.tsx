// A field in which a time is typed: beside it what was understood.

import { type FieldFacts, TextField } from '../../parts/field.tsx'
import { duration, text } from '../../text/text.ts'
import { secondsIn } from './typed-values.ts'

export const SpanField = ({ placeholder, ...facts }: Omit<FieldFacts, 'hint'> & { readonly placeholder: string }) => {
  const seconds = secondsIn(facts.draft.get(facts.path))
  const hint = typeof seconds === 'number' ? { hint: text('campaigns.spanRead', { time: duration(seconds) }) } : {}
  return <TextField {...facts} {...hint} placeholder={placeholder} />
}
