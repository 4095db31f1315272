// The keys of webhooks and of the events that wait for them. A webhook's rows are under its id, which no other one ever has, so that events
// of a removed webhook never reach one of the same name.

export const webhookPrefix = 'webhook/'
export const waitingPrefix = 'webhookWaiting/'
export const parkedPrefix = 'webhookParked/'

const digits = 12
const padded = (seq: number): string => String(seq).padStart(digits, '0')

export const nameOf = (name: string): string => name.normalize('NFC').toLowerCase()
export const webhookKey = (name: string): string => webhookPrefix + nameOf(name)
/** Sorts by time of the event. */
export const waitingKey = (webhook: string, seq: number): string => `${waitingPrefix}${webhook}/${padded(seq)}`
export const parkedKey = (webhook: string, seq: number): string => `${parkedPrefix}${webhook}/${padded(seq)}`

/** All keys of a prefix that ends with `/`. */
export const rangeOf = (prefix: string): readonly [gte: string, lt: string] => [prefix, `${prefix.slice(0, -1)}0`]

/** Whose row it is, and its number. */
export const placeOf = (key: string): { readonly webhook: string; readonly seq: number } => {
  const [, webhook = '', seq = ''] = key.split('/')
  return { webhook, seq: Number(seq) }
}
