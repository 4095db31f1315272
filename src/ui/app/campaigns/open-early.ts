// What the next phase of a campaign lacks, with the numbers, for who opens it all the same. Knows no view.

import type { Campaign } from '../../api/records.d.ts'
import { progressOf } from '../../parts/campaign-state.tsx'
import { dateTime, paragraph, text } from '../../text/text.ts'

/** undefined: it has what it needs, or there is none. */
export const lacksOf = ({ gate, phase, phases }: Campaign): string | undefined => {
  const next = phase === null ? undefined : phases[phase]
  if (gate === null || phase === null || next === undefined || gate.step === 'operator' || gate.step === 'open') return undefined
  const { finished, size, succeededPercent: percent, neededPercent: needed, soakEndsAt } = gate
  return paragraph([
    text('campaigns.openFinished', { phase, finished, size }),
    finished === 0 ? '' : text('campaigns.openSucceeded', { percent, needed }),
    gate.step === 'soak' && soakEndsAt !== null ? text('campaigns.openSoak', { time: dateTime(Date.parse(soakEndsAt)) }) : '',
    text('campaigns.openFor', { phase: phase + 1, n: progressOf(next.counts).all + next.waiting }),
  ])
}
