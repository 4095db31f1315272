// What the server did not give: the sentence of the refusal, in the place of what it was asked for.

import type { Problem } from '../api/records.d.ts'
import { text } from '../text/text.ts'
import { Mark } from './mark.tsx'

export const Refused = ({ problem, onRetry }: { readonly problem: Problem; readonly onRetry: () => void }) => (
  <div class="sheet row" role="alert">
    <Mark kind="bad">{problem.detail}</Mark>
    <button type="button" onClick={onRetry}>
      {text('action.retry')}
    </button>
  </div>
)
