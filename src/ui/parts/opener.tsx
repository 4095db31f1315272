// A button that opens a dialog in which something is changed: out of use, with the reason, for who may not.

import type { ComponentChildren } from 'preact'
import type { PersonRole } from '../../roles.ts'
import { withheld } from './action.tsx'

export interface OpenerFacts {
  readonly needs: PersonRole
  readonly onOpen: () => void
  readonly children: ComponentChildren
  readonly kind?: 'main' | 'danger' | 'plain'
}

export const Opener = ({ needs, onOpen, children, kind }: OpenerFacts) => {
  const why = withheld(needs)
  return (
    <button type="button" class={kind ?? ''} disabled={why !== undefined} title={why} onClick={onOpen}>
      {children}
    </button>
  )
}
