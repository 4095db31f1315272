// Devices and gateways: presence, verdicts, refusals.

export const deviceSentences = {} as const
