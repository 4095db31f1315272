// Which page of a list by cursors comes before which: a chain that is kept for the tab, so that the address holds one cursor only.

import { readStored, writeStored } from '../text/stored.ts'

/** The cursor of the page before; empty: the first page. */
export type PagesBefore = ReadonlyMap<string, string>

/** As many steps back can be gone; before that it is the first page. */
export const mostPages = 500

/** With one page more; the oldest are given up. */
export const withPage = (pages: PagesBefore, page: string, before: string): PagesBefore => {
  const all = [...pages].filter(([each]) => each !== page)
  return new Map([...all, [page, before] as const].slice(-mostPages))
}

const stored = 'fogbell.pages'

const restored = (): PagesBefore => {
  try {
    return new Map(JSON.parse(readStored('session', stored) ?? '[]') as readonly [string, string][])
  } catch {
    return new Map()
  }
}

let pages: PagesBefore | undefined

/** `page`: the address of the list with the cursor. */
export const keepPage = (page: string, before: string): void => {
  pages = withPage(pages ?? restored(), page, before)
  writeStored('session', stored, JSON.stringify([...pages]))
}

export const pageBefore = (page: string): string => {
  pages ??= restored()
  return pages.get(page) ?? ''
}
