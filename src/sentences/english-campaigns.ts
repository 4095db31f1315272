// Campaigns, their tasks and packages: why they wait, how they end, what of them is refused.

export const campaignSentences = {} as const
