// How many rows of a list are drawn: all of a page at once would keep the page from answering. Knows no markup.

import { useEffect, useState } from 'preact/hooks'
import type { ShownDevice } from './device-list.ts'

/** Rows that are drawn in one frame: all of a page at once would keep the page from answering. */
const perFrame = 30

/** How many rows are drawn: of another page first those that fill the screen, the rest in the frames after. */
export const useDrawn = (rows: readonly ShownDevice[]): number => {
  const page = rows.map(({ key }) => key).join('\n')
  const [drawn, setDrawn] = useState({ page, count: perFrame })
  const count = drawn.page === page ? drawn.count : perFrame
  useEffect(() => {
    if (count >= rows.length) return
    const frame = requestAnimationFrame(() => setDrawn({ page, count: count + perFrame }))
    return () => cancelAnimationFrame(frame)
  }, [page, count])
  return count
}
