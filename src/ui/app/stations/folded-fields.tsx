// Fields that most people leave as they are: folded, and open as soon as something in them is wrong.

import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Draft } from '../../parts/draft.ts'

export interface FoldedFacts {
  readonly draft: Draft
  readonly title: string
  /** What is set. */
  readonly said: string
  readonly paths: readonly string[]
  readonly children: ComponentChildren
}

export const FoldedFields = ({ draft, title, said, paths, children }: FoldedFacts) => {
  const element = useRef<HTMLDetailsElement>(null)
  const isAtFault = paths.some((path) => draft.faultOf(path) !== null)
  // Before the focus moves to the field.
  useLayoutEffect(() => {
    if (isAtFault && element.current !== null) element.current.open = true
  }, [isAtFault])
  return (
    <details ref={element} class="folded">
      <summary>
        <strong>{title}</strong> <span class="dim">{said}</span>
      </summary>
      <div class="form">{children}</div>
    </details>
  )
}
