// How many refused connections are newer than what is shown. Pure.

/** The moment of the newest; empty: there is none. */
export const newestOf = (groups: readonly { readonly last: string }[]): string =>
  groups.reduce((newest, { last }) => (last > newest ? last : newest), '')

/** Moments are ISO 8601 in UTC, which sort as texts. */
export const countNewer = (refusals: readonly { readonly at: string }[], newest: string): number =>
  refusals.filter(({ at }) => at > newest).length
