// A moment: relative to now as the server's clock has it, absolute on hover and in the markup.

import { now } from '../api/live.ts'
import { ago, dateTime } from '../text/text.ts'

/** `at`: ISO 8601, or null where there is none. */
export const When = ({ at, none = '–' }: { readonly at: string | null; readonly none?: string }) => {
  if (at === null) return <span class="dim">{none}</span>
  const moment = Date.parse(at)
  return (
    <time dateTime={at} title={dateTime(moment)}>
      {ago(moment, Math.max(moment, now.value))}
    </time>
  )
}

/** A moment that may be ahead. */
export const Until = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={dateTime(Date.parse(at))}>
    {ago(Date.parse(at), now.value)}
  </time>
)
