// Pages of a list that the API gives by cursors: the cursor and the number of the one that is shown are in the address.

import { useRef } from 'preact/hooks'
import { go, place, query } from '../router.ts'
import { number, text } from '../text/text.ts'
import { keepPage, pageBefore } from './pages.ts'

/** The address of the list with that cursor, which may be empty, and as that page of it. */
const addressOf = (after: string, page?: number): string => {
  const next = new URLSearchParams(place.peek().search)
  for (const name of ['after', 'page']) next.delete(name)
  if (after !== '') next.set('after', after)
  if (after !== '' && page !== undefined) next.set('page', String(page))
  const search = next.toString()
  return `${place.peek().path}${search === '' ? '' : `?${search}`}`
}

/** The cursor of the page that is shown; undefined: the first. */
export const cursor = (): string | undefined => query.value.getAll('after').at(-1)

/** From 1. */
const pageNumber = (): number => {
  if (cursor() === undefined) return 1
  const typed = Number(query.value.get('page'))
  return Number.isSafeInteger(typed) && typed > 1 ? typed : 2
}

export interface PagerFacts {
  /** The cursor of the page behind this one; null: there is none. */
  readonly next: string | null
  /** Items of a full page, and of this one. */
  readonly size: number
  readonly shown: number
  /** Of all pages; left out: not known. */
  readonly count?: number
  /** The items are still those of another address. */
  readonly isPending: boolean
  /** The list is not at the top of its view: the view is not scrolled there. */
  readonly stays?: boolean
}

type Settled = Pick<PagerFacts, 'next' | 'size' | 'shown' | 'count'> & { readonly after: string; readonly page: number }

/** Where in the list the items are that are shown; the address may be ahead of them. null: none are shown yet. */
const useSettled = ({ next, size, shown, count, isPending }: PagerFacts): Settled | null => {
  const settled = useRef<Settled | null>(null)
  if (!isPending) settled.current = { next, size, shown, ...(count !== undefined && { count }), after: cursor() ?? '', page: pageNumber() }
  return settled.current
}

export const Pager = (facts: PagerFacts) => {
  const { isPending, stays = false } = facts
  const settled = useSettled(facts)
  if (settled === null || (settled.after === '' && settled.next === null)) return null
  const { next, size, shown, count, after, page } = settled
  const from = (page - 1) * size + 1
  const forward = (): void => {
    // Until the items come, the cursor behind them is not known.
    if (next === null || isPending) return
    keepPage(addressOf(next), after)
    go(addressOf(next, page + 1), { stays })
  }
  const back = (): void => {
    if (!isPending) go(addressOf(pageBefore(addressOf(after)), page - 1), { stays })
  }
  const range = { from: number(from), to: number(from + shown - 1) }
  return (
    <nav class="row" aria-label={text('pager.name')}>
      <button type="button" disabled={after === ''} aria-disabled={isPending} onClick={back}>
        {text('pager.previous')}
      </button>
      <button type="button" disabled={next === null} aria-disabled={isPending} onClick={forward}>
        {text('pager.next')}
      </button>
      <span class="dim">{count === undefined ? text('pager.range', range) : text('pager.rangeOf', { ...range, count })}</span>
    </nav>
  )
}
