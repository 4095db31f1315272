// A token bucket for each key: how often each may do a thing. Pure but for its own memory; imports nothing.

/** `burst` at once, `perSecond` from then on. A full bucket is forgotten, so memory holds only keys that were used lately. */
export const createRate = <K>(burst: number, perSecond: number, now: () => number): ((key: K) => boolean) => {
  const buckets = new Map<K, { tokens: number; at: number }>()
  const refill = (bucket: { tokens: number; at: number }, at: number): number => bucket.tokens + ((at - bucket.at) / 1000) * perSecond
  const forgetFull = (at: number): void => {
    for (const [key, bucket] of buckets) if (refill(bucket, at) >= burst) buckets.delete(key)
  }
  let sweepAt = 1024
  return (key) => {
    const at = now()
    const bucket = buckets.get(key)
    const tokens = bucket === undefined ? burst : Math.min(burst, refill(bucket, at))
    const taken = tokens >= 1 ? tokens - 1 : tokens
    buckets.set(key, { tokens: taken, at })
    if (buckets.size > sweepAt) {
      forgetFull(at)
      sweepAt = Math.max(1024, 2 * buckets.size)
    }
    return tokens >= 1
  }
}
