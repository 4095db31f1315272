// How fast an upload is, and how long it will still take. Pure.

export interface SentSample {
  /** Milliseconds. */
  readonly at: number
  /** Bytes sent by then. */
  readonly sent: number
}

/** The speed is that of so long, milliseconds. */
const windowMs = 5000

/** With the newest sample; what is too old is left out, but for one of before, so that there is always a span. */
export const withSample = (samples: readonly SentSample[], next: SentSample): readonly SentSample[] => {
  const from = samples.findLastIndex(({ at }) => at <= next.at - windowMs)
  return [...samples.slice(Math.max(0, from)), next]
}

/** Bytes a second; null: not known yet. */
export const rateOf = (samples: readonly SentSample[]): number | null => {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || last.at - first.at < 500) return null
  return ((last.sent - first.sent) / (last.at - first.at)) * 1000
}

/** Seconds; null: not known, or it does not move. */
export const secondsLeft = (samples: readonly SentSample[], size: number): number | null => {
  const rate = rateOf(samples)
  const sent = samples.at(-1)?.sent ?? 0
  return rate === null || rate <= 0 ? null : Math.ceil((size - sent) / rate)
}
