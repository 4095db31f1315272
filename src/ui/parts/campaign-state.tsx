// The state of a campaign as a mark, as a bar with its words, and as a sentence.

import type { Campaign, Counts } from '../api/records.d.ts'
import { listed, paragraph, text, withOwnTimes } from '../text/text.ts'
import { type BarPart, type Fill, StackedBar } from './chart.tsx'
import { Mark, type MarkKind } from './mark.tsx'

export type CampaignStatus = Campaign['status']

type Stated = Pick<Campaign, 'id' | 'status' | 'text' | 'counts' | 'waiting'>

/** What the server says of it, or how far it is; without what comes next. */
const stateOf = ({ status, text: said, counts }: Stated): string => {
  const { all, ended } = progressOf(counts)
  if (said !== null) return withOwnTimes(said)
  return status === 'draft' ? '' : text('campaign.progress', { ended, n: all })
}

/** The phase that waits for an operator to open it: all that it needs has happened. null: none does. */
export const phaseToOpen = ({ status, phase, gate }: Pick<Campaign, 'status' | 'phase' | 'gate'>): number | null =>
  status === 'running' && phase !== null && gate?.step === 'operator' ? phase + 1 : null

/** `Campaign 7 is paused: 4 of 12 finished failed to …. 188 devices wait.` `opens`: the phase that waits for an operator. */
export const campaignSentence = (campaign: Stated, opens: number | null): string => {
  const { id, status, counts, waiting } = campaign
  const said = stateOf(campaign).replace(/[.。]$/, '')
  const is = opens === null ? text(`campaign.is.${status}`, { id }) : text('campaign.isWaiting', { id })
  const open = counts.queued + waiting
  const begun = status === 'running' || status === 'paused'
  const sentence = text(said === '' ? 'campaign.isAlone' : 'campaign.isSaid', { is, said })
  return paragraph([sentence, begun && open > 0 ? text('campaign.wait', { n: open }) : ''])
}

/** What it installs on what: the module is named where it has a name of its own. */
export const packageWords = ({ product, module, version }: Pick<Campaign, 'product' | 'module' | 'version'>): string =>
  module === 'default' ? text('campaign.bringsPlain', { product, version }) : text('campaign.brings', { product, module, version })

const kinds: Readonly<Record<CampaignStatus, MarkKind>> = {
  draft: 'none',
  scheduled: 'none',
  running: 'busy',
  paused: 'warn',
  completed: 'good',
  canceled: 'none',
}

/** Devices whose newest attempt failed, timed out or was rejected. */
export const failedIn = (counts: Pick<Counts, 'failed' | 'timed_out' | 'rejected'>): number =>
  counts.failed + counts.timed_out + counts.rejected

/** One that is over with failures is no plain success. */
export const markOfCampaign = (status: CampaignStatus, counts: Counts | undefined): { readonly kind: MarkKind; readonly said: string } => {
  const n = counts === undefined ? 0 : failedIn(counts)
  const word = text(`campaign.status.${status}`)
  if (n === 0 || (status !== 'completed' && status !== 'canceled')) return { kind: kinds[status], said: word }
  return { kind: 'warn', said: text('campaign.endedWithFailures', { status: word, n }) }
}

export interface CampaignMarkFacts {
  readonly status: CampaignStatus
  /** The phase that waits for an operator. */
  readonly opens: number | null
  /** To say how many failed, once it is over. */
  readonly counts?: Counts | undefined
}

/** What waits for somebody asks for attention, though the campaign runs. */
export const CampaignMark = ({ status, opens, counts }: CampaignMarkFacts) => {
  if (opens !== null) return <Mark kind="warn">{text('campaign.waitsForYou')}</Mark>
  const { kind, said } = markOfCampaign(status, counts)
  return <Mark kind={kind}>{said}</Mark>
}

export const countFills = {
  succeeded: 'good',
  skipped: '3',
  failed: 'bad',
  timed_out: 'bad',
  rejected: 'bad',
  in_progress: 'busy',
  notified: '2',
  queued: 'none',
  canceled: 'other',
} as const satisfies Readonly<Record<keyof Counts, Fill>>

/** In the order of the bar. */
export const countNames = Object.keys(countFills) as readonly (keyof Counts)[]

/** `412 succeeded`, for those that are not 0. */
export const countWords = (counts: Counts): readonly string[] =>
  countNames.filter((name) => counts[name] > 0).map((name) => text('task.counted', { n: counts[name], state: text(`task.state.${name}`) }))

export const CountsBar = ({ counts }: { readonly counts: Counts }) => {
  const parts: readonly BarPart[] = countNames.map((name) => ({
    fill: countFills[name],
    value: counts[name],
    label: text('unit.named', { name: text(`task.state.${name}`), value: counts[name] }),
  }))
  const words = countWords(counts)
  return <StackedBar parts={parts} label={words.length === 0 ? text('task.none') : listed(words)} />
}

/** Devices in all, and those whose update has ended. */
export const progressOf = (counts: Counts): { readonly all: number; readonly ended: number } => {
  const all = countNames.reduce((sum, name) => sum + counts[name], 0)
  return { all, ended: all - counts.queued - counts.notified - counts.in_progress }
}
