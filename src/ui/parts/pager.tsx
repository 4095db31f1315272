// Pages of a list that the API gives by cursors: the one that is shown is in the address, those before it in the entry of the history.

import { go, place, query } from '../router.ts'
import { number, text } from '../text/text.ts'

/** The cursors of the pages before this one; the first page has none. */
const trail = (): readonly string[] => query.value.getAll('after')

const at = (cursors: readonly string[], stays: boolean): void => {
  const next = new URLSearchParams(place.peek().search)
  next.delete('after')
  for (const cursor of cursors) next.append('after', cursor)
  const search = next.toString()
  go(`${place.peek().path}${search === '' ? '' : `?${search}`}`, { stays })
}

/** The cursor of the page that is shown; undefined: the first. */
export const cursor = (): string | undefined => trail().at(-1)

export interface PagerFacts {
  /** The cursor of the page behind this one; null: there is none. */
  readonly next: string | null
  /** Items of a full page, and of this one. */
  readonly size: number
  readonly shown: number
  /** Of all pages; left out: not known. */
  readonly count?: number
  /** The list is not at the top of its view: the view is not scrolled there. */
  readonly stays?: boolean
}

export const Pager = ({ next, size, shown, count, stays = false }: PagerFacts) => {
  const cursors = trail()
  if (cursors.length === 0 && next === null) return null
  const from = cursors.length * size + 1
  const range = { from: number(from), to: number(from + shown - 1) }
  return (
    <nav class="row" aria-label={text('pager.name')}>
      <button type="button" disabled={cursors.length === 0} onClick={() => at(cursors.slice(0, -1), stays)}>
        {text('pager.previous')}
      </button>
      <button type="button" disabled={next === null} onClick={() => next !== null && at([...cursors, next], stays)}>
        {text('pager.next')}
      </button>
      <span class="dim">{count === undefined ? text('pager.range', range) : text('pager.rangeOf', { ...range, count })}</span>
    </nav>
  )
}
