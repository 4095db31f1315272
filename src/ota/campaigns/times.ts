// Times and states of campaigns as params of sentences.

import { type Sentence, sentence } from '../../sentences/sentence.ts'
import type { Campaign } from '../model.ts'

/** ISO 8601 UTC of milliseconds since the epoch. */
export const timeOf = <T extends number | null>(at: T): T extends null ? null : string =>
  (at === null ? null : new Date(at).toISOString()) as T extends null ? null : string

export const statusSentence = ({ id, status, reason }: Pick<Campaign, 'id' | 'status' | 'reason'>): Sentence => {
  if (reason === null) return sentence('campaign_status', { status })
  return status === 'paused'
    ? sentence('campaign_paused', { reason, campaign: String(id) })
    : sentence('campaign_status_reason', { status, reason })
}
