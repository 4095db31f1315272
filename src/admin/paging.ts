// Pages of unsorted lists in memory: one pass that keeps the smallest keys above those of the previous page, instead of sorting all. For
// 100,000 devices that is one comparison each, some milliseconds. Pure.

import { faultAt, type OtaError } from '../errors.ts'
import { sentence } from '../sentences/sentence.ts'
import { badRequest } from './validation.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** Whether there are more after the last item. */
  readonly more: boolean
}

/**
 * The `limit` accepted items with the smallest keys above `after`, in order. Keeps at most twice as many as it needs: when full,
 * it sorts and discards the larger half, and from then on most items fail at the first comparison.
 */
export const smallest = <T, K extends string | number>(
  items: Iterable<T>,
  keyOf: (item: T) => K,
  after: K | undefined,
  limit: number,
  accepts: (item: T) => boolean = () => true,
): Page<T> => {
  const wanted = limit + 1
  let kept: { readonly key: K; readonly item: T }[] = []
  let bound: K | undefined
  const settle = (): void => {
    kept.sort((a, b) => (a.key < b.key ? -1 : 1))
    kept = kept.slice(0, wanted)
    if (kept.length === wanted) bound = kept.at(-1)?.key
  }
  for (const item of items) {
    const key = keyOf(item)
    if ((after !== undefined && key <= after) || (bound !== undefined && key >= bound) || !accepts(item)) continue
    kept.push({ key, item })
    if (kept.length >= 2 * wanted) settle()
  }
  settle()
  return { items: kept.slice(0, limit).map(({ item }) => item), more: kept.length > limit }
}

export const badCursor = (): OtaError => badRequest([faultAt('after', sentence('after_unknown'))])

/** A key as URL-safe text, and back. */
export const cursorOf = (key: string): string => Buffer.from(key, 'utf8').toString('base64url')

export const keyOfCursor = (cursor: string | undefined): string | undefined => {
  if (cursor === undefined) return undefined
  const key = Buffer.from(cursor, 'base64url').toString('utf8')
  if (cursorOf(key) !== cursor) throw badCursor()
  return key
}

/** Ids of lists: `next` is the last id of the page. */
export const idOfCursor = (cursor: string | undefined): number | undefined => {
  if (cursor === undefined) return undefined
  const id = /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN
  if (Number.isNaN(id)) throw badCursor()
  return id
}

/** An id in a path or a body. undefined: it cannot be an id, so nothing has it. */
export const parseId = (text: string): number | undefined => (/^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined)
