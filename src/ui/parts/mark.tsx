// A state: a shape, a colour and a word, since no one of them is enough for everybody.

import type { ComponentChildren } from 'preact'
import './mark.css'

export type MarkKind = 'good' | 'warn' | 'bad' | 'busy' | 'none'

const shapes: Readonly<Record<MarkKind, ComponentChildren>> = {
  good: (
    <path d="M6 0a6 6 0 1 0 0 12A6 6 0 0 0 6 0ZM5 9 2 6l1.200-1.200L5 6.600l3.800-3.800L10 4Z" fill="currentColor" fill-rule="evenodd" />
  ),
  warn: <path d="M6 .5 12 11.500H0ZM5.300 4.500v3.500h1.400V4.500Zm0 4.500v1.400h1.400V9Z" fill="currentColor" fill-rule="evenodd" />,
  bad: (
    <path
      d="M0 0h12v12H0ZM2.500 3.700 4.800 6 2.500 8.300l1.200 1.200L6 7.200l2.300 2.300 1.200-1.200L7.200 6l2.300-2.300-1.200-1.200L6 4.800 3.700 2.500Z"
      fill="currentColor"
      fill-rule="evenodd"
    />
  ),
  busy: <path d="M6 0a6 6 0 1 0 0 12A6 6 0 0 0 6 0Zm0 1.500v9a4.500 4.500 0 0 1 0-9Z" fill="currentColor" fill-rule="evenodd" />,
  none: (
    <path
      d="M6 0a6 6 0 1 0 0 12A6 6 0 0 0 6 0Zm0 1.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9Z"
      fill="currentColor"
      fill-rule="evenodd"
    />
  ),
}

export const Mark = ({ kind, children }: { readonly kind: MarkKind; readonly children: ComponentChildren }) => (
  <span class={`mark mark-${kind}`}>
    <svg viewBox="0 0 12 12" aria-hidden="true">
      {shapes[kind]}
    </svg>
    <span>{children}</span>
  </span>
)
