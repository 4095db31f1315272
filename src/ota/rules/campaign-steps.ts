// Who did what with a campaign, as its record keeps it: the last step of somebody, and the newest steps of people and of rules. Pure.

import type { Campaign } from '../model.ts'
import type { CampaignStep, NotedStep, StepBy } from '../policy.ts'

/** So many are kept with a campaign. */
const mostSteps = 20

type Steps = Pick<Campaign, 'steps'>

const isSame = (one: NotedStep, other: NotedStep): boolean => one.step === other.step && one.at === other.at && one.by === other.by

/** The newest last. A step that is there already, as of a retry that takes several commits, is not noted twice. */
export const noted = ({ steps = [] }: Steps, step: NotedStep): Required<Steps> => ({
  steps: steps.some((one) => isSame(one, step)) ? steps : [...steps, step].slice(-mostSteps),
})

/** `by`: nobody is known where a program that embeds the server did it. */
export const stepBy = (step: NotedStep['step'], by: StepBy | undefined, at: number): NotedStep => ({
  step,
  kind: by?.kind ?? 'server',
  by: by?.name ?? 'operator',
  at,
})

/** What a rule or the end of the campaign does by itself; `reason` as the campaign has it. */
export const stepByServer = (step: NotedStep['step'], reason: string, at: number): NotedStep => ({ step, kind: 'server', by: reason, at })

/** The fields of the record. */
export const stepOf = (
  campaign: Steps,
  step: CampaignStep['step'],
  by: StepBy | undefined,
  at: number,
): Pick<Campaign, 'lastStep' | 'steps'> => ({
  lastStep: by === undefined ? null : { step, kind: by.kind, by: by.name, at },
  ...noted(campaign, stepBy(step, by, at)),
})
