// Divides what all campaigns share, slots or offers a minute, so that the campaign that holds least comes first (max-min fairness). Pure.

/** How much of a shared resource one campaign holds, and how much more it could use now. */
export interface Claim {
  readonly campaign: number
  readonly holds: number
  readonly wants: number
}

/** The highest level to which all claims can be filled with `free` more; each ends at its level or at what it wants. */
const levelOf = (claims: readonly Claim[], free: number): number => {
  const cost = (level: number): number =>
    claims.reduce((sum, { holds, wants }) => sum + Math.max(0, Math.min(level, holds + wants) - holds), 0)
  let low = 0
  let high = Math.max(0, ...claims.map(({ holds, wants }) => holds + wants))
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (cost(middle) <= free) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * Divides `free` so that the campaign that holds least comes first (max-min fairness); a remainder of less than one each goes to the
 * oldest campaigns. Never more than `free` in all, never more than a campaign wants.
 */
export const fairShares = (claims: readonly Claim[], free: number): ReadonlyMap<number, number> => {
  const level = levelOf(claims, Math.max(0, free))
  const shares = new Map(
    claims.map(({ campaign, holds, wants }) => [campaign, Math.max(0, Math.min(level, holds + wants) - holds)] as const),
  )
  let left = Math.max(0, free) - [...shares.values()].reduce((sum, share) => sum + share, 0)
  for (const { campaign, holds, wants } of [...claims].sort((a, b) => a.campaign - b.campaign)) {
    const share = shares.get(campaign) ?? 0
    if (left < 1) break
    if (share >= wants || holds + share > level) continue
    shares.set(campaign, share + 1)
    left -= 1
  }
  return shares
}
