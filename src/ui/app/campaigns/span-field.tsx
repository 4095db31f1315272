// A field in which a time is typed: beside it what was understood.

import { type FieldFacts, TextField } from '../../parts/field.tsx'
import { duration, text } from '../../text/text.ts'
import { secondsIn } from './typed-values.ts'

export const SpanField = ({ placeholder, hint, ...facts }: FieldFacts & { readonly placeholder: string }) => {
  const seconds = secondsIn(facts.draft.get(facts.path))
  const read = typeof seconds === 'number' ? text('campaigns.spanRead', { time: duration(seconds) }) : ''
  const said = [read, hint ?? ''].filter((each) => each !== '').join(' · ')
  return <TextField {...facts} {...(said === '' ? {} : { hint: said })} placeholder={placeholder} />
}
