// What operators do with campaigns that do not run: change a draft, remove a draft or an ended one.

import { OtaError } from '../../errors.ts'
import { sentence } from '../../sentences/sentence.ts'
import type { CampaignInput } from '../inputs.ts'
import type { Campaign } from '../model.ts'
import { sourcesOfAll } from '../rules/chains.ts'
import { type Committing, commit } from '../state/commit.ts'
import type { Part, Ports } from '../state/context.ts'
import { createDraft } from '../state/draft.ts'
import { packagesOf } from '../state/scope.ts'
import { mustFind } from './catalog.ts'
import { editedCampaign } from './create.ts'
import { mustBe, mustFindCampaign } from './lifecycle.ts'

/** OTA_CAMPAIGN_STATE unless it is a draft; OTA_BAD_REQUEST with the path of each fault. */
export const editCampaign = async (ports: Ports, id: number, changes: Partial<CampaignInput>): Promise<Campaign> => {
  const { reads, writes, events } = ports
  const before = mustFindCampaign(reads, id)
  mustBe(before, ['draft'], 'edit')
  const firmware = mustFind(reads, changes.firmware ?? before.firmware)
  const sources = sourcesOfAll(packagesOf(reads, { firmware: firmware.id }))
  await writes.commit([{ put: 'campaign', value: editedCampaign(ports, before, changes, firmware, sources) }])
  events.emit({ type: 'campaign', campaign: id })
  return mustFindCampaign(reads, id)
}

/**
 * Its ended tasks stay with their devices, and are removed when they are old. OTA_CAMPAIGN_STATE while it is under way, or while devices
 * of a canceled campaign continue.
 */
export const removeCampaign = async (context: Committing & Part<'queue'>, id: number): Promise<void> => {
  const { reads, events } = context.ports
  const campaign = mustFindCampaign(reads, id)
  mustBe(campaign, ['draft', 'completed', 'canceled'], 'remove')
  const open = context.queue.open(id).size + reads.waiting(id).size
  if (open > 0) throw new OtaError('OTA_CAMPAIGN_STATE', sentence('campaign_has_open_tasks', { campaign: String(id), open }))
  await commit(context, createDraft(reads), [{ del: 'campaign', value: campaign }])
  events.emit({ type: 'campaign', campaign: id })
}
