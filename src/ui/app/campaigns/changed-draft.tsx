// Somebody else has changed the draft meanwhile: what they changed, and the choice between theirs and what is typed here.

import type { Campaign } from '../../api/records.d.ts'
import type { Draft, Values } from '../../parts/draft.ts'
import { text } from '../../text/text.ts'
import type { Beginning } from './campaign-beginning.ts'
import { formOf } from './campaign-form.ts'

export interface ChangedFacts {
  readonly mine: Beginning
  readonly theirs: Campaign
  readonly draft: Draft
  /** Takes up the tag of theirs as it is shown, so that the next save is not refused, unless it has changed again. */
  readonly onResolved: () => void
}

/** The paths whose texts differ, with both. */
export const differences = (before: Values, after: Values): readonly (readonly [string, string, string])[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((path) => [path, before[path] ?? '', after[path] ?? ''] as const)
    .filter(([path, one, other]) => one !== other && path !== 'etag')

export const ChangedDraft = ({ mine, theirs, draft, onResolved }: ChangedFacts) => {
  const now = formOf(theirs)
  // What comes back after a while began with what is not known any more.
  const changed = differences(mine.values, now)
  const shown = changed.length > 0 ? changed : differences(draft.values, now)
  const take = (isMine: boolean): void => {
    if (!isMine) draft.fill(now)
    onResolved()
  }
  return (
    <section class="changed stack" role="alert">
      <p>
        <strong>{text('campaigns.changedMeanwhile')}</strong>
      </p>
      <dl class="facts">
        {shown.map(([path, before, after]) => [
          <dt key={`${path}?`}>
            <code>{path}</code>
          </dt>,
          <dd key={path}>{text('campaigns.changedFromTo', { before: before || '–', after: after || '–' })}</dd>,
        ])}
      </dl>
      <div class="row">
        <button type="button" onClick={() => take(false)}>
          {text('campaigns.takeTheirs')}
        </button>
        <button type="button" onClick={() => take(true)}>
          {text('campaigns.keepMine')}
        </button>
      </div>
    </section>
  )
}
