// A figure at a glance: its name, its value, what belongs to it. A value that changes fades in once.

import type { ComponentChildren } from 'preact'
import './figure.css'

export interface FigureFacts {
  readonly name: string
  readonly value: string
  /** Beside the value, smaller. */
  readonly unit?: string
  /** Under it. */
  readonly children?: ComponentChildren
  readonly href?: string
}

export const Figure = ({ name, value, unit, children, href }: FigureFacts) => (
  <div class="figure">
    <span class="name">{href === undefined ? name : <a href={href}>{name}</a>}</span>
    <span class="value">
      <span key={value} class="fresh">
        {value}
      </span>
      {unit === undefined ? null : <small> {unit}</small>}
    </span>
    {children}
  </div>
)
