// A part of the form that most people leave as it is: closed, with what is set in its summary; it opens by itself when something in it is wrong.

import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Draft } from '../../parts/draft.ts'

export interface SectionFacts {
  readonly draft: Draft
  readonly title: string
  /** What is set. */
  readonly said: string
  /** The paths of the API that it has the fields of. */
  readonly paths: readonly string[]
  readonly children: ComponentChildren
}

export const FormSection = ({ draft, title, said, paths, children }: SectionFacts) => {
  const element = useRef<HTMLDetailsElement>(null)
  const isAtFault = paths.some((path) => draft.faultOf(path) !== null)
  // Before the focus moves to the field.
  useLayoutEffect(() => {
    if (isAtFault && element.current !== null) element.current.open = true
  }, [isAtFault])
  return (
    <details ref={element} class="form-section">
      <summary>
        <strong>{title}</strong> <span class="dim">{said}</span>
      </summary>
      <div class="stack">{children}</div>
    </details>
  )
}
