// An image that cannot be served: each campaign that offers it pauses before more devices spend an attempt on it. Those of
// stations do not: nobody could resume them, and a station shows that its board has not fetched the image. Knows no files.

import type { Campaign } from '../model.ts'
import type { FaultyImage } from '../ports/downloads.ts'
import type { Reads } from '../ports/store.ts'
import { noted, stepByServer } from '../rules/campaign-steps.ts'
import { type Committing, commit } from '../state/commit.ts'
import { createDraft, stageCampaign } from '../state/draft.ts'
import { packagesOf } from '../state/scope.ts'

/** The package of the campaign that has this image. */
const packageWith = (reads: Reads, campaign: Campaign, sha256: string): number | undefined =>
  packagesOf(reads, campaign).find((firmware) => firmware.sha256 === sha256)?.id

/** `DownloadSide.faulty`. */
export const pauseForImage = async (context: Committing, { task: id, fault }: FaultyImage): Promise<void> => {
  const { reads, queries, log, now } = context.ports
  const task = reads.openTask(id) ?? (await queries.task(id))
  const image = task && reads.firmware(task.firmware)
  if (image === undefined) return
  const draft = createDraft(reads)
  for (const campaign of reads.campaigns()) {
    const firmware =
      campaign.status === 'running' && campaign.station === undefined ? packageWith(reads, campaign, image.sha256) : undefined
    if (firmware === undefined) continue
    const reason = `image_${fault}`
    const steps = noted(campaign, stepByServer('pause', reason, now()))
    stageCampaign(draft, { ...campaign, ...steps, status: 'paused', reason, faultyFirmware: firmware })
    log.warn({ campaign: campaign.id, firmware, fault }, 'campaign paused: its image could not be read')
  }
  await commit(context, draft)
}
