// When the server was running: silence of devices counts only then. Pure functions of data.

import type { Away, ClockNote } from '../model.ts'

/** Devices that cannot connect retry at growing intervals: they have as long to reconnect as the server was away last, at most this. */
const comeBackMs = 60_000

/** How much later something is due after a last span of that length. */
export const putOffBy = (span: number): number => span + Math.min(span, comeBackMs)

/** How much later what began at `since` is due for the spans after that in which the server was away. */
export const awaySince = (away: readonly Away[], since: number): number => {
  let sum = 0
  let last = 0
  for (const { from, to } of away) {
    const span = to - Math.max(from, since)
    if (span <= 0) continue
    sum += span
    last = span
  }
  return sum + Math.min(last, comeBackMs)
}

/** A server that restarts more often than this counts as away all the time. */
const mostSpans = 50

/** The spans that matter at a start: the one that ends now, and earlier ones since the oldest clock of an open task started. */
export const spansAt = (note: ClockNote, oldestClock: number | null, now: number): readonly Away[] => {
  if (oldestClock === null) return []
  const spans = [...note.away, { from: note.at, to: now }].filter(({ from, to }) => to > oldestClock && to > from)
  const [first, ...rest] = spans
  if (first === undefined || spans.length <= mostSpans) return spans
  const surplus = spans.length - mostSpans
  return [{ from: first.from, to: rest[surplus - 1]?.to ?? first.to }, ...rest.slice(surplus)]
}
