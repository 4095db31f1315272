// Who did what with a campaign last, as its record keeps it.

import type { Campaign } from '../model.ts'
import type { CampaignStep, StepBy } from '../policy.ts'

/** The field of the record; nobody is known where a program that embeds the server did it. */
export const stepOf = (step: CampaignStep['step'], by: StepBy | undefined, at: number): Pick<Campaign, 'lastStep'> => ({
  lastStep: by === undefined ? null : { step, kind: by.kind, by: by.name, at },
})
