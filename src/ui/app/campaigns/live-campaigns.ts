// What events say of campaigns since they were read: each event has the whole campaign, so nothing is read again. Knows no view.

import { useMemo, useRef, useState } from 'preact/hooks'
import { type LiveEvent, useEvents } from '../../api/live.ts'
import type { Campaign } from '../../api/records.d.ts'

export interface LiveCampaigns {
  /** The newest of each that events brought; null: it was removed. */
  readonly seen: ReadonlyMap<string, Campaign | null>
}

const seenIn = ({ name, data }: LiveEvent): readonly [string, Campaign | null] | null => {
  if (name === 'campaign') return [String(data['id']), data as unknown as Campaign]
  return name === 'removed' ? [String(data['campaign']), null] : null
}

/** `of`: what was read; what is known of earlier is forgotten when it changes. */
export const useLiveCampaigns = (of: unknown): LiveCampaigns => {
  const held = useRef(new Map<string, Campaign | null>())
  const [round, setRound] = useState(0)
  useMemo(() => held.current.clear(), [of])
  const listener = useRef((events: readonly LiveEvent[]): void => {
    const found = events.map(seenIn).filter((each) => each !== null)
    if (found.length === 0) return
    for (const [id, campaign] of found) held.current.set(id, campaign)
    setRound((before) => before + 1)
  })
  useEvents(listener.current)
  return useMemo(() => ({ seen: new Map(held.current) }), [round, of])
}

/** One of them: as it is now; null: it was removed; undefined: not read yet. */
export const useLiveCampaign = (read: Campaign | null): Campaign | null | undefined => {
  const { seen } = useLiveCampaigns(read)
  if (read === null) return undefined
  return seen.has(read.id) ? (seen.get(read.id) ?? null) : read
}
