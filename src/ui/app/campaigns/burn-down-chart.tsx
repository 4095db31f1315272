// Devices that were still to be updated, over time. Of a campaign with few tasks from its start; else from when the page was opened, and it says so.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { request } from '../../api/client.ts'
import { now } from '../../api/live.ts'
import type { Campaign, Task } from '../../api/records.d.ts'
import { progressOf } from '../../parts/campaign-state.tsx'
import { dateTime, number, text } from '../../text/text.ts'
import { extended, type Moment, momentsOf, mostOf, remainingOf, stepPath } from './burn-down.ts'

/** Of more devices than these the tasks are not read for the picture. */
const mostTasks = 1000

interface TaskPage {
  readonly items: readonly Task[]
}

interface Burn {
  readonly moments: readonly Moment[]
  /** Whether it begins with the campaign. */
  readonly isWhole: boolean
}

/** What was before the page was opened; null: it is not known yet. */
const useEarlier = ({ id, startedAt, counts, waiting, target }: Campaign): Burn | null => {
  const isSmall = progressOf(counts).all - counts.skipped <= mostTasks
  const [earlier, setEarlier] = useState<Burn | null>(null)
  useEffect(() => {
    if (startedAt === null) return
    if (!isSmall) return setEarlier({ moments: [], isWhole: false })
    const own = new AbortController()
    request<TaskPage>(`/tasks?campaign=${id}&limit=${mostTasks}`, { signal: own.signal }).then(
      ({ body }) => setEarlier({ moments: momentsOf(body.items, Date.parse(startedAt), waiting, target.continuous), isWhole: true }),
      () => setEarlier({ moments: [], isWhole: false }),
    )
    return () => own.abort()
  }, [id, startedAt === null])
  return earlier
}

const useBurn = (campaign: Campaign): Burn | null => {
  const earlier = useEarlier(campaign)
  const seen = useRef<readonly Moment[]>([])
  const remaining = remainingOf(campaign)
  return useMemo(() => {
    if (earlier === null) return null
    if (seen.current.length === 0) seen.current = earlier.moments
    seen.current = extended(seen.current, { at: now.peek(), remaining })
    return { ...earlier, moments: seen.current }
  }, [earlier, remaining])
}

const height = 90

const Picture = ({ moments, until }: { readonly moments: readonly Moment[]; readonly until: number }) => {
  const [first] = moments
  const most = mostOf(moments)
  const label = text('campaigns.burnLabel', {
    from: number(first?.remaining ?? 0),
    to: number(moments.at(-1)?.remaining ?? 0),
    since: dateTime(first?.at ?? until),
    until: dateTime(until),
  })
  return (
    <figure class="burn-down">
      <span class="small dim">{number(most)}</span>
      <svg viewBox={`0 -1 300 ${height + 2}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <line x1="0" y1={height} x2="300" y2={height} />
        <path d={stepPath(moments, until, height)} />
      </svg>
      <span class="small dim">{number(0)}</span>
      <figcaption class="small dim">
        <span>{dateTime(first?.at ?? until)}</span>
        <span>{dateTime(until)}</span>
      </figcaption>
    </figure>
  )
}

export const BurnDown = ({ campaign }: { readonly campaign: Campaign }) => {
  const burn = useBurn(campaign)
  if (campaign.startedAt === null) return null
  const until = campaign.endedAt === null ? now.value : Date.parse(campaign.endedAt)
  return (
    <section class="sheet burn">
      <h2>{text('campaigns.burnDown')}</h2>
      {burn === null || burn.moments.length === 0 ? (
        <div class="burn-down" />
      ) : (
        <Picture moments={burn.moments} until={Math.max(until, burn.moments.at(-1)?.at ?? 0)} />
      )}
      <p class="dim small">{burn === null ? '' : text(burn.isWhole ? 'campaigns.burnWhole' : 'campaigns.burnSeen', { most: mostTasks })}</p>
    </section>
  )
}
