// Devices that a campaign would leave out if it started now, with reasons: what a dry run of the same input answers. Asked when it is opened.

import { useState } from 'preact/hooks'
import type { Campaign } from '../../api/records.d.ts'
import { may } from '../../api/session.ts'
import { Mark } from '../../parts/mark.tsx'
import { text } from '../../text/text.ts'
import type { TypedCampaign } from './campaign-form.ts'
import { LeftOut } from './left-out.tsx'
import { useDryRun } from './use-dry-run.ts'

/** Only what says which devices. */
const inputOf = ({ firmware, target, reflash, overwrite }: Campaign): TypedCampaign => ({ firmware, target, reflash, overwrite })
const noAnswer = (): void => undefined

const Asked = ({ campaign }: { readonly campaign: Campaign }) => {
  const { plan, problem } = useDryRun(inputOf(campaign), {}, noAnswer, 0)
  if (problem !== null) return <Mark kind="none">{problem.detail}</Mark>
  return plan === null ? null : <LeftOut plan={plan} />
}

export const LeftOutNow = ({ campaign }: { readonly campaign: Campaign }) => {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="sheet" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{text('campaigns.leftOutNow')}</h2>
      </summary>
      <p class="dim small">{text('campaigns.leftOutHint')}</p>
      {!isOpen ? null : may('operator') ? (
        <Asked campaign={campaign} />
      ) : (
        <p class="dim">{text('action.needsRole', { role: text('role.operator') })}</p>
      )}
    </details>
  )
}
