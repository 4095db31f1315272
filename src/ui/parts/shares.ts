// Parts of one whole as whole percentages that sum to 100. Pure.

/**
 * By the largest remainder: each is rounded down, and what is missing goes to those that lost most by it. A part that is there has 1 at
 * least, which the largest one gives. Of nothing, all are 0.
 */
export const sharesOf = (parts: readonly number[]): readonly number[] => {
  const whole = parts.reduce((sum, part) => sum + part, 0)
  if (whole === 0) return parts.map(() => 0)
  const shares = parts.map((part) => Math.floor((part * 100) / whole))
  const lost = parts.map((part, at) => ({ at, by: (part * 100) % whole })).sort((one, other) => other.by - one.by || one.at - other.at)
  const missing = 100 - shares.reduce((sum, share) => sum + share, 0)
  for (const { at } of lost.slice(0, missing)) shares[at] = (shares[at] ?? 0) + 1
  for (const [at, part] of parts.entries()) {
    if (part === 0 || shares[at] !== 0) continue
    const largest = shares.indexOf(Math.max(...shares))
    shares[at] = 1
    shares[largest] = (shares[largest] ?? 0) - 1
  }
  return shares
}
