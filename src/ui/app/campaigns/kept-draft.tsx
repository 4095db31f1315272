// Says that the form begins with what was typed into it before, and begins anew.

import { useState } from 'preact/hooks'
import type { Draft, Values } from '../../parts/draft.ts'
import { listed, text } from '../../text/text.ts'
import { differences } from './changed-draft.tsx'
import { sectionOf } from './field-names.ts'

/** `initial`: what it would begin with. */
export const KeptDraft = ({ draft, initial }: { readonly draft: Draft; readonly initial: Values }) => {
  const [kept, setKept] = useState(() => (draft.kept === null ? [] : differences(initial, draft.kept).map(([path]) => path)))
  if (kept.length === 0) return null
  const reset = (): void => {
    draft.clear()
    setKept([])
  }
  return (
    <p class="row">
      <span>{text('campaigns.keptDraft', { fields: listed([...new Set(kept.map(sectionOf))]) })}</span>
      <button type="button" onClick={reset}>
        {text('campaigns.resetForm')}
      </button>
    </p>
  )
}
