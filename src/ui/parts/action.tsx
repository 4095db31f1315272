// A button that changes something on the server: out of use while the server is lost, while it works, and for roles that may not, with the
// reason.

import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { PersonRole } from '../../roles.ts'
import { isLost } from '../api/live.ts'
import { may } from '../api/session.ts'
import { text } from '../text/text.ts'

export interface ActionFacts {
  readonly children: ComponentChildren
  /** The role that it needs at least. */
  readonly needs: PersonRole
  readonly onAct: () => Promise<unknown>
  readonly kind?: 'main' | 'danger' | 'plain' | undefined
  /** Why it cannot be done now; left out: it can. */
  readonly reason?: string | undefined
}

/** Why the caller may never use what needs the role; undefined: it has the role. */
export const lacking = (role: PersonRole): string | undefined =>
  may(role) ? undefined : text('action.needsRole', { role: text(`role.${role}`) })

/** Why a writing control is out of use for the caller now; undefined: it is not. */
export const withheld = (role: PersonRole): string | undefined => lacking(role) ?? (isLost.value ? text('action.serverLost') : undefined)

export const Action = ({ children, needs, onAct, kind, reason }: ActionFacts) => {
  const [isBusy, setBusy] = useState(false)
  const isRunning = useRef(false)
  const why = withheld(needs) ?? reason
  const act = (): void => {
    if (isRunning.current) return
    isRunning.current = true
    setBusy(true)
    void onAct().finally(() => {
      isRunning.current = false
      setBusy(false)
    })
  }
  return (
    // Not disabled while it works: that would take the focus away.
    <button
      type="button"
      class={kind ?? ''}
      disabled={why !== undefined && !isBusy}
      title={why}
      aria-busy={isBusy}
      aria-disabled={isBusy}
      onClick={act}
    >
      {children}
    </button>
  )
}
