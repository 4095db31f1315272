// A list on a screen on the wall: what would be below the end of the screen is folded behind a button with its count, until somebody opens it. On
// other screens, which can be scrolled, all is shown. Knows no view.

import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { text } from '../text/text.ts'

const wall = '(min-width: 1700px) and (min-height: 800px)'
/** Below the last list: the page's own edge, a list's, and the button. */
const edge = 96

export interface FoldFacts {
  /** Items of a list, each with its key. */
  readonly children: ComponentChildren
  /** Of what is left of the screen from the section's begin on; by default all. */
  readonly share?: number
  readonly kind?: string
}

/** How many of them end above the line; at least one. */
const fitting = (items: readonly HTMLElement[], line: number): number => {
  const at = items.findIndex((item) => item.getBoundingClientRect().bottom > line)
  return at < 0 ? items.length : Math.max(1, at)
}

const lineOf = (list: HTMLElement, share: number): number => {
  const top = (list.closest('section') ?? list).getBoundingClientRect().top
  // As if the page were not scrolled.
  return top + share * (innerHeight - edge - (top + scrollY))
}

/** Hides what does not fit. How many that are. */
const foldList = (list: HTMLElement, share: number): number => {
  const items = [...list.children].filter((item) => item instanceof HTMLElement)
  for (const item of items) item.hidden = false
  if (!matchMedia(wall).matches || list.contains(document.activeElement)) return 0
  const shown = fitting(items, lineOf(list, share))
  for (const item of items.slice(shown)) item.hidden = true
  return items.length - shown
}

export const Fold = ({ children, share = 1, kind = '' }: FoldFacts) => {
  const list = useRef<HTMLUListElement>(null)
  const [isOpen, setOpen] = useState(false)
  const [folded, setFolded] = useState(0)
  const fold = (): void => {
    const element = list.current
    if (element !== null) setFolded(foldList(element, isOpen ? Number.POSITIVE_INFINITY : share))
  }
  const latest = useRef(fold)
  latest.current = fold
  // After each change of what is shown, and of the room for it.
  useLayoutEffect(fold)
  useLayoutEffect(() => {
    const again = (): void => latest.current()
    addEventListener('resize', again)
    return () => removeEventListener('resize', again)
  }, [])
  return (
    <>
      <ul ref={list} class={`plain-list ${kind}`}>
        {children}
      </ul>
      {folded === 0 ? null : (
        <button type="button" class="plain" onClick={() => setOpen(true)}>
          {text('fold.more', { n: folded })}
        </button>
      )}
    </>
  )
}
