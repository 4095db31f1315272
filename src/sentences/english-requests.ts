// Requests of the admin API that are refused before the core is asked.

export const requestSentences = {} as const
