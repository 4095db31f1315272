// A button that opens a list of choices below itself. A click elsewhere closes it, and Escape, which gives the focus back to the button. Knows no
// view.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import './menu.css'

export interface MenuFacts {
  readonly title: string
  readonly children: ComponentChildren
  readonly isButton?: boolean
}

/** Escape closes a dialog above it alone. */
const isDialogOpen = (): boolean => document.querySelector('dialog[open]') !== null

export const Menu = ({ title, children, isButton = false }: MenuFacts) => {
  const details = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const click = ({ target }: MouseEvent): void => {
      const menu = details.current
      if (menu?.open && !isDialogOpen() && !(target instanceof Node && menu.contains(target))) menu.open = false
    }
    const press = ({ key, isComposing }: KeyboardEvent): void => {
      const menu = details.current
      if (!menu?.open || key !== 'Escape' || isComposing || isDialogOpen()) return
      if (menu.contains(document.activeElement)) menu.querySelector('summary')?.focus()
      menu.open = false
    }
    addEventListener('click', click)
    addEventListener('keydown', press)
    return () => {
      removeEventListener('click', click)
      removeEventListener('keydown', press)
    }
  }, [])
  return (
    <details class="menu" ref={details}>
      <summary class={isButton ? 'button' : ''}>{title}</summary>
      <div>{children}</div>
    </details>
  )
}
