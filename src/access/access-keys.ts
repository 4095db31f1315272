// The keys of people, tokens, their sessions and the audit in the store. Names are folded: no two differ by case or width only.

const padded = (seq: number): string => String(seq).padStart(12, '0')

export const tokenPrefix = 'token/'
export const personPrefix = 'person/'
/** A restore leaves these out: nobody stays signed in. */
export const signInPrefix = 'signin/'
export const auditPrefix = 'audit/'

/** The time of the newest accepted loss that is in the audit. */
export const lossNotedKey = 'audited/loss'

/** The store's id as the audit knows it: a restore makes another one. */
export const instanceNotedKey = 'audited/instance'
/** `SEQ:HASH` of the newest line, so that a start need not read all of them. */
export const auditHeadKey = 'audited/head'

/** Upper case first: it makes one of `ß` and `ss`, of both small sigmas, and of `i` with and without its dot. */
export const nameKey = (name: string): string => name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
export const auditKey = (seq: number): string => auditPrefix + padded(seq)
/** All keys of a prefix that ends with `/`. */
export const rangeOf = (prefix: string): readonly [gte: string, lt: string] => [prefix, `${prefix.slice(0, -1)}0`]
/** The lines after `seq`, in order. */
export const auditRange = (after: number, before = Number.MAX_SAFE_INTEGER): readonly [gte: string, lt: string] => [
  auditKey(after + 1),
  before > 999_999_999_999 ? rangeOf(auditPrefix)[1] : auditKey(before),
]
