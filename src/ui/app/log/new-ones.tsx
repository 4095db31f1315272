// That there is something newer than the list, which does not move by itself. Its place is kept.

import { text } from '../../text/text.ts'

export const NewOnes = ({ count, onRefresh }: { readonly count: number; readonly onRefresh: () => void }) => (
  <p class="row">
    <span class={count === 0 ? 'dim' : ''}>{count === 0 ? text('log.noNew') : text('log.new', { n: count })}</span>
    <button type="button" class="plain" onClick={onRefresh}>
      {text('log.refresh')}
    </button>
  </p>
)
