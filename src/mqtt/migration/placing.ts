// Whose a session of Aedes is: it knows client ids alone, and ours belong to an identity (docs/adr/0010-client-ids-belong-to-an-identity.md).
// Pure rules over names and filters; what the broker makes of a CONNECT is said by entry/identity.ts alone.

import { type Identity, identify, isRefusal, parseClientId } from '../entry/identity.ts'

export interface PlacingRules {
  /** Usernames by client id; an empty one is none. They go before all else. */
  readonly usernames: ReadonlyMap<string, string>
  /** The username of clients that no other rule places, empty for none; null: they are not placed. */
  readonly others: string | null
}

/** What the dialect says of a device's topics and filters, which name its product and itself on their second and third level. */
export type TopicsOf = (product: string, name: string) => { owns(filter: string): boolean }

/** Who sends this username: `deviceName&productKey` is a device, anything without `&` a user. */
export const identityOf = (clientId: string, username: string, isUser: (name: string) => boolean): ReturnType<typeof identify> =>
  identify(clientId, username, (name) => isUser(name) || !name.includes('&'))

const placed = (identity: ReturnType<typeof identify>): Identity | null => (isRefusal(identity) ? null : identity)

const device = (clientId: string, product: string, name: string): Identity | null =>
  placed(identify(clientId, `${name}&${product}`, () => false))

/** All filters are the own ones of one device: no other client needs such a session. */
const byFilters = (clientId: string, filters: readonly string[], topicsOf: TopicsOf): Identity | null => {
  const [, product = '', name = ''] = filters[0]?.split('/') ?? []
  const topics = topicsOf(product, name)
  return filters.length > 0 && filters.every((filter) => topics.owns(filter)) ? device(clientId, product, name) : null
}

/** `PRODUCT&NAME|…|`, as FogCloud's devices call themselves. */
const byClientId = (clientId: string): Identity | null => {
  const { clientId: own } = parseClientId(clientId)
  const [product, name, third] = own.split('&')
  if (own === clientId || product === undefined || name === undefined || third !== undefined) return null
  return device(clientId, product, name)
}

export const createPlacing =
  ({ usernames, others }: PlacingRules, isUser: (name: string) => boolean, topicsOf: TopicsOf) =>
  (clientId: string, filters: readonly string[]): Identity | null => {
    const username = usernames.get(clientId)
    if (username !== undefined) return placed(identityOf(clientId, username, isUser))
    const found = byFilters(clientId, filters, topicsOf) ?? byClientId(clientId)
    return found ?? (others === null ? null : placed(identityOf(clientId, others, isUser)))
  }
